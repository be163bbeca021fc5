import { checkNames, type StartProgress, silentProgress } from "#core";
import type { Dataset } from "../dataset/dataset.ts";
import type { Fill } from "../dataset/scaling.ts";
import { isNumber, isWhole, need } from "../train-options.ts";
import { completeSpec, mlp, type NetModel } from "./architectures.ts";
import type { NetBackend } from "./backend.ts";
import type { EpochReport } from "./fit.ts";
import type { Objective, ObjectiveKind } from "./objective.ts";
import type { OptimizerSpec } from "./optimizer.ts";
import type { Schedule } from "./schedule.ts";

export interface TrainOptions {
  readonly dataset: Dataset;
  /** `mlp(...)`, `lstm(...)`, ...; a function that builds a tfjs model; or a network to go on from. Default `mlp()`. */
  readonly model?: NetModel;
  /** Default: by the labels, binary, multiclass or regression; quantile with `quantiles`; reconstruction of an autoencoder. */
  readonly objective?: ObjectiveKind;
  /** Of the quantile objective, each in (0, 1), ascending. Default [0.1, 0.5, 0.9]. */
  readonly quantiles?: readonly number[];
  /** To watch and not learn from: a share of the rows, at the end in time, in [0, 1), or rows of their own. Default 0.2. */
  readonly validation?: number | Dataset;
  /** Passes over the training rows, at most; 1 to 10,000. Default 60. */
  readonly epochs?: number;
  /** Rows a step, 1 to 65,536. Default 64. */
  readonly batchSize?: number;
  /** Above 0 and at most 1, or how it changes. Default 0.001. */
  readonly learningRate?: number | Schedule;
  /** Default "adam". */
  readonly optimizer?: OptimizerOption;
  /** Of matrices, not of biases; at least 0. Default 0, of adamw 0.01. */
  readonly weightDecay?: number;
  /** The joint length of all slopes is cut to this. Default: none. */
  readonly clipNorm?: number;
  /** How much a row of each class counts in training; "balanced": all classes together count the same. */
  readonly classWeights?: "balanced" | readonly number[];
  /** Of weights, shuffling and dropout: the same seed on the same backend gives the same net. Default 1. */
  readonly seed?: number;
  /** Stop after this many epochs without a lower validation loss, 1 to 10,000. Default 10. */
  readonly patience?: number;
  /** How much lower counts as lower, at least 0. Default 0. */
  readonly minDelta?: number;
  /** What stands for a missing value; "none": such a row is refused, and later not predicted. Default "none". */
  readonly fill?: Fill;
  /** Whether features are scaled to mean 0 and deviation 1 of the training rows. Default true. */
  readonly scale?: boolean;
  /** Default "auto": native if installed, else wasm, else cpu. The report says which. */
  readonly backend?: NetBackend | "auto";
  readonly startProgress?: StartProgress;
  /** Aborted: the training stops after its batch and gives the best network so far. */
  readonly signal?: AbortSignal;
  readonly checkpoint?: CheckpointOptions;
  /** Told after each epoch. */
  readonly onEpoch?: (report: EpochReport) => void;
}

export type OptimizerOption =
  | OptimizerSpec["kind"]
  | { readonly kind: "adam" | "adamw"; readonly beta1?: number; readonly beta2?: number }
  | { readonly kind: "sgd"; readonly momentum?: number; readonly nesterov?: boolean }
  | { readonly kind: "rmsprop"; readonly decay?: number };

export interface CheckpointOptions {
  /** Its file is `net.checkpoint` in this folder; one training a folder. */
  readonly folder: string;
  /** Epochs from one to the next, at least 1. Default 1. */
  readonly every?: number;
  /** Whether to go on from the file: as if never stopped (true, the default), never, or anew from its best weights. */
  readonly resume?: boolean | "best";
}

/** Options with their defaults, those that may be written in several ways in one. */
export interface FullOptions {
  readonly dataset: Dataset;
  readonly model: NetModel;
  readonly objective: Objective;
  readonly validation: number | Dataset;
  readonly epochs: number;
  readonly batchSize: number;
  readonly schedule: Schedule;
  readonly optimizer: OptimizerSpec;
  readonly weightDecay: number;
  readonly clipNorm: number;
  readonly classWeights: "balanced" | readonly number[] | undefined;
  readonly seed: number;
  readonly patience: number;
  readonly minDelta: number;
  readonly fill: Fill;
  readonly scale: boolean;
  readonly backend: NetBackend | "auto";
  readonly checkpoint: Required<CheckpointOptions> | undefined;
  readonly startProgress: StartProgress;
  readonly signal: AbortSignal | undefined;
  readonly onEpoch: ((report: EpochReport) => void) | undefined;
}

const NAMES: readonly (keyof TrainOptions)[] = [
  "dataset", "model", "objective", "quantiles", "validation", "epochs", "batchSize", "learningRate", "optimizer",
  "weightDecay", "clipNorm", "classWeights", "seed", "patience", "minDelta", "fill", "scale", "backend",
  "startProgress", "signal", "checkpoint", "onEpoch",
]; // biome-ignore format: a list

