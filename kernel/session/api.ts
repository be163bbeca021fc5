/** The door `tickbook`: all that a notebook needs. */
export type { Figure, Span } from "#analysis";
export type { BacktestResult } from "#backtest";
export { type Frozen, isTickbookError, TickbookError } from "#core";
export type { StoredTable } from "#data";
export * from "#features";
export { asOf, type BarRule, barsFromTicks as barsFromTrades, type TickBarRule } from "#market";
export {
  autoencoder,
  combinatorialPurged,
  direction,
  ewmVolatility,
  forwardReturn,
  gru,
  lstm,
  metaLabels,
  mlp,
  purgedKFold,
  returnWeights,
  tcn,
  timeDecay,
  transformer,
  trees,
  trendScanning,
  tripleBarrier,
  uniqueness,
  walkForward,
} from "#ml";
export { account, type Bars, bps, choice, float, int } from "#model";
export { defineStrategy } from "#strategy";
export { type Backtest, backtest } from "./door/backtest.ts";
export { bars } from "./door/bars.ts";
export { toArquero, toArrow, toDanfo } from "./door/convert.ts";
export { type BarsReport, dataReport } from "./door/data-report.ts";
export { freeze } from "./door/freeze.ts";
export { dataset } from "./door/ml/dataset.ts";
export { exportOnnx, importOnnx } from "./door/ml/export.ts";
export { challenge, drift, listModels, model, registerModel, stageModel } from "./door/ml/models.ts";
export { type Net, type Trees, train } from "./door/ml/train.ts";
export { crossValidate, icDecay, importance } from "./door/ml/validate.ts";
export type { StoredOptions } from "./door/open-data.ts";
export { type OptimizeOptions, optimize, type StrategyStudy } from "./door/optimize.ts";
export { type Lookahead, type LookaheadOptions, probeLookahead } from "./door/probe.ts";
export { resample } from "./door/resample.ts";
export { type SaveOptions, saveSeries } from "./door/save-series.ts";
export { sql } from "./door/sql.ts";
export { depth, funding, quotes, series, trades } from "./door/tables.ts";
