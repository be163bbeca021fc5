/** A booster of XGBoost on our rows: made, trained round by round, read back, freed. */
import type { TrainingRows } from "../boost/memory.ts";
import type { TreeObjective, TreeSettings } from "../options.ts";
import type { XgboostModel } from "./convert.ts";
import type { XgboostLibrary } from "./library.ts";

/** What XGBoost calls our objectives, and its loss for them. */
const OBJECTIVES = {
  binary: ["binary:logistic", "logloss"],
  multiclass: ["multi:softprob", "mlogloss"],
  regression: ["reg:squarederror", "rmse"],
  ranking: ["rank:ndcg", "ndcg"],
} as const satisfies Record<Exclude<TreeObjective, "quantile">, readonly [string, string]>;

export interface Booster {
  /** One round, counted from 1. */
  train(round: number): void;
  /** The losses after a round, validation undefined without such rows. */
  losses(round: number): { train: number; validation: number | undefined };
  model(): XgboostModel;
  /**
   * Its own predictions of the training rows, row by row. @param kind margins, or SHAP values (features, then base).
   * @param trees of the first so many rounds, all for 0.
   */
  predict(kind: "margin" | "contributions", rounds: number): Float32Array;
  free(): void;
}

export function createBooster(
  library: XgboostLibrary,
  data: TrainingRows,
  settings: TreeSettings,
  threads: number,
): Booster {
  const matrices: unknown[] = [];
  let booster: unknown;
  const free = () => {
    if (booster !== undefined) library.call("XGBoosterFree", booster);
    for (const matrix of matrices) library.call("XGDMatrixFree", matrix);
  };
  const made = (name: "XGBoosterCreate" | "XGDMatrixCreateFromMat", ...args: unknown[]) => {
    const out: unknown[] = [null];
    library.call(name, ...args, out);
    return out[0];
  };
  const createMatrix = (from: number, to: number) => {
    const values = rowMajor(data, from, to);
    const matrix = made("XGDMatrixCreateFromMat", values, to - from, data.columns.length, Number.NaN);
    matrices.push(matrix);
    describe(library, matrix, data, settings, from, to);
  };
  try {
    createMatrix(0, data.rows);
    if (data.total > data.rows) createMatrix(data.rows, data.total);
    booster = made("XGBoosterCreate", matrices, matrices.length);
    for (const [name, value] of paramsOf(data, settings, threads))
      library.call("XGBoosterSetParam", booster, name, value);
  } catch (error) {
    free();
    throw error;
  }
  const names = ["train", "validation"].slice(0, matrices.length);
  return {
    train(round) {
      library.call("XGBoosterUpdateOneIter", booster, round - 1, matrices[0]);
    },
    losses(round) {
      const text: [string] = [""];
      library.call("XGBoosterEvalOneIter", booster, round - 1, matrices, names, names.length, text);
      const [train, validation] = lossesFrom(text[0], settings.objective);
      return { train: train!, validation };
    },
    model() {
      const [length, pointer] = [[0], [null]];
      library.call("XGBoosterSaveModelToBuffer", booster, '{"format":"json"}', length, pointer);
      return modelFrom(new TextDecoder().decode(library.bytes(pointer[0], Number(length[0]))));
    },
    predict(kind, rounds) {
      const [length, pointer] = [[0], [null]];
      const mask = kind === "margin" ? 1 : 4;
      library.call("XGBoosterPredict", booster, matrices[0], mask, rounds, 0, length, pointer);
      return library.floats(pointer[0], Number(length[0]));
    },
    free,
  };
}

/** Its JSON has values that JSON has not: NaN as the condition of a categorical node, and infinite ones. */
function modelFrom(text: string): XgboostModel {
  return JSON.parse(text.replaceAll(/([[,:])NaN/g, "$1null").replaceAll(/([[,:]-?)Infinity/g, "$11e999"));
}

/** "[3]\ttrain-rmse:0.5\tvalidation-rmse:0.6": of a quality (ndcg) the loss is what is missing to 1. */
function lossesFrom(text: string, objective: TreeObjective): number[] {
  return [...text.matchAll(/:([^\s]+)/g)].map(([, value]) => {
    const number = Number(value);
    return objective === "ranking" ? 1 - number : number;
  });
}

function rowMajor({ columns }: TrainingRows, from: number, to: number): Float32Array {
  const k = columns.length;
  const out = new Float32Array((to - from) * k);
  columns.forEach((column, f) => {
    for (let i = from; i < to; i++) out[(i - from) * k + f] = column[i]!;
  });
  return out;
}

function describe(
  library: XgboostLibrary,
  matrix: unknown,
  { target, weight, groupStart, columns }: TrainingRows,
  { categorical }: TreeSettings,
  from: number,
  to: number,
): void {
  const floats = (name: string, values: Float32Array) =>
    library.call("XGDMatrixSetFloatInfo", matrix, name, values, values.length);
  floats("label", Float32Array.from(target.subarray(from, to)));
  let weights = Float32Array.from(weight.subarray(from, to));
  if (groupStart.length > 0) {
    const starts = Array.from(groupStart).filter((start) => start >= from && start <= to);
    const sizes = Uint32Array.from(starts.slice(1), (end, g) => end - starts[g]!);
    library.call("XGDMatrixSetUIntInfo", matrix, "group", sizes, sizes.length);
    // It weighs groups, not rows.
    weights = Float32Array.from(sizes, (size, g) => {
      const own = weight.subarray(starts[g]!, starts[g]! + size);
      return own.reduce((sum, each) => sum + each, 0) / size;
    });
  }
  if (weights.some((each) => each !== 1)) floats("weight", weights);
  if (categorical.includes(true)) {
    const types = columns.map((_, f) => (categorical[f] ? "c" : "q"));
    library.call("XGDMatrixSetStrFeatureInfo", matrix, "feature_type", types, types.length);
  }
}

function paramsOf(data: TrainingRows, settings: TreeSettings, threads: number): [string, string][] {
  const [objective, metric] = OBJECTIVES[settings.objective as keyof typeof OBJECTIVES];
  const params: Record<string, unknown> = {
    objective,
    eval_metric: metric,
    base_score: baseScore(data, settings),
    tree_method: "hist",
    nthread: Math.max(1, threads),
    eta: settings.learningRate,
    grow_policy: settings.growth === "depth" ? "depthwise" : "lossguide",
    max_depth: settings.maxDepth,
    max_leaves: settings.maxLeaves,
    lambda: settings.lambda,
    alpha: settings.alpha,
    gamma: settings.gamma,
    min_child_weight: settings.minChildWeight,
    subsample: settings.subsample,
    colsample_bytree: settings.columnSample,
    max_bin: settings.bins,
    // It takes no more than 31 bits.
    seed: settings.seed >>> 1,
  };
  if (data.outputs > 1) params.num_class = data.outputs;
  if (settings.monotone.some((sign) => sign !== 0))
    params.monotone_constraints = `(${settings.monotone.join(",")})`;
  if (settings.categorical.includes(true)) params.max_cat_to_onehot = 1;
  return Object.entries(params).map(([name, value]) => [name, String(value)]);
}

/** The start of our own engine, as XGBoost wants it: a probability, or a margin. */
function baseScore({ rows, target, weight }: TrainingRows, { objective }: TreeSettings): number {
  if (objective === "multiclass" || objective === "ranking") return 0.5;
  let sum = 0;
  let total = 0;
  for (let i = 0; i < rows; i++) {
    sum += weight[i]! * target[i]!;
    total += weight[i]!;
  }
  return Math.fround(sum / total);
}
