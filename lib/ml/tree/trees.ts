import { countRows } from "../columns.ts";
import type { TrainedModel } from "../model.ts";
import type { TreeEnsemble } from "./ensemble.ts";
import type { SplitImportance } from "./importance.ts";
import type { TreeMetrics } from "./measure.ts";
import type { TreeEngine, TreeObjective, TreeSettings } from "./options.ts";
import { applyLink, type FlatEnsemble, flatten, marginsOf } from "./sums.ts";

/**
 * Boosted trees, trained: a model of single rows without scaling. A column that had missing values in training may miss
 * them in prediction (`required` false); a row that lacks a value elsewhere, or has an infinite one, has no prediction.
 * All but `predict` is plain data.
 */
export interface TrainedTrees extends TrainedModel {
  readonly ensemble: TreeEnsemble;
  readonly report: TreeReport;
}

export interface TreeReport {
  readonly engine: TreeEngine;
  /** "tickbook trees", "xgboost 1.7.4". */
  readonly library: string;
  readonly objective: TreeObjective;
  /** Rounds run. */
  readonly rounds: number;
  /** The round up to which trees were kept, counted from 1. */
  readonly bestRound: number;
  /** True if it was stopped before it was done. */
  readonly stopped: boolean;
  /**
   * After each round: log loss, root mean square error, mean pinball loss, or 1 - NDCG; with weights. Validation is
   * empty without validation rows.
   */
  readonly loss: { readonly train: readonly number[]; readonly validation: readonly number[] };
  readonly metrics: { readonly train: TreeMetrics; readonly validation: TreeMetrics | undefined };
  /** One a feature, in column order. */
  readonly importance: readonly SplitImportance[];
  /** With defaults filled in, but for `workers`: they change nothing. */
  readonly options: Omit<TreeSettings, "workers">;
  /** Threads that trained; 0 for the calling one. */
  readonly threads: number;
  /** Training rows left out because their label looks into the validation rows. */
  readonly purged: number;
}

/** Rows after which others get their turn: some milliseconds of work. */
const SLICE_LEAVES = 400_000;

/** Puts the parts together with the function that predicts from them. */
export function createTrees(parts: Omit<TrainedTrees, "predict">): TrainedTrees {
  let flat: FlatEnsemble | undefined;
  return {
    ...parts,
    async predict(columns) {
      const rows = countRows(parts.names, columns);
      flat ??= flatten(parts.ensemble);
      const outputs = parts.outputs.map(() => new Float64Array(rows));
      const slice = Math.max(256, Math.ceil(SLICE_LEAVES / (1 + flat.flat.length)));
      for (let from = 0; from < rows; from += slice) {
        if (from > 0) await new Promise(setImmediate);
        const to = Math.min(from + slice, rows);
        const values = applyLink(flat.link, marginsOf(flat, columns, from, to), to - from);
        for (let j = 0; j < outputs.length; j++)
          outputs[j]!.set(values.subarray(j * (to - from), (j + 1) * (to - from)), from);
        columns.forEach((column, f) => {
          clearIncomplete(column, parts.required[f]!, from, to, outputs);
        });
      }
      return outputs;
    },
  };
}

/** Takes the predictions of rows whose value is infinite, or missing where it is required. */
function clearIncomplete(
  column: Float64Array,
  isRequired: boolean,
  from: number,
  to: number,
  outputs: readonly Float64Array[],
): void {
  for (let i = from; i < to; i++) {
    const x = column[i]!;
    if (Number.isFinite(x) || (Number.isNaN(x) && !isRequired)) continue;
    for (const output of outputs) output[i] = Number.NaN;
  }
}
