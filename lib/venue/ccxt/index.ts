export { type CcxtSourceOptions, ccxtSource } from "./candle-source.ts";
export { type GatewayOptions, openBinance } from "./gateway/binance-gateway.ts";
export { ccxtHistory } from "./history/history-source.ts";
export type { StreamKeys } from "./load-exchange.ts";
export { binanceRecorder, type RecorderOptions } from "./recorder/binance-recorder.ts";
