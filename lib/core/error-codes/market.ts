import type { ErrorMeaning } from "./meaning.ts";

/** Books, bars, joins, captures, replay. */
export const marketCodes = {
  "market.bad-bar-rule": { act: "input", meaning: "A rule for making bars has a part that makes no sense." },
  "market.out-of-order": {
    act: "input",
    meaning: "Rows that must rise in time do not, so that bars, joins or a replay of them would be wrong.",
  },
  "market.bad-level": {
    act: "input",
    meaning: "A price or quantity of an order book is not a whole number of its instrument's ticks or lots.",
  },
  "market.bad-trade": {
    act: "input",
    meaning: "A trade has a time, price or quantity that no trade can have.",
  },
  "data.bad-line": { act: "input", meaning: "A line of a capture holds no message that can be read." },
} as const satisfies Record<string, ErrorMeaning>;
