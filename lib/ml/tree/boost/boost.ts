/**
 * Rounds of gradient boosting over histograms (Friedman 2001; Chen and Guestrin 2016).
 *
 * Gradients are rounded to a grid so coarse that every sum of them is exact in float64, and so fine that it does not
 * matter (2^-51 of the sum of their sizes). Then no order of adding changes a bit: the trees are the same for any
 * number of threads, and a sibling's histogram by subtraction is the one its rows would give.
 */
import { createRng, fail } from "#core";
import type { Tree } from "../ensemble.ts";
import type { TreeSettings } from "../options.ts";
import { growTree } from "./grow.ts";
import { CHUNK, CONTROL, type Memory } from "./memory.ts";
import { startMargins } from "./objective.ts";
import type { Team } from "./team.ts";
import { PHASE } from "./units.ts";

/** What training gives, whichever engine it was. */
export interface Boosted {
  readonly base: Float32Array;
  /** Of the rounds up to the best. */
  readonly trees: readonly Tree[];
  readonly rounds: number;
  readonly bestRound: number;
  readonly loss: { readonly train: readonly number[]; readonly validation: readonly number[] };
  readonly stopped: boolean;
}

export type RoundDone = (round: number, loss: number) => void;

// Independent random sequences under one seed.
const STREAM = { rows: 1, columns: 2 } as const;

/** Trains; yields between small pieces of work, so that a thread with other duties can see to them. */
export function* boost(
  memory: Memory,
  settings: TreeSettings,
  team: Team,
  roundDone: RoundDone,
): Generator<undefined, Boosted> {
  const { data } = memory;
  const k = data.columns.length;
  yield* team.run(PHASE.bin, memory.groups, k * data.total * 60);
  startMargins(memory, settings);
  const draws = {
    rows: createRng(settings.seed, STREAM.rows),
    columns: createRng(settings.seed, STREAM.columns),
  };
  const stops = () => Atomics.load(memory.control, CONTROL.abort) === 1;
  const trees: Tree[] = [];
  const train: number[] = [];
  const validation: number[] = [];
  let best = { loss: Number.POSITIVE_INFINITY, round: 0 };
  let stopped = false;
  yield* gradients(memory, team);
  for (let round = 1; round <= settings.rounds && round - best.round <= settings.patience; round++) {
    const grown = yield* growRound(memory, settings, team, draws, stops);
    if (grown === undefined) {
      stopped = true;
      break;
    }
    trees.push(...grown);
    yield* gradients(memory, team);
    const loss = lossesOf(memory, settings);
    train.push(loss.train);
    if (data.total > data.rows) validation.push(loss.validation);
    const watched = data.total > data.rows ? loss.validation : loss.train;
    assertFinite(watched, round, settings.learningRate);
    if (data.total === data.rows || watched < best.loss) best = { loss: watched, round };
    roundDone(round, watched);
  }
  return {
    base: memory.base.slice(),
    trees: trees.slice(0, best.round * data.outputs),
    rounds: train.length,
    bestRound: best.round,
    loss: { train, validation },
    stopped,
  };
}

function gradients({ data }: Memory, team: Team): Generator<undefined, void> {
  return team.run(PHASE.gradient, data.chunkStart.length - 1, 25 * data.total * data.outputs);
}

/** One tree an output. @returns undefined if it was told to stop. */
function* growRound(
  memory: Memory,
  settings: TreeSettings,
  team: Team,
  draws: { rows: ReturnType<typeof createRng>; columns: ReturnType<typeof createRng> },
  stops: () => boolean,
): Generator<undefined, Tree[] | undefined> {
  const { data, control } = memory;
  const trees: Tree[] = [];
  const limits = Array.from({ length: data.outputs }, (_, output) => sizesOf(memory, output));
  for (let output = 0; output < data.outputs; output++) {
    drawColumns(memory, settings, draws.columns);
    control[CONTROL.output] = output;
    const positions = drawRows(memory, settings, draws.rows);
    control[CONTROL.positions] = positions;
    memory.rounding.set([gridOf(limits[output]!.slope), gridOf(limits[output]!.curve)]);
    const units = Math.ceil(positions / CHUNK);
    yield* team.run(PHASE.prepare, units, 5 * positions);
    sumRoot(memory, units, positions);
    const tree = yield* growTree(memory, settings, team, output, stops);
    if (tree === undefined) return undefined;
    trees.push(tree);
  }
  return trees;
}

