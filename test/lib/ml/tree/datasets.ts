import { createRng } from "#core";
import type { Dataset } from "../../../../lib/ml/dataset/dataset.ts";

interface Made {
  readonly rows: number;
  readonly seed?: number;
  readonly objective?: "binary" | "multiclass" | "regression" | "quantile" | "ranking";
  /** Share of missing values in the second feature. */
  readonly missing?: number;
  /** Categories of the feature "kind"; 0 for none. */
  readonly categories?: number;
  /** Rows of one time. */
  readonly group?: number;
}

/** Features a, b, c (and kind), of which a, b and kind matter, with noise. */
export function madeDataset({
  rows,
  seed = 1,
  objective = "binary",
  missing = 0,
  categories = 0,
  group = 1,
}: Made): Dataset {
  const rng = createRng(seed);
  const draw = (value: () => number) => Float64Array.from({ length: rows }, value);
  const a = draw(() => rng.nextNormal());
  const b = draw(() => (rng.next() < missing ? Number.NaN : 10 * rng.nextNormal()));
  const c = draw(() => Math.round(3 * rng.nextNormal()));
  const kind = draw(() => rng.nextInt(Math.max(1, categories)));
  const score = draw(() => 0.7 * rng.nextNormal());
  for (let i = 0; i < rows; i++) {
    const second = Number.isNaN(b[i]!) ? 1 : Math.sin(b[i]! / 5);
    score[i]! += 1.5 * a[i]! + 2 * second + ((kind[i]! * 7) % 5 > 2 ? 1 : 0);
  }
  const kinds = {
    binary: (s: number) => (s > 0.5 ? 1 : 0),
    multiclass: (s: number) => (s < -0.5 ? 0 : s < 1.2 ? 1 : 2),
    regression: (s: number) => s,
    quantile: (s: number) => s,
    ranking: (s: number) => s,
  };
  return datasetOf(categories > 0 ? { a, b, c, kind } : { a, b, c }, score.map(kinds[objective]), {
    classes: { binary: 2, multiclass: 3, regression: 0, quantile: 0, ranking: 0 }[objective],
    group,
  });
}

/** A dataset of these columns: a label is known when the next bar starts. */
export function datasetOf(
  features: Readonly<Record<string, Float64Array>>,
  target: Float64Array,
  { classes = 0, group = 1, weight }: { classes?: number; group?: number; weight?: Float64Array } = {},
): Dataset {
  const names = Object.keys(features);
  const columns = Object.values(features);
  const { length } = target;
  const time = Float64Array.from({ length }, (_, i) => Math.floor(i / group) * 6e4);
  return {
    names,
    ids: names.map((name) => `test.${name}()@1`),
    length,
    columns,
    target,
    weight: weight ?? new Float64Array(length).fill(1),
    time,
    timeframeMs: 6e4,
    labelEnd: time.map((start) => start + 6e4),
    label: "label(1)",
    kind: classes > 0 ? "class" : "real",
    classes,
    dataHash: "00".repeat(32),
    dropped: { missing: 0, unlabelled: 0, purged: 0 },
    window: 1,
    returns: new Float64Array(length),
    source: [columns],
    series: new Uint32Array(length),
    place: Uint32Array.from({ length }, (_, i) => i),
  };
}
