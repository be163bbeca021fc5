/** Every feature, by the name that a quant writes: what the doors `tickbook` and `tickbook/strategy` offer. */
export * from "./technical/average/index.ts";
export * from "./technical/momentum/index.ts";
export * from "./technical/volatility/index.ts";
