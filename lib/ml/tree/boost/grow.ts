/**
 * Grows one tree.
 *
 * Nodes that can be split wait with their histograms; a node's smaller child is summed from its rows, the other is the
 * difference. Growth "depth" takes the newest of them, up to 64 together: without a limit of leaves the order does not
 * matter, and memory stays small. Growth "leaf" takes the one that gains most.
 * Monotone features: the children of a split keep to either side of the middle of their values (the bounds are handed
 * down), so that each tree, and so the sum of them, is monotone.
 */
import type { Tree } from "../ensemble.ts";
import type { TreeSettings } from "../options.ts";
import { BATCH, BINS, CHUNK, CONTROL, type Memory, MISSING_BIN, RESULT, TASK } from "./memory.ts";
import { type Split, splitCategories } from "./split.ts";
import type { Team } from "./team.ts";
import { nodeValue, PHASE } from "./units.ts";

/** A threshold above all values: a split that tells missing values from the others. */
export const ABOVE_ALL = 3.4028234663852886e38;

/** A node that waits to be split. */
interface Open {
  readonly node: number;
  readonly split: Split;
  readonly feature: number;
  /** Where its histogram is; -1 if it had to be given up for another. */
  slot: number;
}

interface Growth {
  readonly memory: Memory;
  readonly settings: TreeSettings;
  readonly team: Team;
  readonly open: Open[];
  readonly free: number[];
  readonly gain: number[];
  readonly threshold: number[];
  readonly missingLeft: number[];
  readonly categories: Record<number, number[]>;
  nodes: number;
  leaves: number;
}

/** Pieces of a batch: children that may be split again, with the slot of their parent. */
interface Children {
  readonly node: number;
  readonly left: number;
  readonly right: number;
  readonly slot: number;
}

/**
 * Grows a tree of `output` from the pairs in the root, and adds its leaves to the sums. Yields between its phases.
 * @returns undefined if `stops` said so meanwhile; the sums are then as before.
 */
export function* growTree(
  memory: Memory,
  settings: TreeSettings,
  team: Team,
  output: number,
  stops: () => boolean,
): Generator<undefined, Tree | undefined> {
  const growth = startGrowth(memory, settings, team);
  yield* evaluate(growth, [{ node: -1, left: 0, right: -1, slot: -1 }]);
  const leavesMax = settings.growth === "leaf" ? settings.maxLeaves : Number.POSITIVE_INFINITY;
  while (growth.open.length > 0 && growth.leaves < leavesMax) {
    if (stops()) return undefined;
    const batch = takeBatch(growth);
    const children = batch.map((each) => splitNode(growth, each));
    yield* partition(growth, children);
    if (growth.leaves < leavesMax) yield* evaluate(growth, children);
  }
  yield* addLeaves(growth);
  return treeOf(growth, output);
}

function startGrowth(memory: Memory, settings: TreeSettings, team: Team): Growth {
  const { node } = memory;
  node.feature[0] = -1;
  node.lower[0] = Number.NEGATIVE_INFINITY;
  node.upper[0] = Number.POSITIVE_INFINITY;
  const free = Array.from({ length: memory.slots }, (_, slot) => slot);
  return {
    memory,
    settings,
    team,
    free,
    open: [],
    gain: [],
    threshold: [],
    missingLeft: [],
    categories: {},
    nodes: 1,
    leaves: 1,
  };
}

function takeBatch({ open, settings, memory }: Growth): Open[] {
  // Every split may need two slots while its children are looked at.
  if (settings.growth === "depth") return open.splice(-Math.min(BATCH, memory.slots >> 2));
  let best = 0;
  for (let i = 1; i < open.length; i++) {
    const [a, b] = [open[i]!, open[best]!];
    if (a.split.gain > b.split.gain || (a.split.gain === b.split.gain && a.node < b.node)) best = i;
  }
  return open.splice(best, 1);
}

/** A free slot; if there is none, a node that waits gives its own up. */
function claimSlot({ free, open, settings }: Growth): number {
  const slot = free.pop();
  if (slot !== undefined) return slot;
  const holders = open.filter((each) => each.slot >= 0);
  // The one that is taken last.
  const last =
    settings.growth === "depth"
      ? holders[0]!
      : holders.reduce((a, b) => (b.split.gain < a.split.gain ? b : a));
  const given = last.slot;
  last.slot = -1;
  return given;
}

