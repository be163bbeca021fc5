/**
 * Trains a dense network for two classes.
 *
 * Shapes: n rows of k features, scaled in float64 by the training rows' mean and deviation, then float32.
 * Loss: mean cross entropy of logits. Optimiser: Adam (Kingma and Ba 2015) with tfjs's defaults but for the rate.
 * Each epoch goes through the training rows in an order drawn from the seed. The weights kept are those of the epoch
 * with the lowest validation loss (the last epoch without validation rows).
 */
import { createRng, fail, type Rng } from "#core";
import { type Dataset, splitInTime } from "../dataset/dataset.ts";
import { classMetrics, logLoss } from "../dataset/metrics.ts";
import { fitScaler, type Scaler, scaleRows } from "../dataset/scaler.ts";
import {
  type OpenBackend,
  openBackend,
  type Tensor,
  type Tensor2D,
  type Tf,
  type Variable,
} from "./backend.ts";
import {
  countWeights,
  type DenseLayer,
  initialLayers,
  layersFromTensors,
  logits,
  tensorsFromLayers,
} from "./layers.ts";
import { createNet, probabilities, type TrainedNet } from "./net.ts";
import { assertTwoClasses, checkOptions, type TrainOptions } from "./options.ts";

// Independent random sequences under one seed.
const STREAM = { weights: 0, order: 1, dropout: 2 } as const;
const SAMPLE_ROWS = 4096;

/** Rows as the network takes them. */
interface Rows {
  /** n times k, row by row. */
  readonly x: Float32Array;
  readonly y: Float64Array;
}

interface Fit {
  readonly layers: readonly DenseLayer[];
  readonly bestEpoch: number;
  readonly trainLoss: readonly number[];
  readonly validationLoss: readonly number[];
}

/**
 * Learns the chance of class 1. The report tells the backend, the losses and how good the result is.
 * Errors: `ml.bad-option`, `ml.bad-target`, `ml.empty-dataset`, `ml.extreme-feature`, `ml.no-backend`,
 * `ml.diverged`.
 */
export async function trainNet(options: TrainOptions): Promise<TrainedNet> {
  const full = checkOptions(options);
  const { dataset } = full;
  const split = splitInTime(dataset, full.validation);
  if (split.train === 0) {
    fail("ml.empty-dataset", {
      message: `no row is left to learn from: of ${dataset.length} rows ${dataset.length - split.validation} are for validation, the others' labels look into those`,
      hint: "Use more bars, a shorter horizon or less validation.",
      fields: { rows: dataset.length, validation: full.validation },
    });
  }
  assertTwoClasses(dataset, split.train);
  const part = (from: number, to: number) => dataset.columns.map((column) => column.subarray(from, to));
  const scaler = fitScaler(part(0, split.train));
  assertScaler(scaler, dataset.names);
  const rowsOf = (from: number, to: number): Rows => ({
    x: scaleRows(scaler, part(from, to)),
    y: dataset.target.subarray(from, to),
  });
  const train = rowsOf(0, split.train);
  const validation = rowsOf(split.validation, dataset.length);
  const sizes = [dataset.names.length, ...full.hidden, 1];
  const open = await openBackend(full.backend);
  try {
    const start = initialLayers(sizes, full.activation, createRng(full.seed, STREAM.weights));
    const fit = await fitLayers(open, full, start, train, validation);
    return createNet({
      names: dataset.names,
      ids: dataset.ids,
      scaler,
      layers: fit.layers,
      sample: sampleColumns(part(0, split.train)),
      report: {
        ...originOf(open, dataset),
        seed: full.seed,
        sizes,
        weights: countWeights(fit.layers),
        epochs: fit.trainLoss.length,
        bestEpoch: fit.bestEpoch,
        loss: { train: fit.trainLoss, validation: fit.validationLoss },
        metrics: measure(open, fit.layers, train, validation),
        purged: split.validation - split.train,
      },
    });
  } finally {
    await open.release();
  }
}

async function fitLayers(
  open: OpenBackend,
  options: Required<TrainOptions>,
  start: readonly DenseLayer[],
  train: Rows,
  validation: Rows,
): Promise<Fit> {
  const { tf } = open;
  const initial = tensorsFromLayers(tf, start);
  const variables = initial.map((tensor) => tf.variable(tensor));
  tf.dispose(initial);
  const optimizer = tf.train.adam(options.learningRate);
  const order = createRng(options.seed, STREAM.order);
  const dropout = createRng(options.seed, STREAM.dropout);
  const progress = options.startProgress("train", options.epochs);
  const lossOf = (rows: Rows) => logLoss(probabilities(tf, start, variables, rows.x), rows.y);
  const trainLoss: number[] = [];
  const validationLoss: number[] = [];
  let best = { loss: Number.POSITIVE_INFINITY, epoch: 0, layers: start };
  try {
    for (let epoch = 1; epoch <= options.epochs && epoch - best.epoch <= options.patience; epoch++) {
      open.use();
      for (const batch of batches(train, shuffled(train.y.length, order), options.batchSize)) {
        const mask = options.dropout === 0 ? undefined : masks(tf, start, batch, options.dropout, dropout);
        takeStep(tf, optimizer, start, variables, batch, mask);
      }
      trainLoss.push(lossOf(train));
      if (validation.y.length > 0) validationLoss.push(lossOf(validation));
      const loss = validationLoss.at(-1) ?? trainLoss.at(-1)!;
      assertFinite(loss, epoch, options.learningRate);
      if (validation.y.length === 0 || loss < best.loss)
        best = { loss, epoch, layers: layersFromTensors(start, variables) };
      progress.update(epoch, `loss ${loss.toFixed(4)}`);
      // Lets the host draw progress and take an interrupt.
      await new Promise(setImmediate);
    }
  } finally {
    progress.end();
    optimizer.dispose();
    tf.dispose(variables);
  }
  return { layers: best.layers, bestEpoch: best.epoch, trainLoss, validationLoss };
}

