/** Candle patterns: all of TA-Lib's. */
export * from "./four-or-five-candles.ts";
export * from "./going-on.ts";
export * from "./one-candle.ts";
export * from "./stars.ts";
export * from "./three-candles.ts";
export * from "./two-candles.ts";
export * from "./two-candles-going-on.ts";
