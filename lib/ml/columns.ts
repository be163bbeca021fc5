import { fail } from "#core";

/** The number of rows of columns that fit the names. Errors: `ml.ragged-rows`. */
export function countRows(names: readonly string[], columns: readonly Float64Array[]): number {
  const rows = columns[0]?.length ?? 0;
  if (columns.length === names.length && columns.every((column) => column.length === rows)) return rows;
  return failRagged(
    names,
    columns.map((column) => column.length),
  );
}

/** @param lengths of the columns that were given. */
export function failRagged(names: readonly string[], lengths: readonly number[]): never {
  return fail("ml.ragged-rows", {
    message: `the model takes ${names.length} columns of equal length (${names.join(", ")}), and was given ${lengths.length} (lengths ${lengths.join(", ") || "none"})`,
    fields: { expected: names, lengths },
  });
}