/** One step of the optimiser on one batch; leaves no tensor behind. */
function takeStep(
  tf: Tf,
  optimizer: ReturnType<Tf["train"]["adam"]>,
  layers: readonly DenseLayer[],
  variables: Variable[],
  { x, y }: Rows,
  mask: ((l: number) => Tensor2D) | undefined,
): void {
  tf.tidy(() => {
    const rows = tf.tensor2d(x, [y.length, x.length / y.length]);
    const truth = tf.tensor2d(Float32Array.from(y), [y.length, 1]);
    const { grads } = tf.variableGrads(
      () => tf.losses.sigmoidCrossEntropy(truth, logits(layers, variables, rows, mask)),
      variables,
    );
    optimizer.applyGradients(variables.map(({ name }) => ({ name, tensor: grads[name]! })));
  });
}

function* batches(rows: Rows, order: Uint32Array, batchSize: number): Generator<Rows> {
  const k = rows.x.length / rows.y.length;
  for (let from = 0; from < order.length; from += batchSize) {
    const picked = order.subarray(from, from + batchSize);
    const x = new Float32Array(picked.length * k);
    picked.forEach((row, i) => {
      x.set(rows.x.subarray(row * k, row * k + k), i * k);
    });
    yield { x, y: Float64Array.from(picked, (row) => rows.y[row]!) };
  }
}

/** 0 to n-1 in random order (Fisher and Yates). */
function shuffled(n: number, rng: Rng): Uint32Array {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = rng.nextInt(i + 1);
    const swap = order[i]!;
    order[i] = order[j]!;
    order[j] = swap;
  }
  return order;
}

/** Dropout that keeps the expected output: 0 with the chance `share`, else 1 / (1 - share). */
function masks(tf: Tf, layers: readonly DenseLayer[], { y }: Rows, share: number, rng: Rng) {
  return (l: number): Tensor2D => {
    const { units } = layers[l]!;
    const factors = Float32Array.from({ length: y.length * units }, () =>
      rng.next() < share ? 0 : 1 / (1 - share),
    );
    return tf.tensor2d(factors, [y.length, units]);
  };
}

/** Columns near the end of the range of float64 overflow in sums of squares. */
function assertScaler({ deviation }: Scaler, names: readonly string[]): void {
  const at = deviation.findIndex((value) => !Number.isFinite(value));
  if (at === -1) return;
  fail("ml.extreme-feature", {
    message: `the values of feature "${names[at]}" are too large to be scaled`,
    hint: "Look at the feature's column; use a ratio or a logarithm.",
    fields: { feature: names[at] },
  });
}

function assertFinite(loss: number, epoch: number, learningRate: number): void {
  if (Number.isFinite(loss)) return;
  fail("ml.diverged", {
    message: `training diverged: the loss of epoch ${epoch} is ${loss}`,
    hint: `Lower learningRate (${learningRate}), or look for extreme values in the features.`,
    fields: { epoch, loss, learningRate },
  });
}

function originOf({ tf, backend, note }: OpenBackend, { label, dataHash, time }: Dataset) {
  const library = `tfjs ${tf.version_core}`;
  return { backend, backendNote: note, library, label, dataHash, from: time[0]!, to: time.at(-1)! };
}

function measure(open: OpenBackend, layers: readonly DenseLayer[], train: Rows, validation: Rows) {
  const { tf } = open;
  open.use();
  const tensors: Tensor[] = tensorsFromLayers(tf, layers);
  const metricsOf = ({ x, y }: Rows) => classMetrics(probabilities(tf, layers, tensors, x), y);
  const metrics = {
    train: metricsOf(train),
    validation: validation.y.length === 0 ? undefined : metricsOf(validation),
  };
  tf.dispose(tensors);
  return metrics;
}

/** At most SAMPLE_ROWS rows, evenly spaced. */
function sampleColumns(columns: readonly Float64Array[]): Float64Array[] {
  const rows = columns[0]!.length;
  const count = Math.min(rows, SAMPLE_ROWS);
  return columns.map((column) =>
    Float64Array.from({ length: count }, (_, i) => column[Math.floor((i * rows) / count)]!),
  );
}
