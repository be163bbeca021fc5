export * from "./account.ts";
export * from "./bars.ts";
export * from "./candles.ts";
export * from "./instrument.ts";
export * from "./predictor.ts";
export * from "./signal.ts";
