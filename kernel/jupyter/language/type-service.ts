import { join } from "node:path";
import type { Diagnostic, LanguageService as TypeScriptService } from "typescript";
import { checkerSetup } from "#exports";
import { CellChain, type ChainCell, type ChainModule } from "./cell-chain.ts";
import { matchesFrom, quickInfoText, signatureText } from "./texts.ts";
import type { CellDiagnostic, Completion, Inspection } from "./types.ts";

type TypeScript = typeof import("typescript");

/** That a name of another cell is given a value: a notebook may, a module may not. */
const ASSIGNED_IMPORT = 2632;
/** A brace behind nothing but space and comments. */
const OBJECT_FIRST = /^(?:\s|\/\/[^\n]*\n|\/\*(?:(?!\*\/)[\s\S])*\*\/)*\{/;
/** No name is longer; looking for its beginning in a text of a million letters would take minutes. */
const NAME_MAX = 500;
/** The cell that is being written, at the end of those that have run. */
const CURRENT = "cell-current";

/** TypeScript's language service over the cells of a notebook. Answers take up to a second at first, then 50 ms. */
export class TypeService {
  readonly #ts: TypeScript;
  readonly #folder: string;
  readonly #ranChain: CellChain;
  readonly #editChain: CellChain;
  readonly #service: TypeScriptService;
  readonly #files = new Map<string, { readonly text: string; readonly version: number }>();
  /** In run order. */
  #ran: ChainCell[] = [];

  /** @param folder of the notebook, from which its imports are resolved. */
  constructor(ts: TypeScript, folder: string) {
    this.#ts = ts;
    this.#folder = folder;
    this.#ranChain = new CellChain(ts);
    this.#editChain = new CellChain(ts);
    this.#service = this.#start();
  }

  ran(cell: number, source: string): void {
    this.#ran = [
      ...this.#ran.filter(({ name }) => name !== `cell-${cell}`),
      { name: `cell-${cell}`, source },
    ];
  }

  complete(code: string, offset: number): Completion {
    const { path, start } = this.#writing(code);
    const at = start + offset;
    const typed = /[\p{L}\p{N}_$]*$/u.exec(code.slice(Math.max(0, offset - NAME_MAX), offset))?.[0] ?? "";
    const found = this.#service.getCompletionsAtPosition(path, at, {
      includeCompletionsWithInsertText: false,
    });
    const span = found?.entries.find(({ replacementSpan }) => replacementSpan)?.replacementSpan;
    const from = span && span.start >= start ? span.start - start : offset - typed.length;
    const prefix = code.slice(from, offset);
    return { start: from, end: offset, matches: matchesFrom(found?.entries ?? [], prefix) };
  }

  inspect(code: string, offset: number, detail: 0 | 1): Inspection | undefined {
    const { path, start } = this.#writing(code);
    const at = start + offset;
    const info =
      this.#service.getQuickInfoAtPosition(path, at) ??
      (offset > 0 ? this.#service.getQuickInfoAtPosition(path, at - 1) : undefined);
    if (info) return quickInfoText(this.#ts, info, detail);
    const call = this.#service.getSignatureHelpItems(path, at, undefined);
    return call && signatureText(this.#ts, call);
  }

  /** What does not fit in a cell that is about to run. Lines and columns count from 1. */
  check(source: string): CellDiagnostic[] {
    const module = this.#writing(source);
    return this.#diagnosticsOf(module.path, module.start, source);
  }

  /** The same for all cells of a notebook, in its order, by id. Cells without any are left out. */
  diagnose(
    cells: readonly { readonly cellId: string; readonly source: string }[],
  ): Record<string, CellDiagnostic[]> {
    const modules = this.#editChain.modules(cells.map(({ source }, i) => ({ name: `edit-${i}`, source })));
    for (const module of modules) this.#put(module);
    const found = cells.map(({ cellId, source }, i) => {
      const { name, start } = modules[i]!;
      return [cellId, this.#diagnosticsOf(this.#pathOf(name), start, source)] as const;
    });
    return Object.fromEntries(found.filter(([, list]) => list.length > 0));
  }

  #start(): TypeScriptService {
    const ts = this.#ts;
    const { fileExists, readFile, readDirectory, directoryExists, getDirectories } = ts.sys;
    const host = {
      fileExists: (path: string) => this.#files.has(path) || fileExists(path),
      readFile: (path: string) => this.#files.get(path)?.text ?? readFile(path),
    };
    const setup = checkerSetup(ts, this.#folder, { ...ts.sys, ...host });
    const { options, globals } = setup;
    this.#files.set(globals.path, { text: globals.text, version: 1 });
    return ts.createLanguageService({
      ...host,
      readDirectory,
      directoryExists,
      getDirectories,
      ...(ts.sys.realpath ? { realpath: ts.sys.realpath } : {}),
      useCaseSensitiveFileNames: () => ts.sys.useCaseSensitiveFileNames,
      getScriptFileNames: () => [...this.#files.keys()],
      // Files on disk may be edited beside the notebook.
      getScriptVersion: (path) =>
        String(this.#files.get(path)?.version ?? ts.sys.getModifiedTime?.(path)?.getTime() ?? 0),
      getScriptSnapshot: (path) => {
        const text = host.readFile(path);
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
      },
      getCurrentDirectory: () => this.#folder,
      getCompilationSettings: () => options,
      getDefaultLibFileName: (each) => ts.getDefaultLibFilePath(each),
      resolveModuleNameLiterals: (literals, from) => literals.map(({ text }) => setup.resolve(text, from)),
    });
  }

  #writing(code: string): { readonly path: string; readonly start: number } {
    const modules = this.#ranChain.modules(
      [...this.#ran, { name: CURRENT, source: code }],
      new Set([CURRENT]),
    );
    for (const module of modules) this.#put(module);
    return { path: this.#pathOf(CURRENT), start: modules.at(-1)!.start };
  }

  #put({ name, text }: ChainModule): void {
    const path = this.#pathOf(name);
    const before = this.#files.get(path);
    if (before?.text !== text) this.#files.set(path, { text, version: (before?.version ?? 0) + 1 });
  }

  #pathOf(name: string): string {
    return join(this.#folder, `${name}.ts`);
  }

  #diagnosticsOf(path: string, start: number, source: string): CellDiagnostic[] {
    // A cell that is one object literal reads as a block to a module.
    if (OBJECT_FIRST.test(source)) return [];
    const found = [
      ...this.#service.getSyntacticDiagnostics(path),
      ...this.#service.getSemanticDiagnostics(path),
    ];
    return found
      .filter(
        ({ code, start: at = 0 }) => code !== ASSIGNED_IMPORT && at >= start && at <= start + source.length,
      )
      .map((each) => this.#diagnostic(each, start, source));
  }

  #diagnostic(
    { start: at = 0, length = 1, code, messageText, category }: Diagnostic,
    start: number,
    source: string,
  ): CellDiagnostic {
    const ts = this.#ts;
    const from = placeAt(source, at - start);
    const to = placeAt(source, Math.min(at - start + length, source.length));
    return {
      ...from,
      endLine: to.line,
      endColumn: to.column,
      severity:
        category === ts.DiagnosticCategory.Error
          ? "error"
          : category === ts.DiagnosticCategory.Warning
            ? "warning"
            : "info",
      message: ts.flattenDiagnosticMessageText(messageText, "\n"),
      code: `TS${code}`,
    };
  }
}

function placeAt(source: string, offset: number): { readonly line: number; readonly column: number } {
  const before = source.slice(0, offset).split("\n");
  return { line: before.length, column: before.at(-1)!.length + 1 };
}
