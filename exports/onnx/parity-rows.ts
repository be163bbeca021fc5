/** The rows that an export is tried on. */
import type { Rng } from "#core";
import type { TreeEnsemble } from "#ml";
import type { ParityGroup } from "./parity.ts";

export type Columns = readonly Float64Array[];

export interface RowSource {
  readonly sample: Columns;
  readonly required: readonly boolean[];
  readonly window: number;
  readonly ensemble?: TreeEnsemble | undefined;
}

const RANDOM_ROWS = 512;
const EDGE_ROWS = 6144;

/** Groups of rows, one column a feature; each longer than a window. */
export function rowGroups(source: RowSource, rng: Rng): { name: ParityGroup["name"]; columns: Columns }[] {
  const { sample, ensemble } = source;
  const spread = sample.map(momentsOf);
  const count = RANDOM_ROWS + source.window - 1;
  const draw = (value: (j: number) => number) =>
    sample.map((_, j) => Float64Array.from({ length: count }, () => value(j)));
  const groups: { name: ParityGroup["name"]; columns: Columns }[] = [
    { name: "training", columns: sample },
    { name: "random", columns: draw((j) => spread[j]!.mean + 3 * spread[j]!.deviation * rng.nextNormal()) },
    // Raw prices where a feature was expected: from a thousandth to a million.
    { name: "prices", columns: draw(() => Math.exp(Math.log(1e-3) + rng.next() * Math.log(1e9))) },
    { name: "extreme", columns: extremeRows(source, spread) },
  ];
  if (!source.required.every(Boolean)) groups.push({ name: "missing", columns: missingRows(source, rng) });
  if (ensemble !== undefined) groups.push({ name: "edges", columns: edgeRows(sample, ensemble, rng) });
  return groups;
}

/** Zeros, the mean, a million deviations either side, and training rows a million times too large. */
function extremeRows({ sample, window }: RowSource, spread: readonly Moments[]): Columns {
  return sample.map((column, j) => {
    const { mean, deviation } = spread[j]!;
    const far = 1e6 * deviation;
    const large = Array.from(column.subarray(0, 16), (value) => 1e6 * value);
    const rows = [0, mean, mean + far, mean - far, ...large];
    // A window sees one kind of row, then mixtures of two.
    return Float64Array.from({ length: rows.length * window }, (_, i) => rows[Math.floor(i / window)]!);
  });
}

/** Training rows of which a fifth of the values that may be missing are. */
function missingRows({ sample, required }: RowSource, rng: Rng): Columns {
  return sample.map((column, j) =>
    column.map((value) => (!required[j] && rng.next() < 0.2 ? Number.NaN : value)),
  );
}

/** Training rows with one feature at a threshold, and one float32 step either side of it. */
function edgeRows(sample: Columns, { trees }: TreeEnsemble, rng: Rng): Columns {
  const edges: [number, number][] = [];
  for (const { feature, threshold, categories } of trees) {
    for (let node = 0; node < feature.length; node++) {
      if (feature[node]! < 0) continue;
      const values = categories[node] ?? [threshold[node]!];
      for (const value of values) edges.push([feature[node]!, value]);
    }
  }
  const stride = Math.max(1, Math.ceil((3 * edges.length) / EDGE_ROWS));
  const picked = edges.filter((_, i) => i % stride === 0);
  const columns = sample.map(() => new Float64Array(3 * picked.length));
  picked.forEach(([at, value], e) => {
    const row = rng.nextInt(sample[0]!.length);
    [stepFloat32(value, -1), value, stepFloat32(value, 1)].forEach((x, i) => {
      columns.forEach((column, j) => {
        column[3 * e + i] = j === at ? x : sample[j]![row]!;
      });
    });
  });
  return columns;
}

/** The float32 next to a float32, below (-1) or above (1). */
function stepFloat32(x: number, direction: 1 | -1): number {
  if (x === 0) return direction * 2 ** -149;
  const bits = new Int32Array(Float32Array.of(x).buffer);
  bits[0]! += x > 0 === direction > 0 ? 1 : -1;
  return new Float32Array(bits.buffer)[0]!;
}

interface Moments {
  readonly mean: number;
  readonly deviation: number;
}

function momentsOf(column: Float64Array): Moments {
  const known = column.filter(Number.isFinite);
  const mean = known.reduce((sum, x) => sum + x / known.length, 0);
  const variance = known.reduce((sum, x) => sum + ((x - mean) * (x - mean)) / known.length, 0);
  return { mean, deviation: Math.sqrt(variance) };
}