function splitNode(growth: Growth, { node, split, feature, slot }: Open): Children {
  const { memory, settings } = growth;
  const { node: tree } = memory;
  const left = growth.nodes++;
  const right = growth.nodes++;
  growth.leaves++;
  const table = tree.table.subarray(node * BINS, node * BINS + BINS).fill(0);
  table[MISSING_BIN] = split.missingLeft ? 1 : 0;
  if (settings.categorical[feature]) {
    for (const c of growth.categories[node]!) table[c] = 1;
  } else {
    table.fill(1, 0, split.bin + 1);
    const isLast = split.bin === memory.binCount[feature]! - 1;
    growth.threshold[node] = isLast ? ABOVE_ALL : memory.cuts[feature * BINS + split.bin]!;
  }
  growth.gain[node] = split.gain;
  growth.missingLeft[node] = table[MISSING_BIN];
  tree.feature[node] = feature;
  tree.left[node] = left;
  tree.right[node] = right;
  for (const child of [left, right]) {
    const G = child === left ? split.gradient : tree.gradient[node]! - split.gradient;
    const H = child === left ? split.hessian : tree.hessian[node]! - split.hessian;
    tree.feature[child] = -1;
    tree.depth[child] = tree.depth[node]! + 1;
    tree.gradient[child] = G;
    tree.hessian[child] = H;
    tree.lower[child] = tree.lower[node]!;
    tree.upper[child] = tree.upper[node]!;
  }
  return { node, left, right, slot };
}

function* partition(
  { memory, team, settings }: Growth,
  children: readonly Children[],
): Generator<undefined, void> {
  const { tasks, node: tree } = memory;
  let rows = 0;
  children.forEach(({ node, left, right }, i) => {
    const isLast = isDeepest(settings, tree.depth[left]!);
    tasks.set([node, left, right, isLast ? 0 : 1], i * TASK);
    rows += tree.end[node]! - tree.start[node]!;
  });
  yield* team.run(PHASE.partition, children.length, 4 * rows);
  for (const each of children) setBounds(memory, settings, each);
}

/** Keeps the children of a split by a monotone feature to either side of the middle of their values. */
function setBounds(memory: Memory, settings: TreeSettings, { node, left, right }: Children): void {
  const { node: tree } = memory;
  const sign = settings.monotone[tree.feature[node]!]!;
  if (sign === 0) return;
  const middle = (nodeValue(memory, settings, left) + nodeValue(memory, settings, right)) / 2;
  if (sign > 0) tree.upper[left] = tree.lower[right] = middle;
  else tree.lower[left] = tree.upper[right] = middle;
}

/** Builds the histograms of children that may be split, searches them, and lets them wait. */
function* evaluate(growth: Growth, children: readonly Children[]): Generator<undefined, void> {
  const { memory, settings, team, free } = growth;
  const { tasks, node } = memory;
  const mayBeSplit = (child: number) =>
    child >= 0 &&
    !isDeepest(settings, node.depth[child]!) &&
    node.end[child]! - node.start[child]! > 1 &&
    node.hessian[child]! >= 2 * settings.minChildWeight;
  const work: number[][] = [];
  let cost = 0;
  for (const { left, right, slot } of children) {
    const [a, b] = [mayBeSplit(left), mayBeSplit(right)];
    if (!a && !b) {
      if (slot >= 0) free.push(slot);
      continue;
    }
    const rowsOf = (child: number) => node.end[child]! - node.start[child]!;
    const isLeftSmall = right < 0 || rowsOf(left) <= rowsOf(right);
    const [small, large] = isLeftSmall ? [left, right] : [right, left];
    const [needsSmall, needsLarge] = isLeftSmall ? [a, b] : [b, a];
    if (slot >= 0 && needsLarge) {
      work.push([small, claimSlot(growth), needsSmall ? 1 : 0, large, slot, 1]);
      cost += rowsOf(small);
    } else {
      // The parent's histogram is not needed, or was given up.
      if (slot >= 0) free.push(slot);
      for (const [child, needed] of [[small, needsSmall] as const, [large, needsLarge] as const]) {
        if (!needed) continue;
        work.push([child, claimSlot(growth), 1, -1, -1, 0]);
        cost += rowsOf(child);
      }
    }
  }
  for (let i = 0; i < work.length; i++) tasks.set(work[i]!, i * TASK);
  const searches = 8 * memory.groups * BINS * work.length;
  yield* team.run(PHASE.build, work.length * memory.groups, 8 * memory.groups * cost + 4 * searches);
  work.forEach(([built, slot, searchBuilt, sibling, otherSlot, searchOther], task) => {
    settle(growth, built!, slot!, searchBuilt === 1, 2 * task);
    if (sibling! >= 0) settle(growth, sibling!, otherSlot!, searchOther === 1, 2 * task + 1);
  });
}

