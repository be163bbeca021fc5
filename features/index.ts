export { definitionOf, FEATURE_CATALOG } from "./catalog.ts";
export {
  defineFeature,
  type FeatureDefinition,
  type FeatureState,
  GROUPS,
  type Group,
  type InputSpec,
  type ParamSpec,
  type SeriesPart,
  type Unit,
} from "./define.ts";
export { describeCatalog, describeFeature, type FeatureDescription } from "./describe.ts";
export { DEFAULT_BAR_MS, type TimedBars } from "./drive/compute.ts";
export { orderSeries, type Published, publishedBy, type SeriesOrder } from "./drive/series.ts";
export type { BarValues, SeriesValue } from "./drive/stream.ts";
export {
  createFeature,
  type Feature,
  type FeatureFactory,
  factory,
  type MultiFeature,
  type SeriesSource,
  type SourceLike,
} from "./feature.ts";
export * from "./functions.ts";
export {
  type Leak,
  type LookaheadReport,
  lookaheadText,
  type ProbedColumns,
  type ProbeInputs,
  type ProbeOptions,
  probeFuture,
} from "./probe/lookahead.ts";
export { type FeatureWarmup, probeFeatureWarmup, type WarmupOptions } from "./probe/warmup.ts";
export { paramRanges } from "./ranges.ts";
export {
  type ComputeOptions,
  type FeatureSet,
  type FeatureSnapshot,
  type FeatureStream,
  features,
  type StreamOptions,
} from "./set.ts";
export { createFeatureColumns, type FeatureTable } from "./table.ts";
