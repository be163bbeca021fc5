/** The door `tickbook`: all that a notebook needs. */
export type { Figure, Span } from "#analysis";
export type { BacktestResult } from "#backtest";
export { type Frozen, isTickbookError, TickbookError } from "#core";
export type { StoredTable } from "#data";
export * from "#features";
export { direction, forwardReturn } from "#ml";
export { account, type Bars, bps, choice, float, int } from "#model";
export { defineStrategy } from "#strategy";
export { type Backtest, backtest } from "./door/backtest.ts";
export { bars } from "./door/bars.ts";
export { toArquero, toArrow, toDanfo } from "./door/convert.ts";
export { freeze } from "./door/freeze.ts";
export type { StoredOptions } from "./door/open-data.ts";
export { type OptimizeOptions, optimize, type StrategyStudy } from "./door/optimize.ts";
export { type Lookahead, type LookaheadOptions, probeLookahead } from "./door/probe.ts";
export { sql } from "./door/sql.ts";
export { depth, funding, quotes, series, trades } from "./door/tables.ts";
export { exportOnnx, type Net, train } from "./door/train.ts";
