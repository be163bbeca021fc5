/**
 * What a stream knows, as plain JSON and back. A snapshot may be damaged, or of another set or version, so every part of
 * it is looked at before the stream takes any.
 */
import { fail } from "#core";
import { restoreArray, type StoredNumber, storedFromArray } from "./drive/state.ts";
import { type BarValues, PlanStream, type SeriesValue, type StreamSnapshot } from "./drive/stream.ts";
import type { Plan } from "./plan.ts";

/** A bar of which a number may be missing: JSON has no NaN. */
export type StoredBar = { readonly [K in keyof BarValues]: StoredNumber };
export type StoredValue = { readonly [K in keyof SeriesValue]: StoredNumber };

/** Plain JSON. */
export interface FeatureSnapshot extends Omit<StreamSnapshot, "waiting" | "dated"> {
  readonly ids: readonly string[];
  /** Length of a bar (ms). */
  readonly barMs: number;
  readonly last: StoredBar | null;
  readonly waiting: readonly (readonly StoredBar[])[];
  readonly dated: readonly { readonly newest: number | null; readonly waiting: readonly StoredValue[] }[];
}

const BAR_FIELDS = ["time", "open", "high", "low", "close", "volume"] as const;
const VALUE_FIELDS = ["time", "published", "value"] as const;

/** @param last the newest bar that was pushed, null before the first. */
export function snapshotOf(
  stream: PlanStream,
  ids: readonly string[],
  barMs: number,
  last: BarValues | null,
): FeatureSnapshot {
  const { waiting, dated, ...rest } = stream.snapshot();
  return {
    ids,
    barMs,
    last: last && stored(last, BAR_FIELDS),
    ...rest,
    waiting: waiting.map((bars) => bars.map((bar) => stored(bar, BAR_FIELDS))),
    dated: dated.map(({ newest, waiting }) => ({
      newest,
      waiting: waiting.map((value) =>
        value.seen === undefined
          ? stored(value, VALUE_FIELDS)
          : stored({ ...value, seen: value.seen }, [...VALUE_FIELDS, "seen"]),
      ),
    })),
  };
}

/**
 * Makes a stream go on from a snapshot; one that does not fit leaves it as it was.
 * @returns the newest bar that was pushed. Errors: `features.bad-snapshot`.
 */
export function restoreSnapshot(
  stream: PlanStream,
  snapshot: FeatureSnapshot,
  ids: readonly string[],
  barMs: number,
  plan: Plan,
): BarValues | null {
  checkOrigin(snapshot, ids, barMs);
  const last = snapshot.last === null ? null : barFrom(snapshot.last, "last");
  if (snapshot.time !== (last === null ? null : last.time + barMs)) misfit("time");
  checkLonger(snapshot.longer, plan);
  const checked: StreamSnapshot = {
    time: snapshot.time,
    values: snapshot.values,
    states: listOf(snapshot.states, plan.nodes.length, "states"),
    longer: snapshot.longer,
    waiting: listOf(snapshot.waiting, plan.clocks.length, "waiting").map(barsFrom),
    dated: listOf(snapshot.dated, plan.series.length, "dated").map(datedFrom),
  };
  // States are checked as they are restored: first where it does no harm.
  new PlanStream(plan, barMs).restore(checked);
  stream.restore(checked);
  return last;
}

function checkOrigin(snapshot: FeatureSnapshot, ids: readonly string[], barMs: number): void {
  if (typeof snapshot !== "object" || snapshot === null) misfit("the whole");
  const found: unknown = snapshot.ids;
  if (!Array.isArray(found) || found.length !== ids.length || found.some((id, k) => id !== ids[k])) {
    fail("features.bad-snapshot", {
      message: `the snapshot is of other features: ${String(found)}; this set has ${ids.join(", ")}`,
      hint: "Warm up again from bars.",
      fields: { found: String(found), expected: ids },
    });
  }
  if (snapshot.barMs !== barMs) {
    fail("features.bad-snapshot", {
      message: `the snapshot is of bars of ${String(snapshot.barMs)} ms; this stream takes bars of ${barMs} ms`,
      hint: "Open the stream with the timeframe it was taken from, or warm up again from bars.",
      fields: { found: String(snapshot.barMs), expected: barMs },
    });
  }
}

