import { fail } from "#core";
import type { FeatureState } from "../define.ts";

// JSON has no NaN, infinities or -0, and a restored stream must go on bit for bit.
type StoredNumber = number | "NaN" | "Infinity" | "-Infinity" | "-0";

/** A feature's state as plain JSON: what survives a restart. */
export type StateSnapshot = Readonly<Record<string, StoredNumber | readonly StoredNumber[]>>;

export function snapshotFromState(state: FeatureState): StateSnapshot {
  return Object.fromEntries(
    Object.entries(state).map(([key, value]) => [
      key,
      typeof value === "number" ? storedFromNumber(value) : Array.from(value, storedFromNumber),
    ]),
  );
}

/** Overwrites a fresh `state` with a snapshot of the same shape. Errors: `features.bad-snapshot`. */
export function restoreState(state: FeatureState, snapshot: StateSnapshot, feature: string): void {
  const misfit = (key: string): never =>
    fail("features.bad-snapshot", {
      message: `the snapshot of ${feature} does not fit: field "${key}"`,
      hint: "Snapshots fit only the definition and parameters they were taken from. Warm up again from bars.",
      fields: { feature, key },
    });
  for (const key of Object.keys(snapshot)) if (!(key in state)) misfit(key);
  for (const [key, old] of Object.entries(state)) {
    const stored = snapshot[key];
    if (typeof old === "number") {
      state[key] = isStoredNumber(stored) ? Number(stored) : misfit(key);
      continue;
    }
    if (!Array.isArray(stored) || stored.length !== old.length || !stored.every(isStoredNumber)) misfit(key);
    old.set((stored as StoredNumber[]).map(Number));
  }
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
