import type { CodeFacts } from "../graph/facts.ts";
import { codeFactsOf } from "./code-facts.ts";
import { type Completeness, completenessOf } from "./completeness.ts";
import type { JavaScript } from "./javascript.ts";
import { type Parameter, parseParameters } from "./parse-parameters.ts";
import { type CellCode, transformCell } from "./transform-cell.ts";
import { listImports, transformModule } from "./transform-module.ts";
import { loadVendors } from "./vendors.ts";

/** What can be done with a cell's TypeScript. Loading takes some 35 ms once; the methods are synchronous. */
export interface CellCompiler {
  /**
   * A cell's TypeScript as a script for V8's REPL mode, types removed and not checked.
   * Errors: `notebook.syntax-error` with fields `cell`, `line`, `column`, `sourceLine`.
   */
  transformCell(source: string, options: { readonly cellNumber: number }): CellCode;
  /** A local module's TypeScript as an ES module. @param name shown in messages. Errors: `notebook.syntax-error`. */
  transformModule(source: string, name: string): JavaScript;
  /** The specifiers of a module's static imports and re-exports. */
  listImports(source: string): string[];
  /** The parameters that a cell tagged `parameters` declares. Errors: `notebook.syntax-error`. */
  parseParameters(source: string): Parameter[];
  /** Whether a cell can run as it stands, or is only begun: for consoles, which run it or add a line. */
  completeness(source: string): Completeness;
  /** The names that a cell or a local module declares, uses and writes. @param name shown in messages. Errors: `notebook.syntax-error`. */
  codeFacts(source: string, name: string): CodeFacts;
}

export async function loadCellCompiler(): Promise<CellCompiler> {
  const vendors = await loadVendors();
  return {
    transformCell: (source, { cellNumber }) => transformCell(vendors, source, cellNumber),
    transformModule: (source, name) => transformModule(vendors, source, name),
    listImports: (source) => listImports(vendors, source),
    parseParameters: (source) => parseParameters(vendors, source),
    completeness: (source) => completenessOf(vendors, source),
    codeFacts: (source, name) => codeFactsOf(vendors, source, name),
  };
}
