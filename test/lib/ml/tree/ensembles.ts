import * as fc from "fast-check";
import { createRng } from "#core";
import type { Tree, TreeEnsemble } from "../../../../lib/ml/tree/ensemble.ts";

/** Any ensemble of `features` features, of which the last may be categorical. */
export function randomEnsemble(
  seed: number,
  { features, outputs = 1, trees, depth, categorical = false, link = "identity" }: EnsembleShape,
): TreeEnsemble {
  const rng = createRng(seed);
  return {
    features,
    link,
    base: Float32Array.from({ length: outputs }, () => rng.nextNormal()),
    trees: Array.from({ length: trees }, (_, t) =>
      randomTree(rng, { features, depth, categorical, output: t % outputs }),
    ),
  };
}

interface EnsembleShape {
  readonly features: number;
  readonly outputs?: number;
  readonly trees: number;
  readonly depth: number;
  readonly categorical?: boolean;
  readonly link?: TreeEnsemble["link"];
}

function randomTree(
  rng: ReturnType<typeof createRng>,
  shape: { features: number; depth: number; categorical: boolean; output: number },
): Tree {
  const { features, depth, categorical } = shape;
  const tree = {
    feature: [-1],
    threshold: [0],
    left: [-1],
    right: [-1],
    missingLeft: [0],
    value: [0],
    cover: [64 + rng.nextInt(64)],
    gain: [0],
    categories: {} as Record<number, number[]>,
  };
  const grow = (node: number, level: number): void => {
    if (level === depth || (level > 0 && rng.next() < 0.15)) {
      tree.value[node] = rng.nextNormal();
      return;
    }
    const f = rng.nextInt(features);
    tree.feature[node] = f;
    tree.missingLeft[node] = rng.nextInt(2);
    tree.gain[node] = rng.next();
    if (categorical && f === features - 1) {
      const all = Array.from({ length: 40 }, (_, c) => c);
      const set = all.filter(() => rng.next() < 0.3);
      tree.categories[node] = set.length > 0 ? set : [rng.nextInt(40)];
    } else tree.threshold[node] = Math.round(4 * rng.nextNormal()) / 4;
    const share = 0.1 + 0.8 * rng.next();
    for (const side of ["left", "right"] as const) {
      const child = tree.feature.length;
      tree[side][node] = child;
      for (const key of ["feature", "left", "right"] as const) tree[key].push(-1);
      for (const key of ["threshold", "missingLeft", "value", "gain"] as const) tree[key].push(0);
      tree.cover.push(tree.cover[node]! * (side === "left" ? share : 1 - share));
      grow(child, level + 1);
    }
  };
  grow(0, 0);
  return {
    output: shape.output,
    feature: Int32Array.from(tree.feature),
    threshold: Float32Array.from(tree.threshold),
    left: Int32Array.from(tree.left),
    right: Int32Array.from(tree.right),
    missingLeft: Uint8Array.from(tree.missingLeft),
    value: Float32Array.from(tree.value),
    cover: Float32Array.from(tree.cover),
    gain: Float32Array.from(tree.gain),
    categories: tree.categories,
  };
}

/** Rows at and beside the values that thresholds have, with missing values if they may be. */
export function edgeRows(seed: number, features: number, rows: number, missing: boolean): Float64Array[] {
  const rng = createRng(seed, 7);
  return Array.from({ length: features }, () =>
    Float64Array.from({ length: rows }, () => {
      if (missing && rng.next() < 0.1) return Number.NaN;
      const at = Math.round(4 * rng.nextNormal()) / 4;
      const kind = rng.nextInt(4);
      return kind === 0 ? at : kind === 1 ? beside(at, 1) : kind === 2 ? beside(at, -1) : rng.nextInt(45);
    }),
  );
}

/** The next float32 above (1) or below (-1). */
export function beside(x: number, step: 1 | -1): number {
  const value = Float32Array.of(x);
  const bits = new Int32Array(value.buffer);
  if (value[0] === 0) bits[0] = step > 0 ? 1 : -2147483647;
  else bits[0]! += value[0]! > 0 === step > 0 ? 1 : -1;
  return value[0]!;
}

export const shapes = fc.record({
  seed: fc.nat(1e6),
  features: fc.integer({ min: 1, max: 5 }),
  outputs: fc.integer({ min: 1, max: 3 }),
  trees: fc.integer({ min: 0, max: 40 }),
  depth: fc.integer({ min: 0, max: 6 }),
  categorical: fc.boolean(),
  missing: fc.boolean(),
});
