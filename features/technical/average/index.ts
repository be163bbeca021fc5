export { bollinger } from "./bollinger.ts";
export { ema, sma } from "./moving-average.ts";
export { dema, hma, kama, rma, tema, trima, wma, zlema } from "./simple-kinds.ts";
