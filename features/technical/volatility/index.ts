export { atr } from "./atr.ts";
export { garmanKlass, parkinson, rogersSatchell, yangZhang } from "./range-estimators.ts";
export { adr, cvi, massi, natr, tRange } from "./ranges.ts";
export { chop, rvi } from "./relative.ts";
export { ewmaVolatility, realisedVolatility } from "./return-estimators.ts";
export { volatility } from "./volatility.ts";
