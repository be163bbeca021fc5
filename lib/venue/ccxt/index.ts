export { type CcxtSourceOptions, ccxtSource } from "./candle-source.ts";
