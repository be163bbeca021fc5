export {
  type Dataset,
  type DatasetSpec,
  type DroppedRows,
  makeDataset,
  splitInTime,
  subset,
} from "./dataset/dataset.ts";
export { direction, forwardReturn, type HorizonOptions } from "./dataset/label/horizon.ts";
export type { Labels } from "./dataset/label/labels.ts";
export { type TrendLabels, type TrendOptions, trendScanning } from "./dataset/label/trend-scanning.ts";
export {
  type BarrierOptions,
  ewmVolatility,
  metaLabels,
  type TripleBarrierOptions,
  tripleBarrier,
} from "./dataset/label/triple-barrier.ts";
export { accuracy, auc, type ClassMetrics, classMetrics, logLoss } from "./dataset/metrics.ts";
export { type Fill, fitScaling, noScaling, type Scaling, scaleRows } from "./dataset/scaling.ts";
export {
  type CombinatorialOptions,
  type CombinatorialSplits,
  combinatorialPurged,
  type KFoldOptions,
  purgedKFold,
  type Split,
  type WalkForwardOptions,
  walkForward,
} from "./dataset/splits.ts";
export { returnWeights, timeDecay, uniqueness } from "./dataset/weights.ts";
export { BASELINE_WIDTH, type Baseline, baselineLines, baselineOf } from "./drift/baseline.ts";
export { type Drift, driftOf } from "./drift/drift.ts";
export { loadPredictor, type OnnxPredictor, type PredictorSource } from "./infer/predictor.ts";
export { completeRows, gatherWindows } from "./infer/windows.ts";
export type { ModelOrigin, TrainedModel } from "./model.ts";
export {
  autoencoder,
  gru,
  lstm,
  mlp,
  type NetModel,
  tcn,
  transformer,
} from "./net/architectures.ts";
export type { NetCall, NetGraph, NetLayer, NetWeights } from "./net/graph.ts";
export { initialGraph } from "./net/initial-graph.ts";
export { createNet, type TrainedNet, type TrainingReport } from "./net/net.ts";
export type { TrainOptions } from "./net/options.ts";
export { trainNet } from "./net/train.ts";
export { type Difference, diffModels } from "./registry/diff.ts";
export { type ModelRegistry, modelRegistryPath, openModelRegistry } from "./registry/registry.ts";
export type { Lineage, ModelEvent, ModelVersion, NewModel } from "./registry/types.ts";
export type { Tree, TreeEnsemble } from "./tree/ensemble.ts";
export type { TreeOptions } from "./tree/options.ts";
export { type ShapValues, treeShap } from "./tree/shap.ts";
export { trainTrees } from "./tree/train.ts";
export { createTrees, type TrainedTrees, type TreeReport } from "./tree/trees.ts";
export { type TreesSpec, trees } from "./tree/trees-spec.ts";
export { compareModels, type ModelComparison } from "./validate/compare.ts";
export {
  type CrossValidateOptions,
  type CrossValidation,
  crossValidate,
  type Fold,
  predictRows,
} from "./validate/cross-validate.ts";
export { type IcDecayOptions, type IcPoint, icDecay } from "./validate/ic-decay.ts";
export {
  type FeatureImportance,
  type PermutationOptions,
  permutationImportance,
  ranked,
} from "./validate/importance.ts";
export {
  type Estimate,
  impliedPositions,
  rowsALabel,
  type Scored,
  type ScoreOptions,
  type Scores,
  score,
  scoreValues,
} from "./validate/scores.ts";