function sumRoot({ node, chunkSums }: Memory, units: number, positions: number): void {
  let G = 0;
  let H = 0;
  for (let unit = 0; unit < units; unit++) {
    G += chunkSums[2 * unit]!;
    H += chunkSums[2 * unit + 1]!;
  }
  node.start[0] = 0;
  node.end[0] = positions;
  node.depth[0] = 0;
  node.gradient[0] = G;
  node.hessian[0] = H;
}

/** Sums of |gradient| and hessian of an output, left by the units. */
function sizesOf({ data, chunkSums }: Memory, output: number): { slope: number; curve: number } {
  const width = 2 + 2 * data.outputs;
  let slope = 0;
  let curve = 0;
  for (let chunk = 0; chunk < data.trainChunks; chunk++) {
    slope += chunkSums[chunk * width + 2 + 2 * output]!;
    curve += chunkSums[chunk * width + 3 + 2 * output]!;
  }
  return { slope, curve };
}

/**
 * A number M for which x + M - M is x on a grid of 2^-51 of `sum`: the last bit of M is worth one step. Sums of so
 * many steps stay below 2^53.
 */
function gridOf(sum: number): number {
  return sum > 1e-250 ? 1.5 * 2 ** (Math.ceil(Math.log2(sum)) + 1) : 0;
}

/** The rows of the next tree, ascending, in the first order buffer. @returns how many. */
function drawRows(
  { data, order, isSampled }: Memory,
  { subsample }: TreeSettings,
  rng: ReturnType<typeof createRng>,
) {
  const rows = order[0];
  if (subsample === 1) {
    for (let i = 0; i < data.rows; i++) rows[i] = i;
    return data.rows;
  }
  let count = 0;
  for (let i = 0; i < data.rows; i++) {
    const isIn = rng.next() < subsample;
    isSampled[i] = isIn ? 1 : 0;
    if (isIn) rows[count++] = i;
  }
  return count;
}

function drawColumns(
  { active }: Memory,
  { columnSample }: TreeSettings,
  rng: ReturnType<typeof createRng>,
): void {
  active.fill(1);
  if (columnSample === 1) return;
  const k = active.length;
  const order = Array.from({ length: k }, (_, f) => f);
  for (let left = k; left > Math.max(1, Math.round(columnSample * k)); left--) {
    const at = rng.nextInt(left);
    active[order[at]!] = 0;
    order[at] = order[left - 1]!;
  }
}

function lossesOf({ data, chunkSums }: Memory, { objective }: TreeSettings) {
  const width = 2 + 2 * data.outputs;
  const mean = (from: number, to: number) => {
    let sum = 0;
    let weight = 0;
    for (let chunk = from; chunk < to; chunk++) {
      sum += chunkSums[chunk * width]!;
      weight += chunkSums[chunk * width + 1]!;
    }
    return objective === "regression" ? Math.sqrt(sum / weight) : sum / weight;
  };
  return { train: mean(0, data.trainChunks), validation: mean(data.trainChunks, data.chunkStart.length - 1) };
}

/** Errors: `ml.diverged`. */
export function assertFinite(loss: number, round: number, learningRate: number): void {
  if (Number.isFinite(loss)) return;
  fail("ml.diverged", {
    message: `training diverged: the loss of round ${round} is ${loss}`,
    hint: `Lower learningRate (${learningRate}), or look for extreme values in the labels.`,
    fields: { round, loss, learningRate },
  });
}
