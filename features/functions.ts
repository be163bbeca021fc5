/** Every feature, by the name that a quant writes: what the doors `tickbook` and `tickbook/strategy` offer. */

export * from "./alternative/index.ts";
export * from "./flow/index.ts";
export * from "./fundamental/index.ts";
export * as math from "./math/index.ts";
export * as candle from "./pattern/index.ts";
export * as prepare from "./prepare/index.ts";
export * from "./statistic/index.ts";
export * from "./technical/average/index.ts";
export * from "./technical/cycle/index.ts";
export * from "./technical/momentum/index.ts";
export * from "./technical/price/index.ts";
export * from "./technical/volatility/index.ts";
export * from "./technical/volume/index.ts";
