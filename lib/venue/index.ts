export * from "./ccxt/index.ts";
export * from "./sim/index.ts";
