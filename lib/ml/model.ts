import type { Scaling } from "./dataset/scaling.ts";

/** What every trained model is, networks and trees alike: its contract and the function that predicts. */
export interface TrainedModel {
  /** Feature names, in column order. */
  readonly names: readonly string[];
  /** Feature ids, in column order. */
  readonly ids: readonly string[];
  /** Rows that one prediction looks at, its own included: 1, or the length of a sequence. */
  readonly window: number;
  /** What is done to the columns in float64 before they become float32. */
  readonly scaling: Scaling;
  /**
   * One a column: whether a row without a value there (NaN) has no prediction. False where it is filled, or where the
   * model itself takes missing values.
   */
  readonly required: readonly boolean[];
  /** What it gives for each row: ["probability"], ["value"], ["p0", "p1", "p2"], ["q0.1", "q0.9"]. */
  readonly outputs: readonly string[];
  /** Rows it was trained on, evenly spaced, one column a feature: an export is tried on them. */
  readonly sample: readonly Float64Array[];
  readonly origin: ModelOrigin;
  /**
   * One Float64Array an output, by the arithmetic of training. NaN for a row that lacks a required value or has an
   * infinite one, and for the first `window - 1` rows.
   * @param columns one a feature, all of one length, in time order.
   * Errors: `ml.ragged-rows`.
   */
  predict(columns: readonly Float64Array[]): Promise<Float64Array[]>;
}

/** Where a model comes from: kept in its file. */
export interface ModelOrigin {
  /** "direction(5)". */
  readonly label: string;
  readonly dataHash: string;
  readonly seed: number;
  /** "tfjs 4.22.0 wasm", "tickbook trees", "xgboost 1.7.4". */
  readonly library: string;
  /** Starts of the first and last bar learnt from or validated on (UTC milliseconds). */
  readonly from: number;
  readonly to: number;
  /** sha256 of tickbook's own code, where the export was told it. */
  readonly code?: string;
  /** By name, as they go into the file: "auc" of the rows held back. */
  readonly metrics: Readonly<Record<string, number>>;
}
