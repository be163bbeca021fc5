import { binary } from "./elementwise.ts";

/** Sum of two values: `math.add().of(a, b)`. */
export const add = binary(
  { name: "add", talib: "ADD", summary: "The sum of two values.", source: "TA-Lib ADD.", unit: "input" },
  (a, b) => a + b,
);

/** First value less the second: `math.sub().of(sma(10), sma(20))`. */
export const sub = binary(
  {
    name: "sub",
    talib: "SUB",
    summary: "The first value less the second.",
    source: "TA-Lib SUB.",
    unit: "input",
  },
  (a, b) => a - b,
);

/** Product of two values. */
export const mult = binary(
  {
    name: "mult",
    talib: "MULT",
    summary: "The product of two values.",
    source: "TA-Lib MULT.",
    unit: "score",
  },
  (a, b) => a * b,
);

/** First value over the second; infinite or NaN where the second is 0. */
export const div = binary(
  {
    name: "div",
    talib: "DIV",
    summary: "The first value over the second.",
    source: "TA-Lib DIV: a division by 0 is infinite, 0 / 0 is NaN.",
    unit: "score",
    sparse: true,
  },
  (a, b) => a / b,
);