function checkLonger(longer: unknown, plan: Plan): void {
  listOf(longer, plan.clocks.length, "longer").forEach((state, k) => {
    if (plan.clocks[k]!.timeframe === undefined) {
      if (state !== null) misfit(`longer ${k}`);
      return;
    }
    const { last, open, outside } = recordOf(state, `longer ${k}`);
    if (!Number.isInteger(outside) || !(last === undefined || Number.isFinite(last))) misfit(`longer ${k}`);
    if (open === undefined) return;
    const { volume, ...rest } = recordOf(open, `longer ${k}`);
    const fields = [rest.time, rest.open, rest.high, rest.low, rest.close, rest.end];
    if (!fields.every(Number.isFinite) || !(volume === null || typeof volume === "number"))
      misfit(`longer ${k}`);
  });
}

function barsFrom(bars: unknown, clock: number): BarValues[] {
  const list = listOf(bars, undefined, `waiting ${clock}`).map((bar) => barFrom(bar, `waiting ${clock}`));
  if (list.some(({ time }, i) => i > 0 && !(time > list[i - 1]!.time))) misfit(`waiting ${clock}`);
  return list;
}

function barFrom(bar: unknown, where: string): BarValues {
  const [time = Number.NaN, ...rest] = numbersFrom(bar, BAR_FIELDS, where);
  const [open, high, low, close, volume] = rest as [number, number, number, number, number];
  if (!Number.isFinite(time)) misfit(where);
  return { time, open, high, low, close, volume };
}

function datedFrom(one: unknown, series: number): StreamSnapshot["dated"][number] {
  const where = `dated ${series}`;
  const { newest, waiting } = recordOf(one, where);
  if (!(newest === null || Number.isFinite(newest))) misfit(where);
  const values = listOf(waiting, undefined, where).map((item): SeriesValue => {
    const isLate = Object.hasOwn(recordOf(item, where), "seen");
    const numbers = numbersFrom(item, isLate ? [...VALUE_FIELDS, "seen"] : VALUE_FIELDS, where);
    const [time, published, value, seen = published] = [...numbers] as [number, number, number, number?];
    if (!Number.isFinite(time) || !Number.isFinite(published) || !(seen >= published)) misfit(where);
    return { time, published, value, ...(isLate ? { seen } : {}) };
  });
  return { newest: newest as number | null, waiting: values };
}

function numbersFrom(item: unknown, fields: readonly string[], where: string): Float64Array {
  const record = recordOf(item, where);
  const numbers = new Float64Array(fields.length);
  const given = fields.map((field) => record[field]);
  restoreArray(numbers, given, "the set", where);
  return numbers;
}

function stored<K extends string>(item: Readonly<Record<K, number>>, fields: readonly K[]) {
  const numbers = storedFromArray(Float64Array.from(fields, (field) => item[field]));
  return Object.fromEntries(fields.map((field, k) => [field, numbers[k]!])) as Record<K, StoredNumber>;
}

function recordOf(item: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof item !== "object" || item === null || Array.isArray(item)) misfit(where);
  return item as Readonly<Record<string, unknown>>;
}

function listOf<T>(list: readonly T[] | unknown, length: number | undefined, where: string): readonly T[] {
  if (!Array.isArray(list) || (length !== undefined && list.length !== length)) misfit(where);
  return list as readonly T[];
}

function misfit(part: string): never {
  fail("features.bad-snapshot", {
    message: `the snapshot is damaged: "${part}" is not what a stream of this set writes there`,
    hint: "Warm up again from bars.",
    fields: { part },
  });
}
