/**
 * Trains a network of tfjs on a dataset.
 *
 * Features are scaled in float64 by the training rows' mean and deviation, then float32. Real targets are scaled the
 * same way where the last layer can take it back (dense, with a bias), so that a return of 0.001 is learnt like any
 * number. The work is done in a thread; what goes in and comes out is plain data.
 */
import { encodeValue, fail } from "#core";
import { sha256 } from "#storage";
import { type Dataset, splitInTime } from "../dataset/dataset.ts";
import { fitScaling, noScaling, type Scaling } from "../dataset/scaling.ts";
import { SAMPLE_ROWS, sampleColumns } from "../sample.ts";
import { needWeights } from "../train-options.ts";
import { summaryOf } from "./architectures.ts";
import { buildGraph, netShape } from "./build.ts";
import { checkpointPath } from "./checkpoint.ts";
import type { EpochReport, Job } from "./fit.ts";
import type { NetGraph } from "./graph.ts";
import type { Outcome } from "./job.ts";
import { countWeights, createNet, type TrainedNet } from "./net.ts";
import { assertTargets, outputNames, scaleEnd, trainingEnd } from "./objective.ts";
import { checkOptions, type FullOptions, plainOptions, type TrainOptions } from "./options.ts";
import { train } from "./pool.ts";
import { pickRows, type Rows, rowsOf, sharedFeatures } from "./rows.ts";
import { withNumbers } from "./training-net.ts";

/** A dataset as it is split. */
interface Parts {
  readonly train: Uint32Array;
  readonly validation: Uint32Array;
  /** Whose rows the validation's are. */
  readonly held: Dataset;
  readonly purged: number;
}

/**
 * Learns from a dataset. The report tells the backend, the losses and how good the result is.
 * Errors: `ml.bad-option`, `ml.bad-target`, `ml.empty-dataset`, `ml.extreme-feature`, `ml.missing-value`,
 * `ml.bad-network`, `ml.unsupported-layer`, `ml.no-backend`, `ml.diverged`, `ml.interrupted`, `ml.bad-checkpoint`,
 * `ml.other-checkpoint`, `ml.worker-lost`.
 */
export async function trainNet(options: TrainOptions): Promise<TrainedNet> {
  const full = checkOptions(options);
  const { job, scaling, end, parts, graph } = await prepare(full);
  const outcome = await watch(full, job);
  const trained = withNumbers(graph, outcome.result.numbers);
  const finished = end.canScale ? scaleEnd(trained, job.target) : trained;
  return createNet(describe(full, finished, scaling, parts, outcome));
}

/** All that a training follows from, as plain data. */
export async function prepare(full: FullOptions) {
  const { dataset, objective, fill } = full;
  const parts = split(full);
  assertTargets(dataset, parts.train, objective);
  needWeights(dataset.weight);
  if (parts.held !== dataset) {
    assertTargets(parts.held, undefined, objective);
    needWeights(parts.held.weight);
  }
  assertKnown(dataset, fill);
  assertKnown(parts.held, fill);
  const scaling = scalingOf(full, parts.train);
  const { names, window } = dataset;
  const graph = await buildGraph(full.model, netShape(dataset, objective), full.seed);
  countWeights(graph);
  const input = window === 1 ? [names.length] : [window, names.length];
  const end = trainingEnd(graph, input, objective);
  const x = sharedFeatures(dataset, scaling);
  const weigh = classWeight(full, parts.train);
  const target = end.canScale ? targetScale(dataset.target, parts.train) : { mean: 0, scale: 1 };
  const held = parts.held === dataset ? x : sharedFeatures(parts.held, scaling);
  const job: Job = {
    graph: end.graph,
    objective,
    end: end.end,
    train: scaledTargets(rowsOf(dataset, x, parts.train, weigh), target),
    validation: scaledTargets(rowsOf(parts.held, held, parts.validation), target),
    target,
    settings: settingsOf(full),
    backend: full.backend,
    stop: new Int32Array(new SharedArrayBuffer(4)),
  };
  return { job: withCheckpoint(full, job), scaling, end, parts, graph };
}

function settingsOf(full: FullOptions): Job["settings"] {
  const { epochs, batchSize, schedule, optimizer, weightDecay, clipNorm, patience, minDelta, seed } = full;
  return { epochs, batchSize, schedule, optimizer, weightDecay, clipNorm, patience, minDelta, seed };
}