/** Fills in the defaults. Errors: `ml.bad-option`. */
export function checkOptions(options: TrainOptions): FullOptions {
  checkNames("ml.bad-option", "train options", options, NAMES);
  const optimizer = optimizerOf(options.optimizer ?? "adam");
  const full: FullOptions = {
    dataset: options.dataset,
    model: modelOf(options.model ?? mlp()),
    objective: objectiveOf(options),
    validation: options.validation ?? 0.2,
    epochs: options.epochs ?? 60,
    batchSize: options.batchSize ?? 64,
    schedule: scheduleOf(options.learningRate ?? 0.001),
    optimizer,
    weightDecay: options.weightDecay ?? (optimizer.kind === "adamw" ? 0.01 : 0),
    clipNorm: options.clipNorm ?? Number.POSITIVE_INFINITY,
    classWeights: options.classWeights,
    seed: options.seed ?? 1,
    patience: options.patience ?? 10,
    minDelta: options.minDelta ?? 0,
    fill: options.fill ?? "none",
    scale: options.scale ?? true,
    backend: options.backend ?? "auto",
    checkpoint: options.checkpoint && { every: 1, resume: true, ...options.checkpoint },
    startProgress: options.startProgress ?? silentProgress,
    signal: options.signal,
    onEpoch: options.onEpoch,
  };
  checkNumbers(full);
  checkChoices(full);
  return full;
}

/** What a training is reported with: plain data, without what is watched or large. */
export function plainOptions(full: FullOptions): Record<string, unknown> {
  const { model, validation, objective, schedule, optimizer, backend, classWeights, clipNorm, ...others } =
    full;
  const { epochs, batchSize, weightDecay, patience, minDelta, fill, scale } = others;
  return {
    model: typeof model === "function" ? "own" : "calls" in model ? "given" : model,
    validation: typeof validation === "number" ? validation : "rows of their own",
    ...{
      objective,
      schedule,
      optimizer,
      epochs,
      batchSize,
      weightDecay,
      patience,
      minDelta,
      fill,
      scale,
      backend,
    },
    ...(classWeights === undefined ? {} : { classWeights }),
    ...(clipNorm === Number.POSITIVE_INFINITY ? {} : { clipNorm }),
  };
}

function modelOf(model: NetModel): NetModel {
  if (typeof model === "function") return model;
  const isObject = typeof model === "object" && model !== null && ("kind" in model || "calls" in model);
  need(isObject, "model", model, "mlp(...), lstm(...), ..., a function that builds a model, or a network");
  if (!("calls" in model)) return completeSpec(model);
  const isGraph =
    [model.calls, model.inputs, model.outputs].every(Array.isArray) && typeof model.layers === "object";
  need(isGraph, "model", "an object with calls", "a whole network: inputs, outputs, layers and calls");
  return model;
}

function checkNumbers(full: FullOptions): void {
  const { validation, epochs, batchSize, seed, patience, minDelta, weightDecay, clipNorm, checkpoint } = full;
  if (typeof validation !== "object")
    need(
      isNumber(validation, 0, 1) && validation < 1,
      "validation",
      validation,
      "a share in [0, 1), or a dataset",
    );
  need(isWhole(epochs, 1, 10_000), "epochs", epochs, "a whole number from 1 to 10000");
  need(isWhole(batchSize, 1, 65_536), "batchSize", batchSize, "a whole number from 1 to 65536");
  need(isWhole(seed, 0, 2 ** 32 - 1), "seed", seed, "a whole number from 0 to 4294967295");
  need(isWhole(patience, 1, 10_000), "patience", patience, "a whole number from 1 to 10000");
  need(isNumber(minDelta, 0, Number.MAX_VALUE), "minDelta", minDelta, "a finite number, at least 0");
  need(isNumber(weightDecay, 0, 1), "weightDecay", weightDecay, "a number from 0 to 1");
  need(isNumber(clipNorm, Number.MIN_VALUE, Number.POSITIVE_INFINITY), "clipNorm", clipNorm, "above 0");
  if (checkpoint === undefined) return;
  checkNames("ml.bad-option", "checkpoint options", checkpoint, ["folder", "every", "resume"]);
  const { folder, every, resume } = checkpoint;
  need(typeof folder === "string" && folder !== "", "checkpoint.folder", folder, "the path of a folder");
  need(isWhole(every, 1, 10_000), "checkpoint.every", every, "a whole number from 1 to 10000");
  need([true, false, "best"].includes(resume), "checkpoint.resume", resume, 'true, false or "best"');
}

