/** How good an ensemble is on the rows it learnt from and on those it watched. */
import { classMetrics } from "../dataset/metrics.ts";
import type { Boosted } from "./boost/boost.ts";
import type { TrainingRows } from "./boost/memory.ts";
import { meanNdcg } from "./boost/rank-groups.ts";
import type { TreeEnsemble } from "./ensemble.ts";
import type { TreeObjective, TreeSettings } from "./options.ts";
import { applyLink, flatten, marginsOf } from "./sums.ts";

/**
 * By objective, all but the pinball loss without weights. binary: logLoss, auc, accuracy, baseRate; multiclass:
 * logLoss, accuracy; regression: rmse, mae, r2; quantile: pinball (mean), coverage (share of targets at or below);
 * ranking: ndcg (mean over groups). And rows.
 */
export type TreeMetrics = Readonly<Record<string, number>>;

/** What an engine hands back: plain data. */
export interface TreeFit {
  readonly ensemble: TreeEnsemble;
  readonly rounds: number;
  readonly bestRound: number;
  readonly loss: { readonly train: readonly number[]; readonly validation: readonly number[] };
  readonly stopped: boolean;
  /** "tickbook trees", "xgboost 1.7.4". */
  readonly library: string;
  readonly metrics: { readonly train: TreeMetrics; readonly validation: TreeMetrics | undefined };
}

const LINKS = {
  binary: "logistic",
  multiclass: "softmax",
  regression: "identity",
  quantile: "identity",
  ranking: "identity",
} as const satisfies Record<TreeObjective, TreeEnsemble["link"]>;

export function fitFrom(boosted: Boosted, data: TrainingRows, settings: TreeSettings): TreeFit {
  const { base, trees, rounds, bestRound, loss, stopped } = boosted;
  const ensemble: TreeEnsemble = {
    features: data.columns.length,
    link: LINKS[settings.objective],
    base,
    trees,
  };
  const metricsOf = (from: number, to: number) => measure(ensemble, data, settings, from, to);
  return {
    ensemble,
    rounds,
    bestRound,
    loss,
    stopped,
    library: "tickbook trees",
    metrics: {
      train: metricsOf(0, data.rows),
      validation: data.total > data.rows ? metricsOf(data.rows, data.total) : undefined,
    },
  };
}

function measure(
  ensemble: TreeEnsemble,
  data: TrainingRows,
  { objective, quantile }: TreeSettings,
  from: number,
  to: number,
): TreeMetrics {
  const rows = to - from;
  const out = applyLink(ensemble.link, marginsOf(flatten(ensemble), data.columns, from, to), rows);
  const y = data.target.subarray(from, to);
  switch (objective) {
    case "binary":
      return { ...classMetrics(Float64Array.from(out), y) };
    case "multiclass":
      return { rows, ...measureClasses(out, y) };
    case "regression":
      return { rows, ...measureErrors(out, y) };
    case "quantile": {
      let loss = 0;
      let below = 0;
      for (let i = 0; i < rows; i++) {
        const above = y[i]! - out[i]!;
        loss += above * (above < 0 ? quantile - 1 : quantile);
        if (above <= 0) below++;
      }
      return { rows, pinball: loss / rows, coverage: below / rows };
    }
    case "ranking": {
      const starts = data.groupStart
        .filter((start) => start >= from && start <= to)
        .map((start) => start - from);
      return { rows, ndcg: meanNdcg(out, y, starts) };
    }
  }
}

function measureClasses(out: Float32Array, y: Float64Array) {
  const rows = y.length;
  let loss = 0;
  let right = 0;
  for (let i = 0; i < rows; i++) {
    loss -= Math.log(Math.max(out[y[i]! * rows + i]!, 1e-7));
    let best = 0;
    for (let j = 1; j < out.length / rows; j++) if (out[j * rows + i]! > out[best * rows + i]!) best = j;
    if (best === y[i]) right++;
  }
  return { logLoss: loss / rows, accuracy: right / rows };
}

function measureErrors(out: Float32Array, y: Float64Array) {
  const rows = y.length;
  const mean = y.reduce((sum, each) => sum + each / rows, 0);
  let square = 0;
  let size = 0;
  let spread = 0;
  for (let i = 0; i < rows; i++) {
    square += (y[i]! - out[i]!) ** 2;
    size += Math.abs(y[i]! - out[i]!);
    spread += (y[i]! - mean) ** 2;
  }
  return { rmse: Math.sqrt(square / rows), mae: size / rows, r2: 1 - square / spread };
}
