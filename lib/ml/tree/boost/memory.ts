/**
 * The memory that all training threads share.
 *
 * Symbols: n training rows, N rows with those to watch, k features, m outputs, B bins of a feature and one for missing.
 * Rows 0..n-1 are learnt from, n..N-1 are watched. Features stand in groups of four: one 32-bit word of `bins` holds
 * the four bins of a row, so that a row of a histogram costs one load. A feature's histogram is 256 pairs (sum of
 * gradients, sum of hessians), the last of them of missing values.
 */
import type { TreeSettings } from "../options.ts";

export const BINS = 256;
export const MISSING_BIN = 255;
/** Doubles of one feature's histogram. */
export const STRIDE = 2 * BINS;
/** Rows that one unit of work goes through. */
export const CHUNK = 8192;
/** Nodes that are split together. */
export const BATCH = 64;
/** Numbers that a search leaves for a node and feature: gain, bin, missing left, G left, H left. */
export const RESULT = 5;
/** Numbers that describe one piece of work on nodes. */
export const TASK = 6;
const HISTOGRAM_BYTES_MAX = 256 * 2 ** 20;

/** The rows as they go to the workers. */
export interface TrainingRows {
  readonly rows: number;
  readonly total: number;
  /** Float32, one a feature, N long. */
  readonly columns: readonly Float32Array[];
  readonly target: Float64Array;
  /** Row weight times class weight. */
  readonly weight: Float64Array;
  readonly isWeighted: boolean;
  readonly outputs: number;
  /** First row of each group of a ranking, and N at the end; empty for other objectives. */
  readonly groupStart: Int32Array;
  /** Bounds of the units of rows: none has rows both learnt from and watched, or part of a group. */
  readonly chunkStart: Int32Array;
  /** First group of each unit. */
  readonly chunkGroup: Int32Array;
  /** Units that are learnt from: the first ones. */
  readonly trainChunks: number;
}

export type Memory = ReturnType<typeof createMemory>;

export const CONTROL = {
  generation: 0,
  next: 1,
  units: 2,
  completed: 3,
  phase: 4,
  abort: 5,
  output: 6,
  positions: 7,
  routeFrom: 8,
  sleeping: 9,
  first: 10,
} as const;

/** @param histogramBytes what histograms may take; eight of them always fit. */
export function createMemory(
  data: TrainingRows,
  settings: TreeSettings,
  histogramBytes = HISTOGRAM_BYTES_MAX,
) {
  const { rows, total, outputs, chunkStart } = data;
  const k = data.columns.length;
  const groups = Math.ceil(k / 4);
  const slotDoubles = groups * 4 * STRIDE;
  const leaves = Math.min(leavesOf(settings), Math.max(2, rows));
  const nodes = 2 * leaves;
  const slots = Math.max(
    8,
    Math.min(
      Math.max(leaves + 2, 4 * Math.min(BATCH, leaves)),
      Math.floor(histogramBytes / (8 * slotDoubles)),
    ),
  );
  return {
    data,
    groups,
    slotDoubles,
    slots,
    nodes,
    control: new Int32Array(shared(4 * 16)),
    /** What gradients and hessians are rounded with: see `gridOf`. */
    rounding: new Float64Array(shared(8 * 2)),
    base: new Float32Array(shared(4 * outputs)),
    cuts: new Float32Array(shared(4 * k * BINS)),
    binCount: new Int32Array(shared(4 * k)),
    hasMissing: new Uint8Array(shared(k)),
    active: new Uint8Array(shared(k)),
    bins: new Uint32Array(shared(4 * groups * total)),
    /** Gradient and hessian of each row, output by output. */
    gradients: new Float64Array(shared(16 * rows * outputs)),
    /** Loss, weight, then sums of |gradient| and hessian of each output: one row a chunk. */
    chunkSums: new Float64Array(
      shared(8 * (2 + 2 * outputs) * (chunkStart.length + Math.ceil(rows / CHUNK))),
    ),
    /** Rows in the order of the nodes, with their pairs; nodes of even depth in the first, of odd depth in the second. */
    order: [new Int32Array(shared(4 * rows)), new Int32Array(shared(4 * rows))] as const,
    pairs: [new Float64Array(shared(16 * rows)), new Float64Array(shared(16 * rows))] as const,
    isSampled: new Uint8Array(shared(rows)),
    /** Sums of leaves, without the base, output by output. */
    sums: new Float32Array(shared(4 * total * outputs)),
    histograms: new Float64Array(shared(8 * slots * slotDoubles)),
    results: new Float64Array(shared(8 * 4 * BATCH * k * RESULT)),
    tasks: new Int32Array(shared(4 * 2 * BATCH * TASK)),
    leafList: new Int32Array(shared(4 * leaves)),
    node: {
      start: new Int32Array(shared(4 * nodes)),
      end: new Int32Array(shared(4 * nodes)),
      depth: new Int32Array(shared(4 * nodes)),
      /** -1 for a leaf. */
      feature: new Int32Array(shared(4 * nodes)),
      left: new Int32Array(shared(4 * nodes)),
      right: new Int32Array(shared(4 * nodes)),
      /** 1 for each bin that goes left. */
      table: new Uint8Array(shared(BINS * nodes)),
      gradient: new Float64Array(shared(8 * nodes)),
      hessian: new Float64Array(shared(8 * nodes)),
      lower: new Float64Array(shared(8 * nodes)),
      upper: new Float64Array(shared(8 * nodes)),
      value: new Float32Array(shared(4 * nodes)),
    },
  };
}

function leavesOf({ growth, maxDepth, maxLeaves }: TreeSettings): number {
  const byDepth = maxDepth === 0 ? Number.POSITIVE_INFINITY : 2 ** maxDepth;
  return growth === "depth" ? byDepth : Math.min(byDepth, maxLeaves);
}

const shared = (bytes: number) => new SharedArrayBuffer(bytes);

/** Adds the units of rows to training data: see `TrainingRows`. */
export function chunksOf(rows: number, total: number, groupStart: Int32Array) {
  const chunkStart: number[] = [];
  const chunkGroup: number[] = [];
  let trainChunks = 0;
  const isRanking = groupStart.length > 0;
  let group = 0;
  for (let at = 0; at < total; ) {
    chunkStart.push(at);
    chunkGroup.push(group);
    if (at < rows) trainChunks++;
    const limit = at < rows ? rows : total;
    let end = Math.min(at + CHUNK, limit);
    if (isRanking) {
      // At least one group, and more while they fit.
      end = groupStart[++group]!;
      while (end < limit && groupStart[group + 1]! - at <= CHUNK) end = groupStart[++group]!;
    }
    at = end;
  }
  chunkStart.push(total);
  chunkGroup.push(group);
  return { chunkStart: Int32Array.from(chunkStart), chunkGroup: Int32Array.from(chunkGroup), trainChunks };
}
