/** The door `tickbook`: all that a notebook needs. */
export type { Figure, Span } from "#analysis";
export type { BacktestResult } from "#backtest";
export { type Frozen, isTickbookError, TickbookError } from "#core";
export { atr, bollinger, ema, features, macd, returns, rsi, sma, volatility } from "#features";
export { direction, forwardReturn } from "#ml";
export { account, type Bars, bps, choice, float, int } from "#model";
export { defineStrategy } from "#strategy";
export { type Backtest, backtest } from "./door/backtest.ts";
export { bars } from "./door/bars.ts";
export { freeze } from "./door/freeze.ts";
export { type OptimizeOptions, optimize, type StrategyStudy } from "./door/optimize.ts";
export { exportOnnx, type Net, train } from "./door/train.ts";
