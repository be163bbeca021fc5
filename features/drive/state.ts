/** State of features as plain JSON and back, and copies of it in memory. */
import { fail } from "#core";
import type { FeatureState } from "../define.ts";

// JSON has no NaN, infinities or -0, and a restored stream must go on bit for bit.
export type StoredNumber = number | "NaN" | "Infinity" | "-Infinity" | "-0";

/** A feature's state as plain JSON: what survives a restart. */
export interface StateSnapshot {
  readonly [field: string]: StoredNumber | readonly StoredNumber[] | StateSnapshot;
}

export function snapshotFromState(state: FeatureState): StateSnapshot {
  return Object.fromEntries(Object.entries(state).map(([key, value]) => [key, storedFromValue(value)]));
}

function storedFromValue(value: FeatureState[string]) {
  if (typeof value === "number") return storedFromNumber(value);
  return value instanceof Float64Array ? storedFromArray(value) : snapshotFromState(value);
}

export function storedFromArray(values: Float64Array): StoredNumber[] {
  return Array.from(values, storedFromNumber);
}

/** Overwrites a fresh `state` with a snapshot of the same shape. Errors: `features.bad-snapshot`. */
export function restoreState(state: FeatureState, snapshot: StateSnapshot, feature: string): void {
  const misfit = (key: string): never => misfitOf(feature, key);
  if (typeof snapshot !== "object" || snapshot === null) misfit("the whole");
  for (const key of Object.keys(snapshot)) if (!Object.hasOwn(state, key)) misfit(key);
  for (const [key, old] of Object.entries(state)) {
    const stored = snapshot[key];
    if (typeof old === "number") state[key] = isStoredNumber(stored) ? Number(stored) : misfit(key);
    else if (old instanceof Float64Array) restoreArray(old, stored, feature, key);
    else if (typeof stored === "object" && !Array.isArray(stored))
      restoreState(old, stored as StateSnapshot, feature);
    else misfit(key);
  }
}

export function restoreArray(target: Float64Array, stored: unknown, feature: string, key: string): void {
  if (!Array.isArray(stored) || stored.length !== target.length || !stored.every(isStoredNumber))
    misfitOf(feature, key);
  target.set((stored as StoredNumber[]).map(Number));
}

/** Overwrites `target` with `source`; of the same shape it stays the same object with the same arrays. */
export function copyState(target: FeatureState, source: FeatureState): void {
  for (const key in target) if (!Object.hasOwn(source, key)) delete target[key];
  for (const key in source) {
    const value = source[key]!;
    const old = target[key];
    if (typeof value === "number") target[key] = value;
    else if (value instanceof Float64Array) {
      if (old instanceof Float64Array && old.length === value.length) old.set(value);
      else target[key] = value.slice();
    } else {
      const part = typeof old === "object" && !(old instanceof Float64Array) ? old : {};
      copyState(part, value);
      // Not when it is there: V8 takes a field that was never written again for a constant.
      if (part !== old) target[key] = part;
    }
  }
}

/** True if it is made of nothing but what may be in a state: what was not checked by types might be anything. */
export function isCopyable(state: FeatureState): boolean {
  return Object.values<unknown>(state).every((value) => {
    if (typeof value === "number" || value instanceof Float64Array) return true;
    if (typeof value !== "object" || value === null) return false;
    return Object.getPrototypeOf(value) === Object.prototype && isCopyable(value as FeatureState);
  });
}

function misfitOf(feature: string, key: string): never {
  fail("features.bad-snapshot", {
    message: `the snapshot of ${feature} does not fit: field "${key}"`,
    hint: "Snapshots fit only the definition and parameters they were taken from. Warm up again from bars.",
    fields: { feature, key },
  });
}

function storedFromNumber(value: number): StoredNumber {
  if (Object.is(value, -0)) return "-0";
  return Number.isFinite(value) ? value : (String(value) as StoredNumber);
}

function isStoredNumber(value: unknown): value is StoredNumber {
  return (
    typeof value === "number" ||
    value === "NaN" ||
    value === "Infinity" ||
    value === "-Infinity" ||
    value === "-0"
  );
}
