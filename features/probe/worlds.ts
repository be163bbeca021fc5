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
  const columns = Object.entries(input).filter(
    (entry): entry is [string, Float64Array] =>
      entry[1] instanceof Float64Array && entry[1].length === known.length,
  );
  if (kind === "removed") {
    const rows = Array.from(known, (_, i) => i).filter(isKnown);
    const kept = columns.map(([column, values]) => [column, Float64Array.from(rows, (i) => values[i]!)]);
    const length = "length" in input ? { length: rows.length } : {};
    return { ...input, ...length, ...Object.fromEntries(kept) };
  }
  const rng = createRng(seed);
  const isBars = BAR_COLUMNS.every((column) => column in input);
  const changed = columns.map(([column, values]) => {
    if (column === "time" || column === "published") return [column, values];
    if (isBars) return [column, values.slice()];
    return [column, values.map((value, i) => (isKnown(i) ? value : value * (1.2 + rng.next()) + 1e-3))];
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
