/**
 * Rules that change rows, each only if it is asked for by name. What a rule takes out or changes is handed back whole,
 * so that the raw rows are kept beside the clean ones.
 */
import { fail, type Millis, suggest, timeframeMs } from "#core";
import type { BarColumns, Instrument, RawCandle } from "#model";
import { findClockChanges } from "./clock-changes.ts";
import { ALL_COLUMNS, mapColumns } from "./columns.ts";
import { findOutliers } from "./outliers.ts";
import { isPossibleBar } from "./possible-bar.ts";
import { addPlace, type DataCheck, noFinding } from "./report.ts";

/** What each rule does, in the order in which they run. */
export const FIXES = {
  "daylight-saving": "daily bars whose stamp follows clocks are stamped with their day's midnight, UTC",
  "off-grid": "rows that start where no bar of the timeframe can are left out",
  impossible: "rows that no market makes (a low above the high, a price of zero) are left out",
  conflicts: "of rows that differ for one bar the last is taken",
  outliers: "bars whose price leaves by 20 robust deviations and comes back are left out",
  order: "rows are sorted by time (always done)",
  duplicates: "of identical rows one is kept (always done)",
} as const;
export type Fix = keyof typeof FIXES;

/** A row as the source gave it, and the rule that took it out or changed it. */
export interface RemovedRow {
  readonly fix: Fix;
  readonly row: RawCandle;
}

export interface RepairedCandles {
  readonly rows: BarColumns;
  readonly removed: readonly RemovedRow[];
  /** One row of the report for each rule that was asked for. */
  readonly checks: readonly DataCheck[];
}

const DAY_MS = 864e5;
/** Midnight in Europe is 22:00 or 23:00 UTC of the day before; no exchange closes so late. */
const NEXT_DAY_FROM_MS = 22 * 36e5;

/** Reads "impossible,outliers". Errors: `data.unknown-fix`. */
export function parseFixes(text: string): Fix[] {
  const names = text.split(",").map((name) => name.trim());
  for (const name of names) {
    if (Object.hasOwn(FIXES, name)) continue;
    const near = suggest(name, Object.keys(FIXES));
    fail("data.unknown-fix", {
      message: `there is no rule "${name}" that mends data${near ? `; did you mean ${near}?` : ""}`,
      hint: `There are: ${Object.entries(FIXES)
        .map(([fix, what]) => `${fix} (${what})`)
        .join("; ")}.`,
      fields: { name },
    });
  }
  return names as Fix[];
}

/** Applies the rules to rows in any order. What no rule mends is left for `checkCandles` to refuse. */
export function repairCandles(
  instrument: Instrument,
  timeframe: string,
  rows: BarColumns,
  fixes: readonly Fix[],
): RepairedCandles {
  const stepMs = timeframeMs(timeframe);
  const removed: RemovedRow[] = [];
  const checks: DataCheck[] = [];
  let kept = rows;
  const run = (
    fix: Fix,
    work: (rows: BarColumns) => { readonly rows: BarColumns; readonly at: readonly number[] },
  ) => {
    if (!fixes.includes(fix)) return;
    const before = kept;
    const { rows: after, at } = work(before);
    const finding = noFinding();
    for (const i of at) {
      addPlace(finding, before.time[i]!);
      removed.push({ fix, row: rowAt(before, i) });
    }
    kept = after;
    const verdict = at.length > 0 ? "repaired" : "in order";
    checks.push({ name: `Fix ${fix}: ${FIXES[fix]}`, ...finding, unit: "rows", allowed: undefined, verdict });
  };
  const leaveOut = (find: (rows: BarColumns) => readonly number[]) => (given: BarColumns) => {
    const at = find(given);
    return { rows: without(given, at), at };
  };
  run("daylight-saving", (given) => restamp(given, stepMs));
  run(
    "off-grid",
    leaveOut(({ time }) => indices(time, (at) => stepMs <= DAY_MS && at % stepMs !== 0)),
  );
  run(
    "impossible",
    leaveOut((given) => indices(given.time, (_, i) => !isPossibleBar(instrument, given, i))),
  );
  run("conflicts", leaveOut(olderOfConflicts));
  run("outliers", leaveOut(outliersOf));
  return { rows: kept, removed, checks };
}

function restamp(rows: BarColumns, stepMs: Millis): { rows: BarColumns; at: readonly number[] } {
  const sorted = rows.time.toSorted();
  if (stepMs !== DAY_MS || findClockChanges(sorted, stepMs).length === 0) return { rows, at: [] };
  const dayOf = (at: number) => Math.floor((at + DAY_MS - NEXT_DAY_FROM_MS) / DAY_MS) * DAY_MS;
  const at = indices(rows.time, (time) => dayOf(time) !== time);
  return { rows: { ...rows, time: rows.time.map(dayOf) }, at };
}

function olderOfConflicts(rows: BarColumns): number[] {
  const last = new Map<number, number>();
  const older: number[] = [];
  for (let i = 0; i < rows.time.length; i++) {
    const before = last.get(rows.time[i]!);
    if (before !== undefined && ALL_COLUMNS.some((name) => rows[name][i] !== rows[name][before]))
      older.push(before);
    last.set(rows.time[i]!, i);
  }
  return older;
}

/** Outliers are told by their neighbours in time, whatever the order of the rows. */
function outliersOf(rows: BarColumns): number[] {
  const order = Uint32Array.from(rows.time, (_, i) => i).sort(
    (a, b) => rows.time[a]! - rows.time[b]! || a - b,
  );
  const sorted = mapColumns(rows, (column) => Float64Array.from(order, (i) => column[i]!));
  return findOutliers(sorted).map((i) => order[i]!);
}

function without(rows: BarColumns, at: readonly number[]): BarColumns {
  if (at.length === 0) return rows;
  const out = new Set(at);
  return mapColumns(rows, (column) => column.filter((_, i) => !out.has(i)));
}

function indices(values: Float64Array, test: (value: number, i: number) => boolean): number[] {
  const found: number[] = [];
  for (let i = 0; i < values.length; i++) if (test(values[i]!, i)) found.push(i);
  return found;
}

function rowAt(rows: BarColumns, i: number): RawCandle {
  const [time, open, high, low, close, volume] = ALL_COLUMNS.map((name) => rows[name][i]!);
  return [time!, open!, high!, low!, close!, volume!];
}
