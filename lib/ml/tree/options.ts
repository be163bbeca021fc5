import { checkNames, type StartProgress, silentProgress } from "#core";
import type { Dataset } from "../dataset/dataset.ts";
import { isNumber, isWhole, need } from "../train-options.ts";

export type TreeObjective = "binary" | "multiclass" | "regression" | "quantile" | "ranking";
export type TreeEngine = "tickbook" | "xgboost";

export interface TreeOptions {
  readonly dataset: Dataset;
  /** "xgboost" is the system's own library: see `ml.no-xgboost`. Default "tickbook". */
  readonly engine?: TreeEngine;
  /** Default by the label: "binary" for two classes, "multiclass" for more, "regression" for a real number. */
  readonly objective?: TreeObjective;
  /** Of the objective "quantile" only: which quantile, within (0, 1). Default 0.5. */
  readonly quantile?: number;
  /** Share of the rows, at the end in time, to watch and not learn from; in [0, 1). Default 0.2. */
  readonly validation?: number;
  /** Rounds of boosting, at most; 1 to 10,000. Each grows a tree, or one a class. Default 200. */
  readonly rounds?: number;
  /** Stop after this many rounds without a lower validation loss, 1 to 10,000. Default 20. */
  readonly patience?: number;
  /** Factor of every leaf, above 0 and at most 1. Default 0.1. */
  readonly learningRate?: number;
  /** "depth" splits all nodes of a level, "leaf" the node that gains most. Default "depth". */
  readonly growth?: "depth" | "leaf";
  /** Splits between root and leaf, at most: 1 to 16, and 0 for no limit with growth "leaf". Default 6, or 0. */
  readonly maxDepth?: number;
  /** Of growth "leaf" only: leaves of a tree, at most; 2 to 65,536. Default 31. */
  readonly maxLeaves?: number;
  /** L2 penalty of leaf values, at least 0. Default 1. */
  readonly lambda?: number;
  /** L1 penalty of leaf values, at least 0. Default 0. */
  readonly alpha?: number;
  /** Gain that a split must exceed, at least 0. Default 0. */
  readonly gamma?: number;
  /**
   * Sum of hessians that either side of a split must have, at least 0: a row counts with its weight, and among classes
   * with weight p (1 - p). Default 1.
   */
  readonly minChildWeight?: number;
  /** Share of the rows drawn for each tree, in (0, 1]. Default 1. */
  readonly subsample?: number;
  /** Share of the features drawn for each tree, in (0, 1]. Default 1. */
  readonly columnSample?: number;
  /** Bins that a feature is cut into, 2 to 255. Default 255. */
  readonly bins?: number;
  /** Features, by name, with which the prediction must never fall (1) or never rise (-1). */
  readonly monotone?: Readonly<Record<string, 1 | -1 | 0>>;
  /** Features, by name, whose values are kinds, not sizes: whole numbers from 0 to 254. */
  readonly categorical?: readonly string[];
  /** A factor for the rows of each class, or "balanced": each class weighs the same. Default 1 each. */
  readonly classWeights?: "balanced" | readonly number[];
  /** Of row and column sampling: a seed gives the same trees, whatever the number of workers. Default 1. */
  readonly seed?: number;
  /** Threads that train, 0 to 64; 0 trains in the calling thread, in slices. Default by the size of the data. */
  readonly workers?: number;
  /** Stops after the current tree; the rounds until then are kept, and `report.stopped` is true. */
  readonly signal?: AbortSignal;
  readonly startProgress?: StartProgress;
}

/** Everything but the data, filled in and checked: plain numbers, as they go to a worker. */
export interface TreeSettings {
  readonly engine: TreeEngine;
  readonly objective: TreeObjective;
  readonly quantile: number;
  readonly validation: number;
  readonly rounds: number;
  readonly patience: number;
  readonly learningRate: number;
  readonly growth: "depth" | "leaf";
  readonly maxDepth: number;
  readonly maxLeaves: number;
  readonly lambda: number;
  readonly alpha: number;
  readonly gamma: number;
  readonly minChildWeight: number;
  readonly subsample: number;
  readonly columnSample: number;
  readonly bins: number;
  /** One a feature: 1, -1 or 0. */
  readonly monotone: readonly number[];
  /** One a feature. */
  readonly categorical: readonly boolean[];
  readonly classWeights: "balanced" | readonly number[];
  readonly seed: number;
  /** undefined: by the size of the data. */
  readonly workers: number | undefined;
}

export const OPTION_NAMES = [
  ..."dataset engine objective quantile validation rounds patience learningRate growth maxDepth".split(" "),
  ..."maxLeaves lambda alpha gamma minChildWeight subsample columnSample bins monotone".split(" "),
  ..."categorical classWeights seed workers signal startProgress".split(" "),
] as (keyof TreeOptions)[];
const OBJECTIVES: readonly string[] = [
  "binary",
  "multiclass",
  "regression",
  "quantile",
  "ranking",
] satisfies TreeObjective[];

