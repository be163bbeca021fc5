export { ad, adOsc, nvi, obv, pvi, pvt } from "./cumulative.ts";
export { cmf, efi, marketFi, rvol } from "./money-flow.ts";
export { anchoredVwap, sessionVwap, vwap } from "./vwap.ts";