/** Whether nodes of this depth stay leaves; a limit of 0 is none. */
const isDeepest = ({ maxDepth }: TreeSettings, depth: number) => maxDepth > 0 && depth >= maxDepth;

/** Lets a node wait with its best split, or frees its slot. */
function settle(growth: Growth, node: number, slot: number, isSearched: boolean, place: number): void {
  const found = isSearched ? bestOf(growth, place) : undefined;
  if (found === undefined) {
    growth.free.push(slot);
    return;
  }
  const { memory, settings } = growth;
  // Now, because the histogram may be given up.
  if (settings.categorical[found.feature])
    growth.categories[node] = splitCategories(memory, settings, node, slot, found.feature);
  growth.open.push({ node, slot, ...found });
}

function bestOf({ memory, settings }: Growth, place: number): { split: Split; feature: number } | undefined {
  const { results, active, data } = memory;
  const k = data.columns.length;
  let best = settings.gamma;
  let feature = -1;
  for (let f = 0; f < k; f++) {
    const gain = results[(place * k + f) * RESULT]!;
    if (!active[f] || !(gain > best)) continue;
    best = gain;
    feature = f;
  }
  if (feature < 0) return undefined;
  const at = (place * k + feature) * RESULT;
  return {
    feature,
    split: {
      gain: best,
      bin: results[at + 1]!,
      missingLeft: results[at + 2] === 1,
      gradient: results[at + 3]!,
      hessian: results[at + 4]!,
    },
  };
}

function* addLeaves({ memory, settings, team, nodes }: Growth): Generator<undefined, void> {
  const { node, leafList, control, data } = memory;
  let leaves = 0;
  let rows = 0;
  for (let n = 0; n < nodes; n++) {
    if (node.feature[n]! >= 0) continue;
    leafList[leaves++] = n;
    rows += node.end[n]! - node.start[n]!;
  }
  yield* team.run(PHASE.add, leaves, (settings.objective === "quantile" ? 200 : 3) * rows);
  const from = rows < data.rows ? 0 : data.rows;
  control[CONTROL.routeFrom] = from;
  const units = Math.ceil((data.total - from) / CHUNK);
  yield* team.run(PHASE.route, units, 40 * (data.total - from));
}

function treeOf({ memory, nodes, gain, threshold, missingLeft, categories }: Growth, output: number): Tree {
  const { node } = memory;
  const isSplit = (n: number) => node.feature[n]! >= 0;
  const of = <T>(pick: (n: number) => T) => Array.from({ length: nodes }, (_, n) => pick(n));
  return {
    output,
    feature: node.feature.slice(0, nodes),
    threshold: Float32Array.from(of((n) => threshold[n] ?? 0)),
    left: Int32Array.from(of((n) => (isSplit(n) ? node.left[n]! : -1))),
    right: Int32Array.from(of((n) => (isSplit(n) ? node.right[n]! : -1))),
    missingLeft: Uint8Array.from(of((n) => missingLeft[n] ?? 0)),
    value: Float32Array.from(of((n) => (isSplit(n) ? 0 : node.value[n]!))),
    cover: Float32Array.from(of((n) => node.hessian[n]!)),
    gain: Float32Array.from(of((n) => gain[n] ?? 0)),
    categories: Object.fromEntries(Object.entries(categories).filter(([n]) => isSplit(Number(n)))),
  };
}
