import type { CellDiagnostic } from "../comm/protocol.ts";

/** A diagnostic as the editor counts: characters from the start of the text. */
export interface Marked {
  readonly from: number;
  readonly to: number;
  readonly severity: CellDiagnostic["severity"];
  readonly message: string;
}

/** The places in `source` of what was said about an earlier text; clamped, never empty unless the text is. */
export function marksIn(source: string, diagnostics: readonly CellDiagnostic[]): Marked[] {
  const starts = lineStarts(source);
  return diagnostics.map(({ line, column, endLine, endColumn, severity, message, code }) => {
    const from = offset(source, starts, line, column);
    const end = offset(source, starts, endLine, endColumn);
    const to = end > from ? end : Math.min(source.length, from + 1);
    return { from: to > from ? from : Math.max(0, to - 1), to, severity, message: `${message} (${code})` };
  });
}

function lineStarts(source: string): number[] {
  const starts = [0];
  for (let at = source.indexOf("\n"); at >= 0; at = source.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

/** Lines and columns count from 1. */
function offset(source: string, starts: readonly number[], line: number, column: number): number {
  const row = Math.min(Math.max(line, 1), starts.length);
  const start = starts[row - 1]!;
  const end = row < starts.length ? starts[row]! - 1 : source.length;
  return line > starts.length ? source.length : Math.min(end, start + Math.max(column, 1) - 1);
}
