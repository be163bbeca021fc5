import { createRng } from "#core";
import type { Dataset } from "../../../../lib/ml/dataset/dataset.ts";

const DAY = 864e5;

/** A dataset of columns in one series; what else it needs is made up. */
export function datasetOf(
  columns: readonly Float64Array[],
  target: Float64Array,
  { window = 1, classes = 2, weight }: { window?: number; classes?: number; weight?: Float64Array } = {},
): Dataset {
  const first = window - 1;
  const length = target.length - first;
  const place = Uint32Array.from({ length }, (_, i) => first + i);
  const pick = (column: Float64Array) => Float64Array.from(place, (i) => column[i]!);
  const time = Float64Array.from(place, (i) => i * DAY);
  return {
    names: columns.map((_, j) => `f${j}`),
    ids: columns.map((_, j) => `test.f${j}()@1`),
    length,
    columns: columns.map(pick),
    target: pick(target),
    returns: new Float64Array(length),
    weight: weight === undefined ? new Float64Array(length).fill(1) : pick(weight),
    time,
    timeframeMs: DAY,
    labelEnd: time.map((start) => start + 2 * DAY),
    label: classes > 0 ? "direction(1)" : "forwardReturn(1)",
    kind: classes > 0 ? "class" : "real",
    classes,
    dataHash: "00".repeat(32),
    dropped: { missing: 0, unlabelled: 0, purged: 0 },
    window,
    source: [columns],
    series: new Uint32Array(length),
    place,
  } as Dataset;
}

/** k columns of n normal numbers. */
export function noise(n: number, k: number, seed: number): Float64Array[] {
  const rng = createRng(seed);
  return Array.from({ length: k }, () => Float64Array.from({ length: n }, () => rng.nextNormal()));
}

/** Two features, of which the first decides the class but for some noise. */
export function twoClasses(rows: number, seed = 1): Dataset {
  const [a, b, c] = noise(rows, 3, seed) as [Float64Array, Float64Array, Float64Array];
  const first = a.map((x) => 50 + 10 * x);
  return datasetOf(
    [first, b],
    first.map((x, i) => (x - 50 + 3 * c[i]! > 0 ? 1 : 0)),
  );
}

/** What only a look back tells: the class is the sign of x three rows ago plus half of x one row ago. */
export function lagged(rows: number, { window = 8, seed = 3 } = {}): Dataset {
  const columns = noise(rows, 2, seed);
  const x = columns[0]!;
  const target = x.map((_, i) => ((x[i - 3] ?? 0) + 0.5 * (x[i - 1] ?? 0) > 0 ? 1 : 0));
  return datasetOf(columns, target, { window });
}
