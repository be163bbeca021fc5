import { fail } from "#core";
import { lineAt, type Position } from "./positions.ts";

/** A cell or a module, for messages: `cell 3` or `signals.ts`. */
export interface SourcePlace {
  readonly name: string;
  readonly cell?: number;
}

/**
 * Stops with `notebook.syntax-error`: the message names the place and shows the line with a caret below it; the
 * fields carry `cell`, `line`, `column` and `sourceLine`.
 */
export function failSyntax(
  source: string,
  at: Position,
  problem: string,
  place: SourcePlace,
  hint?: string,
): never {
  const sourceLine = lineAt(source, at.line);
  // Tabs stay tabs in front of the caret, so that it stands below its character at any tab width.
  const indent = sourceLine.slice(0, at.column - 1).replace(/[^\t]/g, " ");
  const message = `${place.name}, line ${at.line}:${at.column}: ${problem}\n    ${sourceLine}\n    ${indent}^`;
  fail("notebook.syntax-error", {
    message,
    ...(hint === undefined ? {} : { hint }),
    fields: { cell: place.cell, line: at.line, column: at.column, sourceLine, problem },
  });
}
