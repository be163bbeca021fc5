export { type BacktestResult, type Costs, runBacktest, runPrepared } from "./backtest.ts";
export { type LoopResult, runLoop } from "./loop.ts";
export { type LoadPredictor, type Period, type Prepared, prepare } from "./prepare.ts";
export type { Fill } from "./record.ts";
export type { Trade } from "./trades.ts";
