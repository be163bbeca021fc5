export { accountView, viewOf } from "./account-view.ts";
export { type BacktestResult, type Costs, runPrepared } from "./backtest.ts";
export type { Golden, GoldenDecision, GoldenInstrument, GoldenView, Memory } from "./golden/golden.ts";
export { ordersMade } from "./golden/orders.ts";
export { recordGolden } from "./golden/record.ts";
export { type LoopResult, runLoop } from "./loop.ts";
export {
  checkSeries,
  type LoadPredictor,
  type Period,
  type Prepared,
  prepare,
  type SeriesTables,
} from "./prepare.ts";
export { type Fill, Recorder } from "./record.ts";
export type { Trade } from "./trades.ts";
