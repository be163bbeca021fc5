import { countRows } from "../columns.ts";
import type { ClassMetrics } from "../dataset/metrics.ts";
import { type Scaler, scaleRows } from "../dataset/scaler.ts";
import { type NetBackend, openBackend, type Tensor, type Tf } from "./backend.ts";
import { type DenseLayer, logits, tensorsFromLayers } from "./layers.ts";

/** A trained network: numbers, what it must be fed, and how it came about. */
export interface TrainedNet {
  /** Feature names, in column order. */
  readonly names: readonly string[];
  /** Feature ids, in column order. */
  readonly ids: readonly string[];
  readonly scaler: Scaler;
  readonly layers: readonly DenseLayer[];
  /** Rows it was trained on, evenly spaced, one column a feature: an export is tried on them. */
  readonly sample: readonly Float64Array[];
  readonly report: TrainingReport;
  /**
   * The chance of class 1 of each row, by the arithmetic of training (float32 on the same backend).
   * @param columns one a feature, all of one length. A row with a value that is not finite gives NaN.
   * Errors: `ml.ragged-rows`.
   */
  predict(columns: readonly Float64Array[]): Promise<Float64Array>;
}

export interface TrainingReport {
  readonly backend: NetBackend;
  /** Why a faster backend was not used, if one failed. */
  readonly backendNote: string | undefined;
  /** "tfjs 4.22.0". */
  readonly library: string;
  readonly label: string;
  readonly dataHash: string;
  readonly seed: number;
  /** Inputs, hidden units, outputs: [3, 16, 16, 1]. */
  readonly sizes: readonly number[];
  readonly weights: number;
  /** Epochs run. */
  readonly epochs: number;
  /** The epoch whose weights were kept, counted from 1. */
  readonly bestEpoch: number;
  /** Log loss after each epoch, without dropout. Validation is empty without validation rows. */
  readonly loss: { readonly train: readonly number[]; readonly validation: readonly number[] };
  readonly metrics: { readonly train: ClassMetrics; readonly validation: ClassMetrics | undefined };
  /** Training rows left out because their label looks into the validation rows. */
  readonly purged: number;
  /** Starts of the first and last bar learnt from or validated on (UTC milliseconds). */
  readonly from: number;
  readonly to: number;
}

/** Puts the parts together with the function that predicts from them. */
export function createNet(parts: Omit<TrainedNet, "predict">): TrainedNet {
  return {
    ...parts,
    async predict(columns) {
      const rows = countRows(parts.names, columns);
      if (rows === 0) return new Float64Array(0);
      const open = await openBackend(parts.report.backend);
      open.use();
      const tensors = tensorsFromLayers(open.tf, parts.layers);
      try {
        const out = probabilities(open.tf, parts.layers, tensors, scaleRows(parts.scaler, columns));
        for (let i = 0; i < rows; i++)
          if (!columns.every((column) => Number.isFinite(column[i]))) out[i] = Number.NaN;
        return out;
      } finally {
        open.tf.dispose(tensors);
        await open.release();
      }
    },
  };
}

/** Chances of class 1 for scaled rows, row by row. */
export function probabilities(
  tf: Tf,
  layers: readonly DenseLayer[],
  tensors: readonly Tensor[],
  scaled: Float32Array,
): Float64Array {
  const inputs = layers[0]!.inputs;
  const out = tf.tidy(() => {
    const x = tf.tensor2d(scaled, [scaled.length / inputs, inputs]);
    return logits(layers, tensors, x).sigmoid().dataSync();
  });
  return Float64Array.from(out);
}
