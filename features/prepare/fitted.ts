import { encodeValue, fail } from "#core";
import { type Op, oneHotValues } from "./steps.ts";

/** What was learnt from a train range: plain JSON. */
export interface Fitted {
  readonly kind: "prepare";
  readonly version: 1;
  /** The train range (UTC ms): bars that start from `from` (null: the first) and before `to`. */
  readonly from: number | null;
  readonly to: number;
  readonly columns: readonly FittedColumn[];
}

export interface FittedColumn {
  readonly name: string;
  /** Of the feature that it was learnt from. */
  readonly id: string;
  readonly ops: readonly Op[];
  /** Of the ops: part of the prepared feature's id, so that other numbers make another feature. */
  readonly hash: string;
}

/** FNV-1a, 64 bits, of the ops' canonical text: tells numbers apart, and guards against no forger. */
export function hashOf(ops: readonly Op[]): string {
  const PRIME = 0x100000001b3n;
  let hash = 0xcbf29ce484222325n;
  const text = encodeValue(ops, "ops");
  // All of it is ASCII: names of ops and numbers.
  for (let i = 0; i < text.length; i++)
    hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(i))) * PRIME);
  return hash.toString(16).padStart(16, "0");
}

/** Errors: `features.bad-prepare` for what `fit` did not make, or what was changed since. */
export function checkFitted(fitted: Fitted): void {
  const isWhole =
    fitted?.kind === "prepare" &&
    fitted.version === 1 &&
    Array.isArray(fitted.columns) &&
    fitted.columns.every((column) => Array.isArray(column?.ops));
  if (!isWhole) {
    fail("features.bad-prepare", {
      message: "this is not what prepare.fit returns",
      hint: "Fit it: prepare.fit(table, steps, { to }).",
    });
  }
  for (const { name, ops, hash } of fitted.columns) {
    const actual = hashOf(ops);
    if (actual === hash) continue;
    fail("features.bad-prepare", {
      message: `the numbers of "${name}" have the hash ${actual}, and were fitted with ${hash}`,
      hint: "They were changed after the fit. Fit again.",
      fields: { name, actual, expected: hash },
    });
  }
}

/** What replaces the features' names: a column that becomes several has "name=value" for each. */
export function outputNames({ name, ops }: FittedColumn): readonly string[] {
  return oneHotValues(ops)?.map((value) => `${name}=${value}`) ?? [name];
}

/** Numbers for a graph that scales by itself: z = (x - mean) / scale, x = fill where it is missing. */
export interface Scaling {
  readonly mean: Float64Array;
  readonly scale: Float64Array;
  /** NaN where nothing is filled. */
  readonly fill: Float64Array;
}

/**
 * One entry a column; a column without a step has mean 0 and scale 1.
 * Errors: `features.bad-prepare` for columns with other steps than one fill and one scaling after it.
 */
export function scaling(fitted: Fitted): Scaling {
  checkFitted(fitted);
  const rows = fitted.columns.map(({ name, ops }) => {
    const row = { mean: 0, scale: 1, fill: Number.NaN };
    ops.forEach((op, k) => {
      const isFirstFill = op.op === "fill" && k === 0;
      const isLastScale = op.op === "scale" && k === ops.length - 1 && k <= (ops[0]!.op === "fill" ? 1 : 0);
      if (isFirstFill) row.fill = op.fill;
      else if (isLastScale) Object.assign(row, { mean: op.mean, scale: op.scale });
      else {
        fail("features.bad-prepare", {
          message: `"${name}" has the step ${op.op}, which is not a fill followed by a scaling`,
          hint: "Read its ops instead: fitted.columns[i].ops.",
          fields: { name, op: op.op },
        });
      }
    });
    return row;
  });
  const column = (key: "mean" | "scale" | "fill") => Float64Array.from(rows, (row) => row[key]);
  return { mean: column("mean"), scale: column("scale"), fill: column("fill") };
}