/** Runs the job and tells its epochs; stops it when the caller wants it to, or throws. */
async function watch(full: FullOptions, job: Job): Promise<Outcome> {
  const { signal, onEpoch, epochs } = full;
  const stop = () => void Atomics.store(job.stop, 0, 1);
  if (signal?.aborted) stop();
  signal?.addEventListener("abort", stop);
  const progress = full.startProgress("train", epochs);
  let thrown: { readonly error: unknown } | undefined;
  const tell = (report: EpochReport) => {
    if (thrown !== undefined) return;
    try {
      progress.update(report.epoch, `loss ${(report.validation ?? report.loss).toFixed(4)}`);
      onEpoch?.(report);
    } catch (error) {
      thrown = { error };
      stop();
    }
  };
  try {
    const outcome = await train(job, tell);
    if (thrown !== undefined) throw thrown.error;
    return outcome;
  } catch (error) {
    throw thrown === undefined ? error : thrown.error;
  } finally {
    signal?.removeEventListener("abort", stop);
    progress.end();
  }
}

function split({ dataset, validation }: FullOptions): Parts {
  if (typeof validation === "object") {
    assertSameFeatures(dataset, validation);
    const all = (rows: number) => Uint32Array.from({ length: rows }, (_, i) => i);
    return { train: all(dataset.length), validation: all(validation.length), held: validation, purged: 0 };
  }
  const parts = splitInTime(dataset, validation);
  if (parts.train.length === 0) {
    fail("ml.empty-dataset", {
      message: `no row is left to learn from: of ${dataset.length} rows ${parts.validation.length} are for validation, the others' labels look into those`,
      hint: "Use more bars, a shorter horizon or less validation.",
      fields: { rows: dataset.length, validation },
    });
  }
  const purged = dataset.length - parts.train.length - parts.validation.length;
  return { ...parts, held: dataset, purged };
}

function assertSameFeatures(a: Dataset, b: Dataset): void {
  if (a.ids.join() === b.ids.join() && a.window === b.window && a.kind === b.kind) return;
  fail("ml.bad-option", {
    message: `train: the validation rows are of other features, another window or another label than those to learn from (${b.ids.join(", ")}, window ${b.window}, ${b.label})`,
    hint: "Make both with dataset(...) from the same features.",
    fields: { option: "validation" },
  });
}

/** For each row the last one so far without a value; before all rows without any. */
function lastMissing(column: Float64Array): Float64Array {
  const out = new Float64Array(column.length);
  let last = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < column.length; i++) {
    if (Number.isNaN(column[i])) last = i;
    out[i] = last;
  }
  return out;
}

/** A network takes no missing value, in a row or in the rows of its window. */
function assertKnown(
  { columns, names, window, source, series, place, length }: Dataset,
  fill: FullOptions["fill"],
) {
  if (fill !== "none") return;
  names.forEach((name, j) => {
    const column = columns[j]!;
    for (let i = 0; i < length; i++) if (Number.isNaN(column[i])) refuse(name, i);
    if (window === 1) return;
    const last = source.map((table) => lastMissing(table[j]!));
    for (let i = 0; i < length; i++) if (place[i]! - last[series[i]!]![place[i]!]! < window) refuse(name, i);
  });

  function refuse(feature: string, row: number): never {
    return fail("ml.missing-value", {
      message: `feature "${feature}" has no value in row ${row + 1}${window === 1 ? "" : ` or the ${window - 1} before it`}, and a network cannot take that`,
      hint: 'Use fill: "median", or leave such rows out: dataset({ missing: "drop", ... }).',
      fields: { feature, row },
    });
  }
}

/** Columns near the end of the range of float64 overflow in sums of squares. */
function scalingOf({ dataset, fill, scale }: FullOptions, rows: Uint32Array): Scaling {
  const { names, columns } = dataset;
  const learnt = fitScaling(
    columns.map((column) => pickRows(column, rows)),
    fill,
  );
  const scaling = scale ? learnt : { ...noScaling(columns.length), fill: learnt.fill };
  const at = scaling.scale.findIndex(
    (value, j) => !Number.isFinite(value) || !Number.isFinite(scaling.mean[j]),
  );
  if (at === -1) return scaling;
  return fail("ml.extreme-feature", {
    message: `the values of feature "${names[at]}" are too large to be scaled`,
    hint: "Look at the feature's column; use a ratio or a logarithm.",
    fields: { feature: names[at] },
  });
}

