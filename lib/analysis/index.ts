export { type DataQuality, dataQualityFigure } from "./chart/data-quality.ts";
export { type EquityCurve, equityFigure, type Span } from "./chart/equity.ts";
export { type ErrorBin, errorHistogramFigure } from "./chart/error-histogram.ts";
export type { Figure } from "./chart/figure.ts";
export { COLOR } from "./chart/figure.ts";
export { lookaheadFigure } from "./chart/lookahead.ts";
export { type StudyPoint, studyFigure } from "./chart/study.ts";
export { type TradeMark, tradesFigure } from "./chart/trades.ts";
export { lossFigure } from "./chart/training.ts";
export { barReturns, barsPerYear, drawdowns, type Performance, performance } from "./risk/performance.ts";
export {
  deflatedSharpe,
  expectedBestSharpe,
  type SharpeEstimate,
  sharpeError,
  sharpeInterval,
} from "./stats/deflated-sharpe.ts";
export { type MonthReturn, monthlyReturns } from "./stats/monthly-returns.ts";
