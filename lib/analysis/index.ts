export { type DataQuality, dataQualityFigure } from "./chart/data-quality.ts";
export { type EquityCurve, equityFigure, type Span } from "./chart/equity.ts";
export { type ErrorBin, errorHistogramFigure } from "./chart/error-histogram.ts";
export type { Figure } from "./chart/figure.ts";
export { COLOR } from "./chart/figure.ts";
export { lookaheadFigure } from "./chart/lookahead.ts";
export { type CalibrationPoint, calibrationFigure } from "./chart/model/calibration.ts";
export { driftFigure } from "./chart/model/drift.ts";
export { type IcBar, icDecayFigure } from "./chart/model/ic-decay.ts";
export { impliedFigure } from "./chart/model/implied.ts";
export { importanceFigure } from "./chart/model/importance.ts";
export { labelFigure } from "./chart/model/labels.ts";
export { shapFigure } from "./chart/model/shap.ts";
export { type SplitRows, splitsFigure } from "./chart/model/splits.ts";
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