/** Fills in the defaults. Errors: `ml.bad-option`. */
export function checkOptions(options: TreeOptions): {
  dataset: Dataset;
  settings: TreeSettings;
  signal: AbortSignal | undefined;
  startProgress: StartProgress;
} {
  checkNames("ml.bad-option", "train options", options, OPTION_NAMES);
  const { dataset, signal, startProgress = silentProgress } = options;
  const growth = options.growth ?? "depth";
  const settings: TreeSettings = {
    engine: options.engine ?? "tickbook",
    objective: options.objective ?? objectiveOf(dataset),
    quantile: options.quantile ?? 0.5,
    validation: options.validation ?? 0.2,
    rounds: options.rounds ?? 200,
    patience: options.patience ?? 20,
    learningRate: options.learningRate ?? 0.1,
    growth,
    maxDepth: options.maxDepth ?? (growth === "depth" ? 6 : 0),
    maxLeaves: options.maxLeaves ?? (growth === "depth" ? 0 : 31),
    lambda: options.lambda ?? 1,
    alpha: options.alpha ?? 0,
    gamma: options.gamma ?? 0,
    minChildWeight: options.minChildWeight ?? 1,
    subsample: options.subsample ?? 1,
    columnSample: options.columnSample ?? 1,
    bins: options.bins ?? 255,
    monotone: dataset.names.map((name) => signOf(options.monotone, name)),
    categorical: dataset.names.map((name) => options.categorical?.includes(name) ?? false),
    classWeights: options.classWeights ?? [],
    seed: options.seed ?? 1,
    workers: options.workers,
  };
  checkNumbers(settings, options);
  checkChoices(settings, options);
  return { dataset, settings, signal, startProgress };
}

/** A feature may be called "constructor". */
function signOf(monotone: TreeOptions["monotone"], name: string): number {
  return monotone !== undefined && Object.hasOwn(monotone, name) ? monotone[name]! : 0;
}

function objectiveOf({ kind, classes }: Dataset): TreeObjective {
  if (kind === "real") return "regression";
  return classes > 2 ? "multiclass" : "binary";
}

function checkNumbers(settings: TreeSettings, options: TreeOptions): void {
  const whole = (option: keyof TreeSettings, min: number, max: number) => {
    need(
      isWhole(settings[option], min, max),
      option,
      settings[option],
      `a whole number from ${min} to ${max}`,
    );
  };
  const share = (option: keyof TreeSettings) => {
    const value = settings[option];
    need(isNumber(value, 0, 1) && value > 0, option, value, "above 0 and at most 1");
  };
  const { validation, quantile, growth } = settings;
  need(isNumber(validation, 0, 1) && validation < 1, "validation", validation, "a share in [0, 1)");
  need(isNumber(quantile, 0, 1) && quantile > 0 && quantile < 1, "quantile", quantile, "within (0, 1)");
  whole("rounds", 1, 10_000);
  whole("patience", 1, 10_000);
  share("learningRate");
  need(growth === "depth" || growth === "leaf", "growth", growth, '"depth" or "leaf"');
  whole("maxDepth", growth === "depth" ? 1 : 0, 16);
  if (growth === "leaf") whole("maxLeaves", 2, 65_536);
  else need(options.maxLeaves === undefined, "maxLeaves", options.maxLeaves, 'left out, or growth be "leaf"');
  for (const option of ["lambda", "alpha", "gamma", "minChildWeight"] as const) {
    const value = settings[option];
    need(isNumber(value, 0, 1e30), option, value, "a number from 0 to 1e30");
  }
  share("subsample");
  share("columnSample");
  whole("bins", 2, 255);
  whole("seed", 0, 2 ** 32 - 1);
  if (settings.workers !== undefined) whole("workers", 0, 64);
}

function checkChoices(settings: TreeSettings, options: TreeOptions): void {
  const { dataset, monotone = {}, categorical = [] } = options;
  const { engine, objective, classWeights } = settings;
  need(engine === "tickbook" || engine === "xgboost", "engine", engine, '"tickbook" or "xgboost"');
  need(OBJECTIVES.includes(objective), "objective", objective, `one of ${OBJECTIVES.join(", ")}`);
  need(
    options.quantile === undefined || objective === "quantile",
    "quantile",
    options.quantile,
    'left out, or objective be "quantile"',
  );
  need(dataset.names.length > 0, "dataset", dataset.names, "of at least one feature");
  need(
    typeof monotone === "object" && !Array.isArray(monotone),
    "monotone",
    monotone,
    "an object of 1, -1 and 0 by feature",
  );
  need(Array.isArray(categorical), "categorical", categorical, "a list of features");
  checkNames("ml.bad-option", "train: monotone", monotone, dataset.names);
  checkNames(
    "ml.bad-option",
    "train: categorical",
    Object.fromEntries(categorical.map((name) => [name, true])),
    dataset.names,
  );
  for (const [name, sign] of Object.entries(monotone)) {
    need([1, -1, 0].includes(sign), `monotone.${name}`, sign, "1, -1 or 0");
    need(
      !categorical.includes(name) || sign === 0,
      `monotone.${name}`,
      sign,
      "0: the feature is categorical",
    );
  }
  const isClass = objective === "binary" || objective === "multiclass";
  if (classWeights === "balanced")
    need(isClass, "classWeights", classWeights, "left out: there are no classes");
  else
    need(
      classWeights.length === 0 ||
        (isClass &&
          classWeights.length === classCount(dataset, objective) &&
          classWeights.every((w) => isNumber(w, 0, 1e6) && w > 0)),
      "classWeights",
      classWeights,
      '"balanced", or one number above 0, at most 1e6, a class',
    );
}

/** Classes that an objective tells apart; 0 where there are none. */
export function classCount({ classes }: Dataset, objective: TreeObjective): number {
  if (objective === "binary") return 2;
  return objective === "multiclass" ? Math.max(2, classes) : 0;
}
