/**
 * Whether the exported file predicts what the trainer predicts.
 *
 * Symbols: p trainer (tfjs), q onnxruntime, both float32 chances.
 *   absolute error |p - q|, held against the limit; relative error |p - q| / max(|p|, |q|), shown only: chances next
 *   to 0 differ relatively by design of the sigmoid kernels. NaN on one side only counts as an infinite error.
 */
import { createRng } from "#core";
import type { OnnxPredictor, TrainedNet } from "#ml";

/** Largest absolute error of a chance that an export may have. */
export const PARITY_LIMIT = 1e-5;

export interface ParityReport {
  readonly limit: number;
  readonly rows: number;
  readonly maxAbsolute: number;
  readonly maxRelative: number;
  readonly passed: boolean;
  /** The same by kind of rows. */
  readonly groups: readonly ParityGroup[];
  /** Rows whose two predictions are equal in every bit. */
  readonly exactRows: number;
  /** The other rows by size of the absolute error: from <= error < to; the last bin takes all above. */
  readonly histogram: readonly { readonly from: number; readonly to: number; readonly rows: number }[];
  /** Training rows predicted by onnxruntime alone and together, and those that are equal in every bit. */
  readonly batch: {
    /** False for a model whose batches differ: it is run row by row everywhere. */
    readonly isBatched: boolean;
    readonly rows: number;
    readonly equalRows: number;
  };
}

export interface ParityGroup {
  readonly name: "training" | "random" | "extreme";
  readonly rows: number;
  readonly maxAbsolute: number;
  readonly maxRelative: number;
}

type Columns = readonly Float64Array[];

const RANDOM_ROWS = 512;
const EDGES = [0, 1e-9, 1e-8, 1e-7, 1e-6, PARITY_LIMIT, 1];

/** Compares the two on rows the net was trained on, on random rows, and on rows far outside. */
export async function checkParity(net: TrainedNet, predictor: OnnxPredictor): Promise<ParityReport> {
  const cases: readonly [ParityGroup["name"], Columns][] = [
    ["training", net.sample],
    ["random", randomRows(net)],
    ["extreme", extremeRows(net)],
  ];
  const groups: ParityGroup[] = [];
  const errors: number[] = [];
  for (const [name, columns] of cases) {
    const p = await net.predict(columns);
    const q = await predictor.predict(columns);
    const absolute = p.map((value, i) => errorOf(value, q[i]!));
    const relative = absolute.map((error, i) => (error === 0 ? 0 : error / Math.max(p[i]!, q[i]!)));
    groups.push({ name, rows: p.length, maxAbsolute: maxOf(absolute), maxRelative: maxOf(relative) });
    errors.push(...absolute);
  }
  const maxAbsolute = maxOf(groups.map((group) => group.maxAbsolute));
  return {
    limit: PARITY_LIMIT,
    rows: errors.length,
    maxAbsolute,
    maxRelative: maxOf(groups.map((group) => group.maxRelative)),
    passed: maxAbsolute <= PARITY_LIMIT,
    groups,
    exactRows: errors.filter((error) => error === 0).length,
    histogram: histogramOf(errors.filter((error) => error > 0)),
    batch: await compareBatch(net.sample, predictor),
  };
}

function errorOf(p: number, q: number): number {
  if (Number.isNaN(p) && Number.isNaN(q)) return 0;
  const error = Math.abs(p - q);
  return Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
}

function histogramOf(errors: readonly number[]): ParityReport["histogram"] {
  return EDGES.slice(1).map((to, i) => {
    const from = EDGES[i]!;
    const isLast = i === EDGES.length - 2;
    return { from, to, rows: errors.filter((error) => error >= from && (isLast || error < to)).length };
  });
}

function maxOf(values: ArrayLike<number>): number {
  let max = 0;
  for (let i = 0; i < values.length; i++) max = Math.max(max, values[i]!);
  return max;
}

/** Normal draws around the training mean, three deviations wide. */
function randomRows({ scaler, report }: TrainedNet): Columns {
  const rng = createRng(report.seed);
  return Array.from(scaler.mean, (mean, j) =>
    Float64Array.from({ length: RANDOM_ROWS }, () => mean + 3 * scaler.deviation[j]! * rng.nextNormal()),
  );
}

/** Zeros, the mean, a million deviations either side, and training rows a million times too large. */
function extremeRows({ scaler, sample }: TrainedNet): Columns {
  return Array.from(scaler.mean, (mean, j) => {
    const far = 1e6 * scaler.deviation[j]!;
    const large = Array.from(sample[j]!.subarray(0, 16), (value) => 1e6 * value);
    return Float64Array.of(0, mean, mean + far, mean - far, ...large);
  });
}

async function compareBatch(columns: Columns, predictor: OnnxPredictor): Promise<ParityReport["batch"]> {
  const together = await predictor.predict(columns);
  const row = new Float64Array(columns.length);
  let equalRows = 0;
  for (let i = 0; i < together.length; i++) {
    for (let j = 0; j < row.length; j++) row[j] = columns[j]![i]!;
    if (Object.is(await predictor.predictRow(row), together[i])) equalRows++;
  }
  return { isBatched: predictor.isBatched, rows: together.length, equalRows };
}
