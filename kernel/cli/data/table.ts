/**
 * Columns padded to their widest entry; on a terminal, lines are cut at its width.
 * @param isWhole nothing is cut: for paths and hashes, which people copy.
 */
export function table(rows: readonly (readonly string[])[], isWhole = false): string {
  const width = (!isWhole && process.stdout.columns) || Number.POSITIVE_INFINITY;
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join("  ")
        .trimEnd(),
    )
    .map((line) => (line.length > width ? `${line.slice(0, width - 1)}…` : line))
    .join("\n");
}
