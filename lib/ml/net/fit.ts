/**
 * One training, in whatever thread it runs.
 *
 * Each epoch goes through the training rows in an order drawn from the seed, in batches. The loss of an epoch is the
 * mean over its batches, as they were met (with dropout); that of the validation rows is taken after it, without. The
 * numbers kept are those of the epoch with the lowest validation loss, of the last one without validation rows.
 */
import { createRng, fail, type Rng } from "#core";
import type { NetBackend, OpenBackend } from "./backend.ts";
import { type History, readCheckpoint, type TrainingState, writeCheckpoint } from "./checkpoint.ts";
import type { NetGraph } from "./graph.ts";
import { type Loss, lossOf, meanLoss } from "./losses.ts";
import { type NetMetrics, netMetrics } from "./metrics.ts";
import type { EndKind, Objective } from "./objective.ts";
import { newState, type OptimizerSpec, takeStep } from "./optimizer.ts";
import { gather, pickRows, type Rows } from "./rows.ts";
import { newPlateau, rateAt, type Schedule, watchPlateau } from "./schedule.ts";
import { type NetNumbers, TrainingNet } from "./training-net.ts";

/** Plain data: all that a training follows from. */
export interface Job {
  readonly graph: NetGraph;
  readonly objective: Objective;
  readonly end: EndKind;
  readonly train: Rows;
  /** Without rows: `y` is empty. */
  readonly validation: Rows;
  /** Targets as the network sees them times scale plus mean are the targets. */
  readonly target: { readonly mean: number; readonly scale: number };
  readonly settings: FitSettings;
  readonly backend: NetBackend | "auto";
  /** One whole number that turns 1 when the training is to stop. */
  readonly stop: Int32Array;
  readonly checkpoint?: { readonly path: string; readonly key: string; readonly every: number } & Resume;
}

interface Resume {
  readonly resume: boolean | "best";
}

export interface FitSettings {
  readonly epochs: number;
  readonly batchSize: number;
  readonly schedule: Schedule;
  readonly optimizer: OptimizerSpec;
  readonly weightDecay: number;
  /** Infinity: slopes are not clipped. */
  readonly clipNorm: number;
  readonly patience: number;
  readonly minDelta: number;
  readonly seed: number;
}

export interface FitResult {
  readonly numbers: NetNumbers;
  readonly bestEpoch: number;
  readonly history: History;
  readonly stopped: boolean;
  /** The epoch of the checkpoint, where the last could not be written. */
  readonly keptEpoch?: number;
  readonly metrics: { readonly train: NetMetrics; readonly validation?: NetMetrics };
}

/** What an epoch brought. */
export interface EpochReport {
  /** Counted from 1. */
  readonly epoch: number;
  readonly loss: number;
  /** Without validation rows: undefined. */
  readonly validation?: number;
  readonly learningRate: number;
}

// Independent random sequences under one seed; 0 draws the initial weights.
const STREAM = { order: 1, noise: 2 } as const;

/**
 * Trains.
 * Errors: `ml.diverged`, `ml.interrupted`, `ml.bad-checkpoint`, `ml.other-checkpoint`, `ml.unsupported-layer`,
 * `ml.bad-network`.
 */
export async function runTraining(
  open: OpenBackend,
  job: Job,
  onEpoch: (report: EpochReport) => void,
): Promise<FitResult> {
  open.use();
  const loss = lossOf(job.objective, job.end);
  const training = new Training(open, job, loss);
  try {
    await training.resume();
    while (training.goesOn()) {
      const report = await training.runEpochOrKeep();
      if (report === undefined) break;
      onEpoch(report);
      await training.keep(false);
    }
    await training.keep(true);
    return training.result();
  } finally {
    training.dispose();
  }
}

class Training {
  private readonly open: OpenBackend;
  private readonly job: Job;
  private readonly loss: Loss;
  private readonly net: TrainingNet;
  private readonly order: Rng;
  private state: TrainingState;
  /** Of the last checkpoint in the file. */
  private keptEpoch = 0;

  constructor(open: OpenBackend, job: Job, loss: Loss) {
    const { seed, optimizer } = job.settings;
    this.open = open;
    this.job = job;
    this.loss = loss;
    this.net = new TrainingNet(open, job.graph, loss, { seed, stream: STREAM.noise });
    this.order = createRng(seed, STREAM.order);
    const numbers = this.net.numbers();
    this.state = {
      epoch: 0,
      numbers,
      optimizer: newState(
        optimizer.kind,
        this.net.weights.map(({ length }) => length),
      ),
      plateau: newPlateau(),
      order: 0,
      noise: 0,
      history: { train: [], validation: [], rates: [] },
      best: { loss: Number.POSITIVE_INFINITY, epoch: 0, numbers },
    };
  }

