/** What is known at a moment, cut out of histories: the ground truth that a probe compares with. */
import { createRng, fail, type Rng } from "#core";
import { BAR_COLUMNS, type BarColumns, type TableColumns } from "#model";
import { DEFAULT_BAR_MS, type TimedBars } from "../drive/compute.ts";

/** Bars, dated values or any table with a `time` column: whatever a computation reads, by name. */
export type ProbeInput =
  | TimedBars
  | TableColumns<"series">
  | Readonly<Record<string, Float64Array | unknown>>;

/** A row is known at the end of its bar, at its publication, or at its time. */
function knownTimes(name: string, input: ProbeInput): Float64Array {
  const { time, published } = input as { time?: unknown; published?: unknown };
  if (!(time instanceof Float64Array)) {
    fail("features.bad-probe", {
      message: `the input "${name}" has no column "time"`,
      hint: "A probe takes bars, series or tables of columns, each with the time of its rows (UTC ms).",
      fields: { input: name },
    });
  }
  if (published instanceof Float64Array) return published;
  const isBars = BAR_COLUMNS.every(
    (column) => (input as Record<string, unknown>)[column] instanceof Float64Array,
  );
  if (!isBars) return time;
  const length = (input as TimedBars).timeframeMs ?? DEFAULT_BAR_MS;
  return time.map((start) => start + length);
}

type Column = Float64Array | unknown[];

/** The columns of an input by name: what has one entry a row, numbers or not. */
function rowColumns(input: ProbeInput, length: number): [string, Column][] {
  return Object.entries(input).filter((entry): entry is [string, Column] => {
    const isColumn = Array.isArray(entry[1]) || (ArrayBuffer.isView(entry[1]) && "length" in entry[1]);
    return isColumn && (entry[1] as Column).length === length;
  });
}

/** The input with columns of its own, so that code which writes into them changes nothing else. */
export function copyInput(name: string, input: ProbeInput): ProbeInput {
  const columns = rowColumns(input, knownTimes(name, input).length);
  return { ...input, ...Object.fromEntries(columns.map(([column, values]) => [column, values.slice()])) };
}

/** One kind of other future. */
export type FutureKind = "removed" | "changed";

/** The input as it would have been given at `now` (UTC ms), or with all that became known later changed. */
export function bendInput(
  name: string,
  input: ProbeInput,
  now: number,
  kind: FutureKind,
  seed: number,
): ProbeInput {
  const known = knownTimes(name, input);
  const isKnown = (i: number) => known[i]! <= now;
  const columns = rowColumns(input, known.length);
  if (kind === "removed") {
    const kept = columns.map(([column, values]) => [
      column,
      (values as unknown[]).filter((_: unknown, i: number) => isKnown(i)),
    ]);
    const length = "length" in input ? { length: known.filter((_, i) => isKnown(i)).length } : {};
    return { ...input, ...length, ...Object.fromEntries(kept) };
  }
  const rng = createRng(seed);
  const isBars = BAR_COLUMNS.every((column) => column in input);
  const changed = columns.map(([column, values]) => {
    if (isBars || column === "time" || column === "published") return [column, values.slice()];
    const other = (value: unknown, i: number) =>
      isKnown(i) || typeof value !== "number" ? value : value * (1.2 + rng.next()) + 1e-3;
    return [column, (values as unknown[]).map(other)];
  });
  const out = { ...input, ...Object.fromEntries(changed) } as ProbeInput;
  if (isBars) changeBars(out as BarColumns, isKnown, rng);
  return out;
}

/** Other bars that a market could have made: prices scaled by a factor that walks, volumes by one that jumps. */
function changeBars(bars: BarColumns, isKnown: (i: number) => boolean, rng: Rng): void {
  let factor = rng.next() < 0.5 ? 1.1 : 0.9;
  for (let i = 0; i < bars.time.length; i++) {
    if (isKnown(i)) continue;
    factor *= Math.exp(0.02 * rng.nextNormal());
    for (const column of BAR_COLUMNS)
      bars[column][i] = bars[column][i]! * (column === "volume" ? 0.5 + rng.next() : factor);
  }
}
