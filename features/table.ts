import { fail, suggest } from "#core";

/** Values of named features over bars. */
export interface FeatureTable<Name extends string = string> {
  readonly names: readonly Name[];
  /** The features' ids, in the order of the names. */
  readonly ids: readonly string[];
  readonly length: number;
  /** The instrument of the bars, where they know it: "BTC/USDT". */
  readonly symbol?: string;
  /** Start of each bar: the bars' own column. */
  readonly time: Float64Array;
  /** One column a name. */
  readonly columns: readonly Float64Array[];
  /** Errors: `features.unknown-name`. */
  column(name: Name): Float64Array;
  /** The values of bar i by name. Errors: `features.no-row`. */
  row(i: number): Record<Name, number>;
}

export function createTable<Name extends string>(
  names: readonly Name[],
  ids: readonly string[],
  time: Float64Array,
  columns: readonly Float64Array[],
  symbol?: string,
): FeatureTable<Name> {
  return {
    names,
    ids,
    length: time.length,
    ...(symbol === undefined ? {} : { symbol }),
    time,
    columns,
    column(name) {
      const column = columns[names.indexOf(name)];
      if (column !== undefined) return column;
      const close = suggest(name, names);
      return fail("features.unknown-name", {
        message: `the table has no feature "${name}"; it has ${names.join(", ")}`,
        ...(close === undefined ? {} : { hint: `Did you mean "${close}"?` }),
        fields: { name },
      });
    },
    row(i) {
      if (time[i] === undefined) {
        fail("features.no-row", {
          message: `the table has no row ${i}; it has ${time.length}`,
          fields: { row: i, rows: time.length },
        });
      }
      return Object.fromEntries(names.map((name, k) => [name, columns[k]![i]!])) as Record<Name, number>;
    },
  };
}

/**
 * Columns of float64 in one buffer, each starting at another offset inside the memory page: columns at equal offsets
 * fight for the same cache lines, which costs a third of the time.
 */
export function createFeatureColumns(count: number, length: number): Float64Array[] {
  const SKEW = 32;
  const stride = Math.ceil(length / 512) * 512 + SKEW;
  const buffer = new Float64Array(count * stride);
  return Array.from({ length: count }, (_, k) => buffer.subarray(k * stride, k * stride + length));
}
