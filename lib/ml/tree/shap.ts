/**
 * Exact Shapley values of tree ensembles, path-dependent TreeSHAP (Lundberg, Erion and Lee 2018, algorithm 2).
 *
 * Symbols: a feature that is not known sends a row down both branches, weighed by their covers; phi_f the Shapley value
 *   of feature f in the game whose value of a set S is the expectation of the margin with the features of S known.
 *   base + sum of phi_f = margin of the row; base is the expectation with nothing known.
 * A path holds the features met, each with the share z of cover that flows when it is not known, o in {0, 1} whether
 *   the row flows when it is, and the weights w_i of the sets of i known features. Time O(T L D^2) a row.
 */
import { countRows } from "../columns.ts";
import type { Tree, TreeEnsemble } from "./ensemble.ts";

export interface ShapValues {
  /** One an output: the margin that is expected before anything of a row is known. */
  readonly base: Float64Array;
  /** Of output j and feature f: one value a row, `values[j][f][i]`. */
  readonly values: readonly (readonly Float64Array[])[];
}

/**
 * The paths to a node and to those above it, one behind the other: entry 0 of each is the root's, then one a feature
 * met. Made once, because a row goes through thousands of nodes.
 */
interface Paths {
  readonly feature: Int32Array;
  readonly zero: Float64Array;
  readonly one: Float64Array;
  readonly weight: Float64Array;
}

/**
 * What each feature adds to the margin (log odds, log shares, value) of each row.
 * @param columns one a feature, all of one length; values are rounded to float32, as in prediction.
 * Errors: `ml.ragged-rows`.
 */
export async function treeShap(
  ensemble: TreeEnsemble,
  columns: readonly Float64Array[],
): Promise<ShapValues> {
  const names = Array.from({ length: ensemble.features }, (_, f) => `feature ${f + 1}`);
  const rows = countRows(names, columns);
  const values = Array.from(ensemble.base, () => columns.map(() => new Float64Array(rows)));
  const base = Float64Array.from(ensemble.base);
  for (const tree of ensemble.trees) base[tree.output]! += expectedValue(tree, 0);
  const row = new Float32Array(columns.length);
  const phi = new Float64Array(columns.length);
  const paths = pathsFor(Math.max(0, ...ensemble.trees.map(depthOf)));
  let since = performance.now();
  for (let i = 0; i < rows; i++) {
    for (let f = 0; f < row.length; f++) row[f] = columns[f]![i]!;
    for (let j = 0; j < base.length; j++) {
      phi.fill(0);
      for (const tree of ensemble.trees)
        if (tree.output === j) descend({ tree, row, phi, paths }, 0, 0, 0, 0, 1, 1, -1);
      for (let f = 0; f < row.length; f++) values[j]![f]![i] = phi[f]!;
    }
    if (performance.now() - since < 25) continue;
    await new Promise(setImmediate);
    since = performance.now();
  }
  return { base, values };
}

function expectedValue(tree: Tree, node: number): number {
  if (tree.feature[node]! < 0) return tree.value[node]!;
  const [left, right] = [tree.left[node]!, tree.right[node]!];
  const [toLeft, toRight] = shares(tree, node);
  return toLeft * expectedValue(tree, left) + toRight * expectedValue(tree, right);
}

/** The shares of cover that go left and right; halves where nothing is known. */
function shares({ left, right, cover }: Tree, node: number): [number, number] {
  const [a, b] = [cover[left[node]!]!, cover[right[node]!]!];
  // By the sum of the two, so that the shares add up to 1 however covers were rounded.
  return a + b > 0 ? [a / (a + b), b / (a + b)] : [0.5, 0.5];
}

function goesLeft(tree: Tree, node: number, x: number): boolean {
  if (Number.isNaN(x)) return tree.missingLeft[node] === 1;
  const set = tree.categories[node];
  return set === undefined ? x < tree.threshold[node]! : set.includes(x);
}

interface Walk {
  readonly tree: Tree;
  readonly row: Float32Array;
  /** What is found is added here. */
  readonly phi: Float64Array;
  readonly paths: Paths;
}

/**
 * @param parent where the path of the node above stands, `count` entries long. @param at where the own path goes.
 * @param zero and `one` of the branch that led here, by `feature`; -1 for the root.
 */
