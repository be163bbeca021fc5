import { fail } from "#core";
import { countRows } from "../columns.ts";
import { scaleRows } from "../dataset/scaling.ts";
import { completeRows } from "../infer/windows.ts";
import type { TrainedModel } from "../model.ts";
import type { NetBackend } from "./backend.ts";
import type { NetGraph } from "./graph.ts";
import type { NetMetrics } from "./metrics.ts";
import { predict as predictInThread } from "./pool.ts";
import { shared } from "./rows.ts";

/** A trained network: plain data, but for the function that predicts. */
export interface TrainedNet extends TrainedModel {
  readonly graph: NetGraph;
  readonly report: TrainingReport;
}

export interface TrainingReport {
  readonly backend: NetBackend;
  /** Why a faster backend was not used, if one failed. */
  readonly backendNote?: string;
  /** "tfjs 4.22.0". */
  readonly library: string;
  readonly label: string;
  readonly dataHash: string;
  readonly seed: number;
  /** "mlp 4-16-16-1". */
  readonly summary: string;
  /** Numbers in it, those that are not trained as well. */
  readonly weights: number;
  /** Epochs done. */
  readonly epochs: number;
  /** The epoch whose weights were kept, counted from 1. */
  readonly bestEpoch: number;
  /**
   * After each epoch: the mean over its batches as they were met, and that of the validation rows (empty without any).
   * Of real targets in units of their standard deviation, where the network allows it.
   */
  readonly loss: { readonly train: readonly number[]; readonly validation: readonly number[] };
  /** Of the kept weights. */
  readonly metrics: { readonly train: NetMetrics; readonly validation?: NetMetrics };
  /** Of the first step of each epoch. */
  readonly learningRates: readonly number[];
  /** Whether it was interrupted. */
  readonly stopped: boolean;
  /** The epoch of the checkpoint, where those after it could not be written. */
  readonly keptEpoch?: number;
  /** Training rows left out because their label looks into the validation rows. */
  readonly purged: number;
  /** Starts of the first and last bar learnt from or validated on (UTC milliseconds). */
  readonly from: number;
  readonly to: number;
  /** What was asked for, defaults included. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** Puts the parts, which are plain data, together with the function that predicts from them. */
export function createNet(parts: Omit<TrainedNet, "predict">): TrainedNet {
  return { ...parts, predict: (columns) => predict(parts, columns) };
}

async function predict(parts: Omit<TrainedNet, "predict">, columns: readonly Float64Array[]) {
  const { names, window, required, scaling, outputs, graph, report } = parts;
  const count = countRows(names, columns);
  const out = outputs.map(() => new Float64Array(count).fill(Number.NaN));
  const place = shared(completeRows(columns, required, window));
  if (place.length === 0) return out;
  const rows = {
    features: names.length,
    window,
    x: [shared(scaleRows(scaling, columns))],
    series: shared(new Uint32Array(place.length)),
    place,
  };
  const width = outputs.length;
  const z = await predictInThread({ graph, rows, width, backend: report.backend });
  for (let i = 0; i < place.length; i++)
    for (let k = 0; k < width; k++) out[k]![place[i]!] = z[i * width + k]!;
  return out;
}

/** How many numbers a network has. Errors: `ml.bad-network` for one that has none. */
export function countWeights({ layers }: NetGraph): number {
  let sum = 0;
  for (const { weights } of Object.values(layers)) for (const { values } of weights) sum += values.length;
  if (sum > 0) return sum;
  return fail("ml.bad-network", {
    message: "the network has no weights: there is nothing to train",
    hint: "Give it a layer that learns, such as dense.",
  });
}
