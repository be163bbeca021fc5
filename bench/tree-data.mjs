// Rows whose class depends on some of their features, with noise: what the trees' bench learns.
import { createRng } from "#core";

export function treeDataset(rows, features, seed = 1) {
  const rng = createRng(seed);
  const columns = Array.from({ length: features }, () =>
    Float64Array.from({ length: rows }, () => rng.next() * 6 - 3),
  );
  const target = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    const x = (j) => columns[j % features][i];
    const margin = x(0) * x(1) + Math.sin(2 * x(2)) + 0.5 * x(3) - (x(4) > 1 ? 1.5 : 0) + 0.3 * x(5) * x(6);
    target[i] = margin + 1.5 * (rng.next() + rng.next() + rng.next() - 1.5) > 0 ? 1 : 0;
  }
  const time = Float64Array.from({ length: rows }, (_, i) => i * 6e4);
  return {
    names: columns.map((_, j) => `f${j}`),
    ids: columns.map((_, j) => `bench.f${j}@1`),
    length: rows,
    columns,
    target,
    returns: new Float64Array(rows),
    weight: new Float64Array(rows).fill(1),
    time,
    labelEnd: time,
    label: "class",
    kind: "class",
    classes: 2,
    dataHash: "00".repeat(32),
    dropped: { missing: 0, unlabelled: 0, purged: 0 },
    window: 1,
    source: [columns],
    series: new Uint32Array(rows),
    place: Uint32Array.from({ length: rows }, (_, i) => i),
  };
}

/** Rows from..to of a dataset. */
export function subsetOf(dataset, from, to) {
  const cut = (values) => values.slice(from, to);
  return {
    ...dataset,
    length: to - from,
    columns: dataset.columns.map(cut),
    ...Object.fromEntries(
      ["target", "returns", "weight", "time", "labelEnd", "series", "place"].map((name) => [
        name,
        cut(dataset[name]),
      ]),
    ),
  };
}
