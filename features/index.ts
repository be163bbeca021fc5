export { FEATURE_CATALOG } from "./catalog.ts";
export {
  createFeature,
  defineFeature,
  type Feature,
  type FeatureDefinition,
  type FeatureState,
  type MultiFeature,
  type ParamSpec,
} from "./define.ts";
export {
  type BarValues,
  type FeatureSet,
  type FeatureSnapshot,
  type FeatureStream,
  type FeatureTable,
  features,
} from "./set.ts";
export { atr } from "./technical/atr.ts";
export { bollinger } from "./technical/bollinger.ts";
export { macd } from "./technical/macd.ts";
export { ema, sma } from "./technical/moving-average.ts";
export { returns, volatility } from "./technical/returns.ts";
export { rsi } from "./technical/rsi.ts";