  /** Goes on from the checkpoint, if one is wanted and there. */
  async resume(): Promise<void> {
    const { checkpoint } = this.job;
    if (checkpoint === undefined || checkpoint.resume === false) return;
    const stored = await readCheckpoint(checkpoint.path);
    if (stored === undefined) return;
    if (checkpoint.resume === "best") {
      assertFits(this.job.graph, stored.state.best.numbers, checkpoint.path);
      this.net.restore(stored.state.best.numbers);
      return;
    }
    if (stored.key !== this.key(checkpoint.key)) refuseOther(checkpoint.path);
    this.state = stored.state;
    this.keptEpoch = stored.state.epoch;
    this.net.restore(stored.state.numbers);
    this.order.position = stored.state.order;
    this.net.noise.position = stored.state.noise;
  }

  goesOn(): boolean {
    return this.wantsMore() && !this.isStopped();
  }

  /** As `runEpoch`; the epochs before are in the checkpoint also when this one fails. */
  async runEpochOrKeep(): Promise<EpochReport | undefined> {
    try {
      return this.runEpoch();
    } catch (error) {
      await this.keep(true);
      throw error;
    }
  }

  /** @returns undefined when it was stopped in the middle: the state stays that of the epoch before. */
  runEpoch(): EpochReport | undefined {
    const { settings, validation } = this.job;
    const optimizer = copyOf(this.state.optimizer);
    const plateau = { ...this.state.plateau };
    const perEpoch = Math.ceil(this.job.train.y.length / settings.batchSize);
    const steps = { step: optimizer.step, steps: perEpoch * settings.epochs, perEpoch };
    const learningRate = rateAt(settings.schedule, steps, plateau);
    const loss = this.runBatches(optimizer, plateau, perEpoch);
    if (loss === undefined) return undefined;
    const validationLoss = this.validationLoss();
    if (this.isStopped() && validation.y.length > 0 && this.state.epoch > 0) return undefined;
    const watched = validationLoss ?? loss;
    const epoch = this.state.epoch + 1;
    assertFinite(watched, epoch, learningRate);
    watchPlateau(settings.schedule, plateau, watched);
    const { history, best } = this.state;
    const numbers = this.net.numbers();
    assertWhole(numbers, epoch, learningRate);
    const isBest =
      validationLoss === undefined || watched < best.loss - (best.epoch === 0 ? 0 : settings.minDelta);
    this.state = {
      epoch,
      numbers,
      optimizer,
      plateau,
      order: this.order.position,
      noise: this.net.noise.position,
      history: {
        train: [...history.train, loss],
        validation: validationLoss === undefined ? [] : [...history.validation, validationLoss],
        rates: [...history.rates, learningRate],
      },
      best: isBest ? { loss: watched, epoch, numbers } : best,
    };
    return {
      epoch,
      loss,
      learningRate,
      ...(validationLoss === undefined ? {} : { validation: validationLoss }),
    };
  }

  /**
   * Writes the checkpoint when it is due, or at the end what was not yet written. A folder that cannot be written at all
   * ends the training at once; a disk that fills up later does not, because hours of work would end with it.
   */
  async keep(isLast: boolean): Promise<void> {
    const { checkpoint } = this.job;
    const { epoch } = this.state;
    if (checkpoint === undefined || epoch === this.keptEpoch) return;
    if (!isLast && epoch - this.keptEpoch < checkpoint.every) return;
    try {
      await writeCheckpoint(checkpoint.path, this.key(checkpoint.key), this.state);
      this.keptEpoch = epoch;
    } catch (error) {
      if (this.keptEpoch === 0) throw error;
    }
  }

  result(): FitResult {
    const { best, history, epoch } = this.state;
    if (epoch === 0) {
      fail("ml.interrupted", {
        message: "the training was stopped before its first epoch was done",
        hint: "Let it run longer, or use fewer rows: there is no network yet.",
      });
    }
    this.net.restore(best.numbers);
    const { train, validation, checkpoint } = this.job;
    const isKept = checkpoint === undefined || this.keptEpoch === epoch;
    return {
      ...(isKept ? {} : { keptEpoch: this.keptEpoch }),
      numbers: best.numbers,
      bestEpoch: best.epoch,
      history,
      stopped: this.isStopped() && this.wantsMore(),
      metrics: {
        train: this.measure(train),
        ...(validation.y.length === 0 ? {} : { validation: this.measure(validation) }),
      },
    };
  }

