/**
 * A model that turns feature rows into predictions. Implemented by ONNX in lib/ml/infer.
 * Contract: the rows of a batch do not influence each other, and the same row gives the same bits every time.
 */
export interface Predictor {
  /** Feature names in the order of the columns. */
  readonly inputs: readonly string[];
  /**
   * One prediction a row.
   * @param columns one Float64Array a feature, all of one length n. A row with a NaN gives NaN.
   * @returns n predictions.
   */
  predict(columns: readonly Float64Array[]): Promise<Float64Array>;
  close(): Promise<void>;
}

/** A model's file and what it must be fed: what `exportOnnx` makes and a bundle carries. */
export interface ModelArtifact {
  readonly kind: "onnx";
  readonly bytes: Uint8Array;
  /** sha256 of the bytes, hex. */
  readonly hash: string;
  /** Feature names, in column order. */
  readonly inputs: readonly string[];
  /** Feature definitions with parameters and versions, in column order: "technical.rsi(14)@1". */
  readonly features: readonly string[];
}
