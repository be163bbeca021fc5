import { fail, type StartProgress, silentProgress } from "#core";
import type { Dataset } from "../dataset/dataset.ts";
import type { NetBackend } from "./backend.ts";
import type { Activation } from "./layers.ts";

export interface TrainOptions {
  /** Labels of two classes, both present. */
  readonly dataset: Dataset;
  /** Share of the rows, at the end in time, to watch and not learn from; in [0, 1). Default 0.2. */
  readonly validation?: number;
  /** Units of each hidden layer, 1 to 4096 each, at most 8 layers. Default [16, 16]. */
  readonly hidden?: readonly number[];
  /** Of the hidden layers. Default "relu". */
  readonly activation?: Activation;
  /** Share of hidden outputs set to 0 in a training step, in [0, 1). Default 0. */
  readonly dropout?: number;
  /** Passes over the training rows, at most; 1 to 10,000. Default 60. */
  readonly epochs?: number;
  /** Rows a step, 1 to 65,536. Default 64. */
  readonly batchSize?: number;
  /** Of Adam, above 0 and at most 1. Default 0.001. */
  readonly learningRate?: number;
  /** Of weights, shuffling and dropout: the same seed on the same backend gives the same net. Default 1. */
  readonly seed?: number;
  /** Stop after this many epochs without a lower validation loss, 1 to 10,000. Default 10. */
  readonly patience?: number;
  /** Default "auto": native if installed, else wasm, else cpu. The report says which. */
  readonly backend?: NetBackend | "auto";
  readonly startProgress?: StartProgress;
}

const DEFAULTS = {
  validation: 0.2,
  hidden: [16, 16],
  activation: "relu",
  dropout: 0,
  epochs: 60,
  batchSize: 64,
  learningRate: 0.001,
  seed: 1,
  patience: 10,
  backend: "auto",
  startProgress: silentProgress,
} as const satisfies Omit<TrainOptions, "dataset">;

const ACTIVATIONS: readonly string[] = ["relu", "tanh", "sigmoid", "elu"] satisfies Activation[];

/** Fills in the defaults. Errors: `ml.bad-option`. */
export function checkOptions(options: TrainOptions): Required<TrainOptions> {
  const full: Required<TrainOptions> = { ...DEFAULTS, ...options };
  const need = (holds: boolean, option: keyof TrainOptions, rule: string) => {
    if (holds) return;
    fail("ml.bad-option", {
      message: `trainNet: ${option} is ${JSON.stringify(full[option])}; it must be ${rule}`,
      fields: { option, value: full[option] },
    });
  };
  const isWhole = (value: number, min: number, max: number) =>
    Number.isInteger(value) && value >= min && value <= max;
  need(full.validation >= 0 && full.validation < 1, "validation", "a share in [0, 1)");
  need(
    full.hidden.length <= 8 && full.hidden.every((units) => isWhole(units, 1, 4096)),
    "hidden",
    "at most 8 whole numbers from 1 to 4096",
  );
  need(ACTIVATIONS.includes(full.activation), "activation", `one of ${ACTIVATIONS.join(", ")}`);
  need(full.dropout >= 0 && full.dropout < 1, "dropout", "a share in [0, 1)");
  need(isWhole(full.epochs, 1, 10_000), "epochs", "a whole number from 1 to 10000");
  need(isWhole(full.batchSize, 1, 65_536), "batchSize", "a whole number from 1 to 65536");
  need(full.learningRate > 0 && full.learningRate <= 1, "learningRate", "above 0 and at most 1");
  need(isWhole(full.seed, 0, 2 ** 32 - 1), "seed", "a whole number from 0 to 4294967295");
  need(isWhole(full.patience, 1, 10_000), "patience", "a whole number from 1 to 10000");
  need(["auto", "wasm", "cpu", "node"].includes(full.backend), "backend", "auto, wasm, cpu or node");
  return full;
}

/** Stops unless the first `rows` labels are of two classes. Errors: `ml.bad-target`. */
export function assertTwoClasses({ kind, label, target }: Dataset, rows: number): void {
  if (kind !== "class") {
    fail("ml.bad-target", {
      message: `the label ${label} is a real number, and trainNet learns two classes`,
      hint: "Use direction(bars, { horizon }).",
      fields: { label },
    });
  }
  if (target.subarray(0, rows).every((y) => y === target[0])) {
    fail("ml.bad-target", {
      message: `all ${rows} training labels ${label} are ${target[0]}: there is nothing to tell apart`,
      hint: "Widen the range of the dataset.",
      fields: { label, rows, value: target[0] },
    });
  }
}