  dispose(): void {
    this.net.dispose();
  }

  /** One pass; the mean loss, or undefined when stopped. */
  private runBatches(
    optimizer: TrainingState["optimizer"],
    plateau: TrainingState["plateau"],
    perEpoch: number,
  ) {
    const { train, settings } = this.job;
    const { batchSize, epochs, schedule, weightDecay, clipNorm } = settings;
    const decays = this.net.areMatrices.map((isMatrix) => (isMatrix ? weightDecay : 0));
    const order = shuffled(train.y.length, this.order);
    let sum = 0;
    for (let from = 0; from < order.length; from += batchSize) {
      if (this.isStopped()) return undefined;
      const to = Math.min(from + batchSize, order.length);
      const rows = order.subarray(from, to);
      const pick = (values: Float64Array) => pickRows(values, rows);
      const w = train.w === undefined ? undefined : pick(train.w);
      const { loss, slopes } = this.net.slopes({ x: gather(train, order, from, to), y: pick(train.y), w });
      const rate = rateAt(schedule, { step: optimizer.step, steps: perEpoch * epochs, perEpoch }, plateau);
      takeStep(settings.optimizer, optimizer, rate, this.net.weights, slopes, { decays, clipNorm });
      this.net.publish();
      sum += loss * (to - from);
    }
    return sum / order.length;
  }

  private validationLoss(): number | undefined {
    const { validation } = this.job;
    if (validation.y.length === 0) return undefined;
    const z = this.net.outputs(validation, () => this.isStopped() && this.state.epoch > 0);
    return meanLoss(this.loss, z, validation.y, validation.w);
  }

  private measure(rows: Rows): NetMetrics {
    return netMetrics(this.job.objective, this.job.end, this.net.outputs(rows), rows.y, this.job.target);
  }

  /** Another backend or version steps to other bits. */
  private key(request: string): string {
    return `${request} ${this.open.backend} ${this.open.tf.version_core}`;
  }

  private wantsMore(): boolean {
    const { epochs, patience } = this.job.settings;
    return this.state.epoch < epochs && this.state.epoch - this.state.best.epoch < patience;
  }

  private isStopped(): boolean {
    return Atomics.load(this.job.stop, 0) === 1;
  }
}

function copyOf({ step, first, second }: TrainingState["optimizer"]): TrainingState["optimizer"] {
  return { step, first: first.map((each) => each.slice()), second: second.map((each) => each.slice()) };
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

function assertFinite(loss: number, epoch: number, learningRate: number): void {
  if (!Number.isFinite(loss))
    failDiverged(`the loss of epoch ${epoch} is ${loss}`, { epoch, loss, learningRate });
}

/** Weights that are no numbers need not show in the loss: relu makes 0 of them on wasm. */
function assertWhole(numbers: NetNumbers, epoch: number, learningRate: number): void {
  for (const [layer, arrays] of Object.entries(numbers)) {
    const odd = arrays.flatMap((each) => each.find((x) => !Number.isFinite(x)) ?? [])[0];
    if (odd === undefined) continue;
    failDiverged(`after epoch ${epoch} a weight of the layer "${layer}" is ${odd}`, {
      epoch,
      layer,
      learningRate,
    });
  }
}

function failDiverged(
  what: string,
  fields: { readonly learningRate: number; readonly [name: string]: unknown },
): never {
  return fail("ml.diverged", {
    message: `training diverged: ${what}`,
    hint: `Lower learningRate (${fields.learningRate}), set clipNorm, or look for extreme values in the features.`,
    fields: { ...fields },
  });
}

function assertFits(graph: NetGraph, numbers: NetNumbers, path: string): void {
  const fits = Object.entries(graph.layers).every(([name, { weights }]) =>
    weights.every(({ values }, i) => numbers[name]?.[i]?.length === values.length),
  );
  if (!fits) refuseOther(path);
}

function refuseOther(path: string): never {
  return fail("ml.other-checkpoint", {
    message: `${path} is the checkpoint of another training: other data, options, network or version`,
    hint: 'Give this training a folder of its own, or resume: false to start anew, or resume: "best" to go on from its weights where the network is the same.',
    fields: { path },
  });
}
