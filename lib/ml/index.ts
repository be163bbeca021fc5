export { type Dataset, type DatasetSpec, makeDataset } from "./dataset/dataset.ts";
export { direction, forwardReturn, type Labels } from "./dataset/labels.ts";
export { accuracy, auc, type ClassMetrics, classMetrics, logLoss } from "./dataset/metrics.ts";
export type { Scaler } from "./dataset/scaler.ts";
export { loadPredictor, type OnnxPredictor, type PredictorSource } from "./infer/predictor.ts";
export type { Activation, DenseLayer } from "./net/layers.ts";
export { createNet, type TrainedNet, type TrainingReport } from "./net/net.ts";
export type { TrainOptions } from "./net/options.ts";
export { trainNet } from "./net/train.ts";
