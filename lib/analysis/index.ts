export { type EquityCurve, equityFigure, type Span } from "./chart/equity.ts";
export type { Figure } from "./chart/figure.ts";
export { type StudyPoint, studyFigure } from "./chart/study.ts";
export { type TradeMark, tradesFigure } from "./chart/trades.ts";
export { lossFigure } from "./chart/training.ts";
export { barReturns, barsPerYear, drawdowns, type Performance, performance } from "./risk/performance.ts";
