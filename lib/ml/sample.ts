/** Rows that a trained model keeps: an export is tried on them. */
export const SAMPLE_ROWS = 4096;

/** At most SAMPLE_ROWS of the rows, evenly spaced. */
export function sampleColumns(columns: readonly Float64Array[], rows: Uint32Array): Float64Array[] {
  const count = Math.min(rows.length, SAMPLE_ROWS);
  return columns.map((column) =>
    Float64Array.from({ length: count }, (_, i) => column[rows[Math.floor((i * rows.length) / count)]!]!),
  );
}