function descend(
  walk: Walk,
  node: number,
  parent: number,
  count: number,
  at: number,
  zero: number,
  one: number,
  feature: number,
): void {
  const { tree, row, phi, paths } = walk;
  for (let i = 0; i < count; i++) {
    paths.feature[at + i] = paths.feature[parent + i]!;
    paths.zero[at + i] = paths.zero[parent + i]!;
    paths.one[at + i] = paths.one[parent + i]!;
    paths.weight[at + i] = paths.weight[parent + i]!;
  }
  extend(paths, at, count, zero, one, feature);
  let length = count + 1;
  const f = tree.feature[node]!;
  if (f < 0) {
    const value = tree.value[node]!;
    for (let i = 1; i < length; i++)
      phi[paths.feature[at + i]!]! +=
        unwoundSum(paths, at, length, i) * (paths.one[at + i]! - paths.zero[at + i]!) * value;
    return;
  }
  const isLeft = goesLeft(tree, node, row[f]!);
  const [toLeft, toRight] = shares(tree, node);
  let knownZero = 1;
  let knownOne = 1;
  for (let i = 1; i < length; i++) {
    if (paths.feature[at + i] !== f) continue;
    knownZero = paths.zero[at + i]!;
    knownOne = paths.one[at + i]!;
    unwind(paths, at, length--, i);
    break;
  }
  const next = at + length;
  descend(walk, tree.left[node]!, at, length, next, knownZero * toLeft, isLeft ? knownOne : 0, f);
  descend(walk, tree.right[node]!, at, length, next, knownZero * toRight, isLeft ? 0 : knownOne, f);
}

/** One more feature: sets of i known features come from sets of i with it unknown and i - 1 with it known. */
function extend(paths: Paths, at: number, l: number, z: number, o: number, f: number): void {
  const { feature, zero, one, weight } = paths;
  feature[at + l] = f;
  zero[at + l] = z;
  one[at + l] = o;
  weight[at + l] = l === 0 ? 1 : 0;
  for (let i = l - 1; i >= 0; i--) {
    weight[at + i + 1]! += (o * weight[at + i]! * (i + 1)) / (l + 1);
    weight[at + i] = (z * weight[at + i]! * (l - i)) / (l + 1);
  }
}

/** Takes the feature of entry `index` out of a path of `length` entries: `extend` undone. */
function unwind(paths: Paths, at: number, length: number, index: number): void {
  const { feature, zero, one, weight } = paths;
  const l = length - 1;
  const [z, o] = [zero[at + index]!, one[at + index]!];
  let carried = weight[at + l]!;
  for (let i = l - 1; i >= 0; i--) {
    const before = weight[at + i]!;
    weight[at + i] = unwoundWeight(carried, before, z, o, i, l);
    if (o !== 0) carried = before - (weight[at + i]! * z * (l - i)) / (l + 1);
  }
  for (let i = index; i < l; i++) {
    feature[at + i] = feature[at + i + 1]!;
    zero[at + i] = zero[at + i + 1]!;
    one[at + i] = one[at + i + 1]!;
  }
}

/** The sum of the weights that `unwind` would leave. */
function unwoundSum({ zero, one, weight }: Paths, at: number, length: number, index: number): number {
  const l = length - 1;
  const [z, o] = [zero[at + index]!, one[at + index]!];
  let carried = weight[at + l]!;
  let sum = 0;
  for (let i = l - 1; i >= 0; i--) {
    const before = weight[at + i]!;
    const own = unwoundWeight(carried, before, z, o, i, l);
    sum += own;
    if (o !== 0) carried = before - (own * z * (l - i)) / (l + 1);
  }
  return sum;
}

function unwoundWeight(carried: number, before: number, z: number, o: number, i: number, l: number): number {
  if (o !== 0) return (carried * (l + 1)) / ((i + 1) * o);
  return z === 0 ? 0 : (before * (l + 1)) / (z * (l - i));
}

function pathsFor(depth: number): Paths {
  const entries = (depth + 2) * (depth + 2);
  return {
    feature: new Int32Array(entries),
    zero: new Float64Array(entries),
    one: new Float64Array(entries),
    weight: new Float64Array(entries),
  };
}

function depthOf(tree: Tree): number {
  const depths = new Int32Array(tree.feature.length);
  let deepest = 0;
  tree.feature.forEach((f, node) => {
    if (f >= 0) depths[tree.left[node]!] = depths[tree.right[node]!] = depths[node]! + 1;
    deepest = Math.max(deepest, depths[node]!);
  });
  return deepest;
}
