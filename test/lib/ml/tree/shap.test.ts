import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Tree, TreeEnsemble } from "../../../../lib/ml/tree/ensemble.ts";
import { treeShap } from "../../../../lib/ml/tree/shap.ts";
import { flatten, marginsOf } from "../../../../lib/ml/tree/sums.ts";
import { edgeRows, randomEnsemble, shapes } from "./ensembles.ts";

/** Expectation of the margin when only the features in `known` are: by definition, without TreeSHAP. */
function expectation(ensemble: TreeEnsemble, output: number, row: readonly number[], known: number): number {
  const visit = (tree: Tree, node: number): number => {
    const f = tree.feature[node]!;
    if (f < 0) return tree.value[node]!;
    const [left, right] = [tree.left[node]!, tree.right[node]!];
    if ((known >> f) & 1) {
      const x = Math.fround(row[f]!);
      const set = tree.categories[node];
      const isIn = set === undefined ? x < tree.threshold[node]! : set.includes(x);
      const isLeft = Number.isNaN(x) ? tree.missingLeft[node] === 1 : isIn;
      return visit(tree, isLeft ? left : right);
    }
    const [a, b] = [tree.cover[left]!, tree.cover[right]!];
    return (a * visit(tree, left) + b * visit(tree, right)) / (a + b);
  };
  return ensemble.trees
    .filter((tree) => tree.output === output)
    .reduce((sum, tree) => sum + visit(tree, 0), ensemble.base[output]!);
}

function factorial(n: number): number {
  return n < 2 ? 1 : n * factorial(n - 1);
}

/** Shapley's own formula, over all sets of the other features. */
function shapley(ensemble: TreeEnsemble, output: number, row: readonly number[], f: number): number {
  const k = ensemble.features;
  let sum = 0;
  for (let set = 0; set < 2 ** k; set++) {
    if ((set >> f) & 1) continue;
    const size = set.toString(2).replaceAll("0", "").length;
    const weight = (factorial(size) * factorial(k - size - 1)) / factorial(k);
    const gain = expectation(ensemble, output, row, set | (1 << f)) - expectation(ensemble, output, row, set);
    sum += weight * gain;
  }
  return sum;
}

test("are Shapley's values by definition, and add up to the margin", () =>
  fc.assert(
    fc.asyncProperty(shapes, async (shape) => {
      const ensemble = randomEnsemble(shape.seed, { ...shape, trees: Math.min(shape.trees, 6) });
      const rows = 4;
      const columns = edgeRows(shape.seed, shape.features, rows, shape.missing);
      const { base, values } = await treeShap(ensemble, columns);
      const margins = marginsOf(flatten(ensemble), columns, 0, rows);
      for (let j = 0; j < base.length; j++) {
        expect(base[j]).toBeCloseTo(expectation(ensemble, j, [], 0), 6);
        for (let i = 0; i < rows; i++) {
          const row = columns.map((column) => column[i]!);
          const own = values[j]!.map((column) => column[i]!);
          own.forEach((phi, f) => {
            expect(phi).toBeCloseTo(shapley(ensemble, j, row, f), 6);
          });
          const sum = own.reduce((total, phi) => total + phi, base[j]!);
          expect(sum).toBeCloseTo(margins[j * rows + i]!, 4);
        }
      }
    }),
    { numRuns: 60 },
  ));
