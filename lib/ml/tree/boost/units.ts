/** The pieces of work of training, each of which any thread may do: what it writes depends on the piece alone. */
import type { TreeSettings } from "../options.ts";
import { binGroup } from "./bin-features.ts";
import { BINS, CHUNK, CONTROL, type Memory, STRIDE, TASK } from "./memory.ts";
import { gradientChunk, weightedQuantile } from "./objective.ts";
import { leafValue, searchSplit } from "./split.ts";

export const PHASE = { bin: 0, gradient: 1, prepare: 2, build: 3, partition: 4, add: 5, route: 6 } as const;
export type Phase = (typeof PHASE)[keyof typeof PHASE];

export function runUnit(memory: Memory, settings: TreeSettings, phase: Phase, unit: number): void {
  switch (phase) {
    case PHASE.bin:
      binGroup(memory, settings, unit);
      break;
    case PHASE.gradient:
      gradientChunk(memory, settings, unit);
      break;
    case PHASE.prepare:
      preparePairs(memory, unit);
      break;
    case PHASE.build:
      buildGroup(memory, settings, Math.floor(unit / memory.groups), unit % memory.groups);
      break;
    case PHASE.partition:
      partitionNode(memory, unit);
      break;
    case PHASE.add:
      addLeaf(memory, settings, memory.leafList[unit]!);
      break;
    case PHASE.route:
      routeRows(memory, unit);
      break;
  }
}

/** Takes the pairs of the drawn rows into the root, rounded so that their sums are exact, and sums them up. */
function preparePairs({ data, control, order, pairs, gradients, rounding, chunkSums }: Memory, unit: number) {
  const output = control[CONTROL.output]!;
  const from = unit * CHUNK;
  const to = Math.min(from + CHUNK, control[CONTROL.positions]!);
  const rows = order[0];
  const pair = pairs[0];
  const start = 2 * output * data.rows;
  const [magicG, magicH] = [rounding[0]!, rounding[1]!];
  let sumG = 0;
  let sumH = 0;
  for (let i = from; i < to; i++) {
    const source = start + 2 * rows[i]!;
    const g = gradients[source]! + magicG - magicG;
    const h = gradients[source + 1]! + magicH - magicH;
    pair[2 * i] = g;
    pair[2 * i + 1] = h;
    sumG += g;
    sumH += h;
  }
  chunkSums[2 * unit] = sumG;
  chunkSums[2 * unit + 1] = sumH;
}

/**
 * A task: [node built from its rows, its slot, search it, sibling or -1, sibling's slot, search that]. The sibling's
 * slot holds the histogram of the parent, and becomes that of the sibling: parent minus node.
 */
function buildGroup(memory: Memory, settings: TreeSettings, task: number, group: number): void {
  const { tasks, data, active, histograms, slotDoubles } = memory;
  const k = data.columns.length;
  const [built, slot, sibling] = [tasks[task * TASK]!, tasks[task * TASK + 1]!, tasks[task * TASK + 3]!];
  const otherSlot = tasks[task * TASK + 4]!;
  const [searchBuilt, searchOther] = [tasks[task * TASK + 2]! === 1, tasks[task * TASK + 5]! === 1];
  const first = 4 * group;
  const last = Math.min(first + 4, k);
  const wanted: number[] = [];
  for (let f = first; f < last; f++) if (active[f]) wanted.push(f);
  if (wanted.length === 0) return;
  const at = slot * slotDoubles + first * STRIDE;
  histograms.fill(0, at, at + 4 * STRIDE);
  const { start, end, depth } = memory.node;
  const source = depth[built]! & 1;
  const rows = memory.order[source]!;
  const pair = memory.pairs[source]!;
  const words = group * data.total;
  if (wanted.length > 2) sumFour(histograms, at, memory.bins, words, rows, pair, start[built]!, end[built]!);
  else
    for (const f of wanted) {
      const to = slot * slotDoubles + f * STRIDE;
      sumOne(histograms, to, memory.bins, words, 8 * (f & 3), rows, pair, start[built]!, end[built]!);
    }
  if (sibling >= 0) {
    const to = otherSlot * slotDoubles + first * STRIDE;
    for (let p = 0; p < 4 * STRIDE; p++) histograms[to + p]! -= histograms[at + p]!;
  }
  for (const f of wanted) {
    if (searchBuilt) searchSplit(memory, settings, built, slot, f, 2 * task * k + f);
    if (searchOther) searchSplit(memory, settings, sibling, otherSlot, f, (2 * task + 1) * k + f);
  }
}

/** The innermost loop of training: four features at once share the load of a row. */
function sumFour(
  sums: Float64Array,
  at: number,
  bins: Uint32Array,
  words: number,
  rows: Int32Array,
  pair: Float64Array,
  start: number,
  end: number,
): void {
  const [a1, a2, a3] = [at + STRIDE, at + 2 * STRIDE, at + 3 * STRIDE];
  for (let i = start; i < end; i++) {
    const word = bins[words + rows[i]!]!;
    const g = pair[2 * i]!;
    const h = pair[2 * i + 1]!;
    let p = at + ((word << 1) & 510);
    sums[p]! += g;
    sums[p + 1]! += h;
    p = a1 + ((word >>> 7) & 510);
    sums[p]! += g;
    sums[p + 1]! += h;
    p = a2 + ((word >>> 15) & 510);
    sums[p]! += g;
    sums[p + 1]! += h;
    p = a3 + ((word >>> 23) & 510);
    sums[p]! += g;
    sums[p + 1]! += h;
  }
}

