export { barReturns, barsPerYear, drawdowns, type Performance, performance } from "./risk/performance.ts";
