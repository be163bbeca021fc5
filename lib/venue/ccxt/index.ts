export { type CcxtSourceOptions, ccxtSource } from "./candle-source.ts";
export { type GatewayOptions, openBinance } from "./gateway/binance-gateway.ts";
export type { StreamKeys } from "./load-exchange.ts";
