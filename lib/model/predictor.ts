/**
 * A model that turns feature rows into predictions. Implemented by ONNX in lib/ml/infer.
 * Contract: predictions do not influence each other, and the same rows give the same bits every time.
 */
export interface Predictor {
  /** Feature names in the order of the columns. */
  readonly inputs: readonly string[];
  /** Rows that one prediction looks at, its own and those before it: 1 for most models. */
  readonly window: number;
  /**
   * One prediction a row.
   * @param columns one Float64Array a feature, all of one length n, in the order of time.
   * @returns n predictions; NaN where a row of the window lacks a value that the model needs, and for the first
   * `window - 1` rows.
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
  /** Rows that one prediction looks at; 1 without it. */
  readonly window?: number;
}
