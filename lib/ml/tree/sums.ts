/**
 * What an ensemble says of rows.
 *
 * Symbols: F_j(x) = fround(sum of leaves + base_j), the sum in float32 in the order of the trees, as onnxruntime adds.
 * Rows are taken in blocks, row by row in memory, and go through one tree after another: a tree's nodes stay in the
 * cache. A leaf points to itself, so that every row takes as many steps as the tree is deep and nothing is guessed.
 */
import type { Tree, TreeEnsemble } from "./ensemble.ts";

const BLOCK = 256;
/** What is read of a node, in one line: feature, threshold, left, right. */
interface FlatTree {
  readonly output: number;
  readonly depth: number;
  readonly feature: Int32Array;
  readonly threshold: Float32Array;
  /** Left and right child of each node. */
  readonly children: Int32Array;
  readonly missingLeft: Uint8Array;
  readonly value: Float32Array;
  readonly categories: Readonly<Record<number, ReadonlySet<number>>> | undefined;
}

/** An ensemble made ready to predict. */
export type FlatEnsemble = TreeEnsemble & { readonly flat: readonly FlatTree[] };

export function flatten(ensemble: TreeEnsemble): FlatEnsemble {
  return { ...ensemble, flat: ensemble.trees.map(flatTree) };
}

function flatTree(tree: Tree): FlatTree {
  const n = tree.feature.length;
  const depths = new Int32Array(n);
  const children = new Int32Array(2 * n);
  for (let i = 0; i < n; i++) {
    const isLeaf = tree.feature[i]! < 0;
    children[2 * i] = isLeaf ? i : tree.left[i]!;
    children[2 * i + 1] = isLeaf ? i : tree.right[i]!;
    if (!isLeaf) depths[tree.left[i]!] = depths[tree.right[i]!] = depths[i]! + 1;
  }
  const sets = Object.entries(tree.categories).map(([node, list]) => [node, new Set(list)] as const);
  return {
    output: tree.output,
    depth: depths.reduce((a, b) => Math.max(a, b), 0),
    feature: tree.feature.map((f) => Math.max(f, 0)),
    threshold: tree.threshold,
    children,
    missingLeft: tree.missingLeft,
    value: tree.value,
    categories: sets.length === 0 ? undefined : Object.fromEntries(sets),
  };
}

/**
 * Margins of rows from..to, output by output.
 * @param columns one a feature; values are rounded to float32 here. @param out m times (to - from).
 */
export function marginsOf(
  { flat, base, features }: FlatEnsemble,
  columns: readonly (Float32Array | Float64Array)[],
  from: number,
  to: number,
): Float32Array {
  const n = to - from;
  const out = new Float32Array(n * base.length);
  const block = new Float32Array(BLOCK * features);
  for (let start = 0; start < n; start += BLOCK) {
    const size = Math.min(BLOCK, n - start);
    let hasMissing = false;
    for (let f = 0; f < features; f++) {
      const column = columns[f]!;
      for (let i = 0; i < size; i++) {
        const x = column[from + start + i]!;
        block[i * features + f] = x;
        // biome-ignore lint/suspicious/noSelfCompare: NaN is the one value that differs from itself.
        if (x !== x) hasMissing = true;
      }
    }
    for (const tree of flat) {
      const sums = out.subarray(tree.output * n + start, tree.output * n + start + size);
      if (hasMissing || tree.categories !== undefined) addWithCare(tree, block, features, sums);
      else addKnown(tree, block, features, sums);
    }
  }
  for (let j = 0; j < base.length; j++) for (let i = 0; i < n; i++) out[j * n + i]! += base[j]!;
  return out;
}

/** Four rows at a time: the way of one is a chain of loads that wait for each other. */
function addKnown(
  { depth, feature, threshold, children, value }: FlatTree,
  block: Float32Array,
  k: number,
  sums: Float32Array,
): void {
  const size = sums.length;
  let i = 0;
  for (; i + 4 <= size; i += 4) {
    const a = i * k;
    const [b, c, d] = [a + k, a + 2 * k, a + 3 * k];
    let [n0, n1, n2, n3] = [0, 0, 0, 0];
    for (let level = 0; level < depth; level++) {
      n0 = children[2 * n0 + Number(block[a + feature[n0]!]! >= threshold[n0]!)]!;
      n1 = children[2 * n1 + Number(block[b + feature[n1]!]! >= threshold[n1]!)]!;
      n2 = children[2 * n2 + Number(block[c + feature[n2]!]! >= threshold[n2]!)]!;
      n3 = children[2 * n3 + Number(block[d + feature[n3]!]! >= threshold[n3]!)]!;
    }
    sums[i]! += value[n0]!;
    sums[i + 1]! += value[n1]!;
    sums[i + 2]! += value[n2]!;
    sums[i + 3]! += value[n3]!;
  }
  for (; i < size; i++) {
    let node = 0;
    for (let level = 0; level < depth; level++)
      node = children[2 * node + Number(block[i * k + feature[node]!]! >= threshold[node]!)]!;
    sums[i]! += value[node]!;
  }
}

function addWithCare(tree: FlatTree, block: Float32Array, k: number, sums: Float32Array): void {
  const { depth, feature, threshold, children, missingLeft, value, categories } = tree;
  for (let i = 0; i < sums.length; i++) {
    let node = 0;
    for (let d = 0; d < depth; d++) {
      const x = block[i * k + feature[node]!]!;
      const set = categories?.[node];
      const isLeft = Number.isNaN(x)
        ? missingLeft[node] === 1
        : set === undefined
          ? x < threshold[node]!
          : set.has(x);
      node = children[2 * node + (isLeft ? 0 : 1)]!;
    }
    sums[i]! += value[node]!;
  }
}

/** Margins to predictions, in place and in float32: `n` of each output, output by output. */
export function applyLink(link: TreeEnsemble["link"], margins: Float32Array, n: number): Float32Array {
  if (link === "logistic")
    for (let i = 0; i < margins.length; i++) margins[i] = 1 / (1 + Math.exp(-margins[i]!));
  if (link === "softmax") {
    const m = margins.length / n;
    for (let i = 0; i < n; i++) {
      let largest = Number.NEGATIVE_INFINITY;
      for (let j = 0; j < m; j++) largest = Math.max(largest, margins[j * n + i]!);
      let sum = 0;
      for (let j = 0; j < m; j++) sum += Math.exp(margins[j * n + i]! - largest);
      for (let j = 0; j < m; j++) margins[j * n + i] = Math.exp(margins[j * n + i]! - largest) / sum;
    }
  }
  return margins;
}