function sumOne(
  sums: Float64Array,
  at: number,
  bins: Uint32Array,
  words: number,
  shift: number,
  rows: Int32Array,
  pair: Float64Array,
  start: number,
  end: number,
): void {
  for (let i = start; i < end; i++) {
    const p = at + 2 * ((bins[words + rows[i]!]! >>> shift) & 255);
    sums[p]! += pair[2 * i]!;
    sums[p + 1]! += pair[2 * i + 1]!;
  }
}

/**
 * Sends the rows of a node to its children, in the other pair of buffers: those that go left from the front, the others
 * from the back. Each row is written to both places, and the place that it does not keep is written again: a branch
 * here would be guessed wrong half the time. A task: [node, left, right, whether the children need pairs].
 */
function partitionNode(memory: Memory, task: number): void {
  const { tasks, data, bins, node: tree } = memory;
  const [node, left, right] = [tasks[task * TASK]!, tasks[task * TASK + 1]!, tasks[task * TASK + 2]!];
  const needsPairs = tasks[task * TASK + 3]! === 1;
  const source = tree.depth[node]! & 1;
  const [from, to] = [memory.order[source]!, memory.order[1 - source]!];
  const [pairFrom, pairTo] = [memory.pairs[source]!, memory.pairs[1 - source]!];
  const f = tree.feature[node]!;
  const words = (f >> 2) * data.total;
  const shift = 8 * (f & 3);
  const table = tree.table.subarray(node * BINS, node * BINS + BINS);
  const start = tree.start[node]!;
  const end = tree.end[node]!;
  let low = start;
  let high = end - 1;
  for (let i = start; i < end; i++) {
    const row = from[i]!;
    const isLeft = table[(bins[words + row]! >>> shift) & 255]!;
    to[low] = row;
    to[high] = row;
    if (needsPairs) {
      const g = pairFrom[2 * i]!;
      const h = pairFrom[2 * i + 1]!;
      pairTo[2 * low] = g;
      pairTo[2 * low + 1] = h;
      pairTo[2 * high] = g;
      pairTo[2 * high + 1] = h;
    }
    low += isLeft;
    high += isLeft - 1;
  }
  tree.start[left] = start;
  tree.end[left] = low;
  tree.start[right] = low;
  tree.end[right] = end;
}

/** Sets a leaf's value and adds it to the sums of its rows. */
function addLeaf(memory: Memory, settings: TreeSettings, leaf: number): void {
  const { data, control, sums, node: tree } = memory;
  tree.value[leaf] = settings.learningRate * nodeValue(memory, settings, leaf);
  const value = tree.value[leaf]!;
  const start = control[CONTROL.output]! * data.total;
  const rows = rowsOf(memory, leaf);
  for (let i = 0; i < rows.length; i++) sums[start + rows[i]!]! += value;
}

/**
 * What a node adds to the margins of its rows if it stays a leaf, before the learning rate, within its bounds. For
 * quantiles that of what its rows lack: the gradients of this loss say the direction only.
 */
export function nodeValue(memory: Memory, settings: TreeSettings, node: number): number {
  const { data, sums, base, node: tree } = memory;
  const [lower, upper] = [tree.lower[node]!, tree.upper[node]!];
  if (settings.objective !== "quantile")
    return leafValue(tree.gradient[node]!, tree.hessian[node]!, settings, lower, upper);
  const rows = rowsOf(memory, node);
  if (rows.length === 0) return 0;
  const residuals = Float64Array.from(rows, (i) => data.target[i]! - Math.fround(sums[i]! + base[0]!));
  const weights = data.isWeighted ? Float64Array.from(rows, (i) => data.weight[i]!) : undefined;
  return Math.min(Math.max(weightedQuantile(residuals, weights, settings.quantile), lower), upper);
}

function rowsOf({ order, node: tree }: Memory, node: number): Int32Array {
  return order[tree.depth[node]! & 1]!.subarray(tree.start[node]!, tree.end[node]!);
}

/** Sends rows that the tree did not grow from down to their leaves: those that were not drawn, and those watched. */
function routeRows({ data, control, bins, sums, isSampled, node: tree }: Memory, unit: number): void {
  const from = control[CONTROL.routeFrom]! + unit * CHUNK;
  const to = Math.min(from + CHUNK, data.total);
  const start = control[CONTROL.output]! * data.total;
  const { feature, left, right, table, value } = tree;
  for (let i = from; i < to; i++) {
    if (i < data.rows && isSampled[i]) continue;
    let node = 0;
    for (let f = feature[0]!; f >= 0; f = feature[node]!) {
      const bin = (bins[(f >> 2) * data.total + i]! >>> (8 * (f & 3))) & 255;
      node = table[node * BINS + bin] ? left[node]! : right[node]!;
    }
    sums[start + i]! += value[node]!;
  }
}
