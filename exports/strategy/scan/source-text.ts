import { type CodeFacts, lineAt, positionAt } from "#notebook";
import type { PromoteCode, Refusal } from "../slice/types.ts";

/** A cell or a local module of the run. */
export interface SourceText {
  /** The cell's number; of a module, that of the cell that imports it. */
  readonly cell: number;
  readonly module?: string;
  readonly text: string;
  readonly facts: CodeFacts;
}

export interface Finding {
  readonly code: PromoteCode;
  readonly message: string;
  readonly remedy: string;
}

export function refusalAt({ cell, module, text }: SourceText, at: number, finding: Finding): Refusal {
  const { line, column } = positionAt(text, at);
  const place = module === undefined ? {} : { module };
  return { ...finding, cell, ...place, line, column, sourceLine: lineAt(text, line) };
}

/** "cell 3, line 2", for messages. */
export function placeText({ cell, module, text }: SourceText, at: number): string {
  return `${module ?? `cell ${cell}`}, line ${positionAt(text, at).line}`;
}