function targetScale(target: Float64Array, rows: Uint32Array): { mean: number; scale: number } {
  const { mean, scale } = fitScaling([pickRows(target, rows)]);
  return { mean: mean[0]!, scale: scale[0]! };
}

function scaledTargets(rows: Rows, { mean, scale }: { mean: number; scale: number }): Rows {
  if (mean === 0 && scale === 1) return rows;
  const { y } = rows;
  for (let i = 0; i < y.length; i++) y[i] = (y[i]! - mean) / scale;
  return rows;
}

/** "balanced": rows (by weight) over classes times those of the class, so that the mean over all rows is 1. */
function classWeight({ classWeights, dataset }: FullOptions, rows: Uint32Array): (row: number) => number {
  const { target, weight } = dataset;
  if (classWeights === undefined) return () => 1;
  if (classWeights !== "balanced") return (row) => classWeights[target[row]!]!;
  const sums: number[] = [];
  for (const i of rows) sums[target[i]!] = (sums[target[i]!] ?? 0) + weight[i]!;
  return (row) => 1 / sums[target[row]!]!;
}

function withCheckpoint({ checkpoint }: FullOptions, job: Job): Job {
  if (checkpoint === undefined) return job;
  const { graph, objective, settings, target, backend } = job;
  const hashes = [job.train, job.validation].map(({ x, series, place, y, w, window }) => [
    window,
    ...[...x, series, place, y, ...(w === undefined ? [] : [w])].map(bytesHash),
  ]);
  const weights = Object.entries(graph.layers).map(([name, layer]) => [
    name,
    layer.type,
    JSON.stringify(layer.config),
    ...layer.weights.map(({ values }) => bytesHash(values)),
  ]);
  const from = { version: 1, objective, settings, target, backend, hashes, weights, calls: graph.calls };
  const { every, resume, folder } = checkpoint;
  return {
    ...job,
    checkpoint: { path: checkpointPath(folder), key: sha256(encodeValue(from)), every, resume },
  };
}

function bytesHash({ buffer, byteOffset, byteLength }: NodeJS.TypedArray): string {
  return sha256(new Uint8Array(buffer, byteOffset, byteLength));
}

function describe(
  full: FullOptions,
  graph: NetGraph,
  scaling: Scaling,
  parts: Parts,
  { result, backend, note, library }: Outcome,
): Omit<TrainedNet, "predict"> {
  const { dataset, objective, seed } = full;
  const { names, ids, window, label, dataHash, time } = dataset;
  const { history, metrics, bestEpoch, stopped } = result;
  const from = Math.min(time[0]!, parts.held.time[0] ?? time[0]!);
  const to = Math.max(time.at(-1)!, parts.held.time.at(-1) ?? time[0]!);
  return {
    names,
    ids,
    window,
    scaling,
    required: Array.from(scaling.fill, Number.isNaN),
    outputs: outputNames(objective),
    sample: sampleOf(dataset, parts.train),
    origin: {
      label,
      dataHash,
      seed,
      library: `${library} ${backend}`,
      from,
      to,
      metrics: metrics.validation ?? metrics.train,
    },
    graph,
    report: {
      backend,
      ...(note === undefined ? {} : { backendNote: note }),
      ...{ library, label, dataHash, seed },
      summary: summaryOf(full.model, netShape(dataset, objective)),
      weights: countWeights(graph),
      epochs: history.train.length,
      bestEpoch,
      loss: { train: history.train, validation: history.validation },
      metrics,
      learningRates: history.rates,
      stopped,
      ...(result.keptEpoch === undefined ? {} : { keptEpoch: result.keptEpoch }),
      purged: parts.purged,
      from,
      to,
      options: plainOptions(full),
    },
  };
}

/** Rows learnt from; for windows the last ones of a series, one after the other. */
function sampleOf({ columns, window, source, series, place }: Dataset, rows: Uint32Array): Float64Array[] {
  if (window === 1) return sampleColumns(columns, rows);
  const last = rows.at(-1)!;
  const first = rows.find((i) => series[i] === series[last])!;
  const end = place[last]! + 1;
  const start = Math.max(place[first]! + 1 - window, end - SAMPLE_ROWS, 0);
  return source[series[last]!]!.map((column) => column.slice(start, end));
}