function checkChoices(full: FullOptions): void {
  const { fill, scale, backend, classWeights, objective, model, batchSize } = full;
  const isNormalised = typeof model === "object" && "batchNorm" in model && model.batchNorm;
  need(
    batchSize > 1 || !isNormalised,
    "batchSize",
    batchSize,
    "at least 2 with batchNorm: a row alone has no spread",
  );
  need(["none", "mean", "median"].includes(fill), "fill", fill, "none, mean or median");
  need(typeof scale === "boolean", "scale", scale, "true or false");
  need(["auto", "wasm", "cpu", "node"].includes(backend), "backend", backend, "auto, wasm, cpu or node");
  if (classWeights === undefined) return;
  const classes = objective.kind === "binary" ? 2 : objective.kind === "multiclass" ? objective.classes : 0;
  need(classes > 0, "classWeights", classWeights, "left out where no classes are learnt");
  const isList =
    Array.isArray(classWeights) &&
    classWeights.length === classes &&
    classWeights.every((w) => isNumber(w, 1e-9, 1e9));
  need(
    classWeights === "balanced" || isList,
    "classWeights",
    classWeights,
    `"balanced" or ${classes} numbers above 0`,
  );
}

function objectiveOf({ dataset, objective, quantiles, model }: TrainOptions): Objective {
  const own = typeof model === "object" && model !== null && "kind" in model && model.kind === "autoencoder";
  const byLabel =
    dataset.kind === "real"
      ? quantiles
        ? "quantile"
        : "regression"
      : dataset.classes > 2
        ? "multiclass"
        : "binary";
  const kind = objective ?? (own ? "reconstruction" : byLabel);
  need(
    own === (kind === "reconstruction") || (typeof model === "function" && kind === "reconstruction"),
    "objective",
    kind,
    own
      ? 'left out, or "reconstruction", for an autoencoder'
      : "another one: only an autoencoder learns reconstruction",
  );
  switch (kind) {
    case "multiclass":
      return { kind, classes: Math.max(2, dataset.classes) };
    case "quantile": {
      const list = quantiles ?? [0.1, 0.5, 0.9];
      const isGood = list.length > 0 && list.every((q, i) => q > 0 && q < 1 && (i === 0 || q > list[i - 1]!));
      need(isGood, "quantiles", list, "ascending numbers between 0 and 1");
      return { kind, quantiles: [...list] };
    }
    case "binary":
    case "regression":
    case "reconstruction":
      return { kind };
    default:
      need(false, "objective", kind, "binary, multiclass, regression, quantile or reconstruction");
      throw new Error("unreachable");
  }
}

const OPTIMIZERS = {
  adam: { beta1: 0.9, beta2: 0.999 },
  adamw: { beta1: 0.9, beta2: 0.999 },
  sgd: { momentum: 0, nesterov: false },
  rmsprop: { decay: 0.9 },
} as const;

function optimizerOf(option: OptimizerOption): OptimizerSpec {
  const given = typeof option === "string" ? { kind: option } : option;
  const isKnown = Object.hasOwn(OPTIMIZERS, given?.kind);
  need(isKnown, "optimizer", option, `one of ${Object.keys(OPTIMIZERS).join(", ")}`);
  const defaults = OPTIMIZERS[given.kind];
  checkNames("ml.bad-option", "optimizer", given, ["kind", ...Object.keys(defaults)]);
  const spec = { ...defaults, ...given };
  for (const [name, value] of Object.entries(spec)) {
    if (name === "kind") continue;
    if (name === "nesterov") need(typeof value === "boolean", "optimizer.nesterov", value, "true or false");
    else need(isNumber(value, 0, 1) && value !== 1, `optimizer.${name}`, value, "a number in [0, 1)");
  }
  return spec as OptimizerSpec;
}

const SCHEDULE_NAMES: Readonly<Record<Schedule["kind"], readonly string[]>> = {
  constant: ["rate"],
  cosine: ["rate", "least"],
  "warmup-cosine": ["rate", "warmup", "least"],
  step: ["rate", "every", "factor"],
  plateau: ["rate", "patience", "factor", "least"],
};

function scheduleOf(option: number | Schedule): Schedule {
  const schedule: Schedule = typeof option === "number" ? { kind: "constant", rate: option } : option;
  need(
    Object.hasOwn(SCHEDULE_NAMES, schedule?.kind),
    "learningRate",
    option,
    `a number, or a schedule of kind ${Object.keys(SCHEDULE_NAMES).join(", ")}`,
  );
  const names = SCHEDULE_NAMES[schedule.kind];
  checkNames("ml.bad-option", "learningRate", schedule, ["kind", ...names]);
  const { rate, least, factor, warmup, every, patience } = schedule as unknown as Partial<
    Record<string, number>
  >;
  const name = typeof option === "number" ? "learningRate" : "learningRate.rate";
  need(isNumber(rate, 0, 1) && rate! > 0, name, rate, "above 0 and at most 1");
  need(least === undefined || isNumber(least, 0, rate!), "learningRate.least", least, "from 0 to the rate");
  need(
    factor === undefined || (isNumber(factor, 0, 1) && factor > 0),
    "learningRate.factor",
    factor,
    "in (0, 1]",
  );
  for (const [key, value] of Object.entries({ warmup, every, patience }))
    need(
      value === undefined ? !names.includes(key) || key === "patience" : isWhole(value, 1, 10_000),
      `learningRate.${key}`,
      value,
      "a whole number of epochs, at least 1",
    );
  return schedule;
}
