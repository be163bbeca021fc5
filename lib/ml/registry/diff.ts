import { encodeValue } from "#core";
import type { ModelVersion } from "./types.ts";

export interface Difference {
  /** "metrics.auc", "lineage.seed", "features". */
  readonly field: string;
  /** Undefined where a version has no such field. */
  readonly from: unknown;
  readonly to: unknown;
}

/** What differs between two versions of a model, field by field. */
export function diffModels(from: ModelVersion, to: ModelVersion): Difference[] {
  const [a, b] = [flat(from), flat(to)];
  const fields = [...new Set([...a.keys(), ...b.keys()])].sort();
  return fields
    .filter((field) => textOf(a.get(field)) !== textOf(b.get(field)))
    .map((field) => ({ field, from: a.get(field), to: b.get(field) }));
}

/** Records within the version become names with dots; lists stay whole. */
function flat(value: object, prefix = ""): Map<string, unknown> {
  const fields = new Map<string, unknown>();
  for (const [name, field] of Object.entries(value)) {
    const isRecord = typeof field === "object" && field !== null && !Array.isArray(field);
    if (isRecord && !ArrayBuffer.isView(field))
      for (const [inner, each] of flat(field, `${prefix}${name}.`)) fields.set(inner, each);
    else fields.set(prefix + name, field);
  }
  return fields;
}

function textOf(value: unknown): string {
  return value === undefined ? "" : encodeValue(value);
}
