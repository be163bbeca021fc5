export { adx, adxr, dx } from "./adx.ts";
export { macd } from "./macd.ts";
export { returns, volatility } from "./returns.ts";
export { rsi } from "./rsi.ts";
export { stoch } from "./stochastic.ts";
