import { encodeValue } from "#core";

/** Where two plain values differ first. */
export interface Difference {
  /** The way to it: "row.rsi", "signals[0].weight", "state[0].barsHeld". */
  readonly field: string;
  readonly expected: string;
  readonly actual: string;
}

const SHOWN = 120;

/** Compares bit for bit: 0 and -0 differ, NaN equals NaN. */
export function firstDifference(expected: unknown, actual: unknown, field: string): Difference | undefined {
  const left = textOf(expected);
  const right = textOf(actual);
  if (left === right) return undefined;
  if (isList(expected) && isList(actual) && expected.length === actual.length) {
    return firstOf(expected.keys(), (i) => firstDifference(expected[i], actual[i], `${field}[${i}]`));
  }
  if (isRecord(expected) && isRecord(actual)) {
    const names = new Set([...Object.keys(expected), ...Object.keys(actual)]);
    return firstOf(names, (name) => firstDifference(expected[name], actual[name], `${field}.${name}`));
  }
  return { field, expected: shown(left), actual: shown(right) };
}

function firstOf<K>(keys: Iterable<K>, compare: (key: K) => Difference | undefined): Difference | undefined {
  for (const key of keys) {
    const found = compare(key);
    if (found) return found;
  }
  return undefined;
}

function textOf(value: unknown): string {
  return value === undefined ? "nothing" : encodeValue(value);
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) || value instanceof Float64Array;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !isList(value) && !ArrayBuffer.isView(value);
}

function shown(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)} ...` : text;
}
