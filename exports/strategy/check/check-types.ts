import { join } from "node:path";
import type { CompilerHost, CompilerOptions, Diagnostic, Program } from "typescript";
import { lineAt } from "#notebook";
import { ownFolder } from "../link/own-files.ts";
import type { Refusal, SliceInput, StrategySlice } from "../slice/types.ts";
import { type RunModule, runModuleOf } from "./run-module.ts";

type TypeScript = typeof import("typescript");

export interface TypeCheckInput extends Pick<SliceInput, "record" | "readObject"> {
  readonly slice: StrategySlice;
  /** Absolute: the notebook's folder, from which its imports are resolved. */
  readonly folder: string;
}

export interface TypeCheckResult {
  /** Errors in what goes live. */
  readonly refusals: readonly Refusal[];
  /** Errors in the rest of the notebook. */
  readonly warnings: readonly Refusal[];
}

/**
 * Checks the types of a whole run, its cells as one module: what is frozen has the type that research gave it. Local
 * modules are those of the record, packages those installed for the notebook. Takes a second or two.
 */
export async function checkTypes(input: TypeCheckInput): Promise<TypeCheckResult> {
  // Only the interop of Node gives this CommonJS package as the default.
  const { default: ts } = await import("typescript");
  const module = await runModuleOf(input.record);
  const file = join(input.folder, "notebook-run.ts");
  const texts = new Map([[file, module.text]]);
  for (const { path, hash } of input.record.inputs.modules) {
    texts.set(join(input.folder, path), new TextDecoder().decode(await input.readObject(hash)));
  }
  const program = programOf(ts, file, texts);
  const cells = diagnosticsOf(program, file).map((found) => cellFinding(ts, found, input, module));
  const modules = input.slice.modules.flatMap(({ path }) =>
    diagnosticsOf(program, join(input.folder, path)).map((found) =>
      moduleFinding(ts, found, input.slice, path),
    ),
  );
  const sliced = new Set(input.slice.map.map(({ cell, line }) => `${cell}:${line}`));
  const isSliced = ({ cell, line }: Refusal) => sliced.has(`${cell}:${line}`);
  return {
    refusals: [...cells.filter(isSliced), ...modules],
    warnings: cells.filter((found) => !isSliced(found)),
  };
}

function programOf(ts: TypeScript, file: string, texts: ReadonlyMap<string, string>): Program {
  const options: CompilerOptions = {
    target: ts.ScriptTarget.ES2023,
    lib: ["lib.es2023.d.ts", "lib.esnext.disposable.d.ts"],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    allowImportingTsExtensions: true,
    allowJs: true,
    resolveJsonModule: true,
    experimentalDecorators: true,
    strict: true,
    // Helpers of research are often written without types.
    noImplicitAny: false,
    noEmit: true,
    skipLibCheck: true,
    types: [],
  };
  const plain = ts.createCompilerHost(options);
  const host: CompilerHost = {
    ...plain,
    fileExists: (path) => texts.has(path) || plain.fileExists(path),
    readFile: (path) => texts.get(path) ?? plain.readFile(path),
    getSourceFile: (path, version, ...rest) => {
      const text = texts.get(path);
      return text === undefined
        ? plain.getSourceFile(path, version, ...rest)
        : ts.createSourceFile(path, text, version);
    },
  };
  const isInstalled = ts.resolveModuleName("tickbook", file, options, host).resolvedModule !== undefined;
  // As in the run: where tickbook is not installed, it is this copy.
  const own = { tickbook: [join(ownFolder(), "dist/kernel/session/api.d.ts")] };
  return ts.createProgram({
    rootNames: [file],
    options: isInstalled ? options : { ...options, paths: own },
    host,
  });
}

function diagnosticsOf(program: Program, path: string): Diagnostic[] {
  const file = program.getSourceFile(path);
  if (!file) return [];
  return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
}

function cellFinding(
  ts: TypeScript,
  found: Diagnostic,
  { record }: TypeCheckInput,
  { origins }: RunModule,
): Refusal {
  const at = placeOf(found);
  const { cell, line } = origins[at.line - 1] ?? origins.at(-1) ?? { cell: 0, line: 1 };
  const source = record.inputs.cells.find((each) => each.cell === cell)?.source ?? "";
  return { ...textOf(ts, found), cell, line, column: at.column, sourceLine: lineAt(source, line) };
}

function moduleFinding(ts: TypeScript, found: Diagnostic, slice: StrategySlice, module: string): Refusal {
  const { line, column } = placeOf(found);
  const sourceLine = lineAt(found.file?.text ?? "", line);
  return { ...textOf(ts, found), cell: slice.cells[0] ?? 0, module, line, column, sourceLine };
}

function placeOf({ file, start }: Diagnostic): { readonly line: number; readonly column: number } {
  const { line, character } = file?.getLineAndCharacterOfPosition(start ?? 0) ?? { line: 0, character: 0 };
  return { line: line + 1, column: character + 1 };
}

function textOf(
  ts: TypeScript,
  { code, messageText }: Diagnostic,
): Pick<Refusal, "code" | "message" | "remedy"> {
  return {
    code: "promote.type-error",
    message: ts.flattenDiagnosticMessageText(messageText, " "),
    remedy: `correct the value or its type (TypeScript error ${code})`,
  };
}
