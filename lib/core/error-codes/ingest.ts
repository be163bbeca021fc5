import type { ErrorMeaning } from "./meaning.ts";

/** Bringing data in and cleaning it. */
export const ingestCodes = {
  "data.bad-columns": {
    act: "input",
    meaning:
      "Columns are missing or of unequal length, or a file's mapping names a field that the data does not have.",
  },
  "data.bad-time-format": { act: "input", meaning: "A format of times cannot be read." },
  "data.bad-time-zone": { act: "input", meaning: "There is no time zone of this name." },
  "data.unknown-fix": { act: "input", meaning: "There is no rule of this name that mends data." },
  "data.bad-factor": {
    act: "input",
    meaning: "A split or dividend has a value that none can have, such as a dividend above the price.",
  },
  "data.impossible-row": {
    act: "input",
    meaning: "A row of trades, quotes, funding or a series has a value that cannot be true.",
  },
  "data.publication-needed": {
    act: "input",
    meaning:
      "It is not said when the values of a series became known: used earlier, they would be lookahead.",
  },
  "data.no-history": { act: "input", meaning: "The source has no history of this kind." },
} as const satisfies Record<string, ErrorMeaning>;
