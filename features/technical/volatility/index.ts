export { atr } from "./atr.ts";
export { volatility } from "./volatility.ts";
