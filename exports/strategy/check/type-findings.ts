import { dirname, join, relative } from "node:path";
import type { CompilerHost, Diagnostic, Program, SourceFile } from "typescript";
import { lineAt } from "#notebook";
import { type RunInputs, type RunTypes, sha256, type TypeFinding } from "#storage";
import { checkerSetup, typeChecker } from "./checker.ts";
import { type RunModule, runModuleOf } from "./run-module.ts";

type TypeScript = typeof import("typescript");

/** What to check: cells in run order, and local modules by path from the notebook's folder. */
export interface TypeCheckRun {
  readonly cells: RunInputs["cells"];
  /** Absolute: the notebook's folder, from which its imports are resolved. */
  readonly folder: string;
  /** Texts of local modules as the run loaded them. Others are read where they are. */
  readonly modules: ReadonlyMap<string, string>;
}

export interface TypeFindings extends RunTypes {
  /** The local modules that were looked at. */
  readonly modules: readonly { readonly path: string; readonly hash: string }[];
}

/**
 * Checks the types of a whole run, its cells as one module: what is frozen has the type that research gave it.
 * Packages are those installed for the notebook. Takes a second or two. Errors: `notebook.syntax-error`.
 */
export async function findTypeErrors(run: TypeCheckRun): Promise<TypeFindings> {
  // Only the interop of Node gives this CommonJS package as the default.
  const { default: ts } = await import("typescript");
  const module = await runModuleOf(run.cells);
  const file = join(run.folder, "notebook-run.ts");
  const texts = new Map([[file, module.text]]);
  for (const [path, text] of run.modules) texts.set(join(run.folder, path), text);
  const { program, isOwn } = programOf(ts, file, texts);
  const local = localFiles(program).filter(({ fileName }) => fileName !== file && !isOwn(fileName));
  const pathOf = ({ fileName }: SourceFile) => relative(run.folder, fileName).replaceAll("\\", "/");
  const main = program.getSourceFile(file);
  return {
    checker: typeChecker(),
    findings: [
      ...(main ? diagnosticsOf(program, main) : []).map((found) => cellFinding(ts, found, run, module)),
      ...local.flatMap((each) =>
        diagnosticsOf(program, each).map((found) => ({
          ...textOf(ts, found),
          ...placeOf(found),
          module: pathOf(each),
          sourceLine: lineAt(each.text, placeOf(found).line),
        })),
      ),
    ],
    modules: local.map((each) => ({ path: pathOf(each), hash: sha256(each.text) })),
  };
}

function programOf(
  ts: TypeScript,
  file: string,
  texts: ReadonlyMap<string, string>,
): { readonly program: Program; readonly isOwn: (path: string) => boolean } {
  const plain = ts.createCompilerHost({});
  const known = new Map(texts);
  const host: CompilerHost = {
    ...plain,
    fileExists: (path) => known.has(path) || plain.fileExists(path),
    readFile: (path) => known.get(path) ?? plain.readFile(path),
    getSourceFile: (path, version, ...rest) => {
      const text = known.get(path);
      return text === undefined
        ? plain.getSourceFile(path, version, ...rest)
        : ts.createSourceFile(path, text, version);
    },
  };
  const { options, globals, isOwn, resolve } = checkerSetup(ts, dirname(file), host);
  known.set(globals.path, globals.text);
  host.resolveModuleNameLiterals = (literals, from) => literals.map(({ text }) => resolve(text, from));
  return { program: ts.createProgram({ rootNames: [file, globals.path], options, host }), isOwn };
}

/** Texts that no package brought. */
function localFiles(program: Program): SourceFile[] {
  return program
    .getSourceFiles()
    .filter(
      (each) =>
        !each.isDeclarationFile &&
        !program.isSourceFileFromExternalLibrary(each) &&
        !each.fileName.includes("/node_modules/"),
    );
}

function diagnosticsOf(program: Program, file: SourceFile): Diagnostic[] {
  return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
}

function cellFinding(
  ts: TypeScript,
  found: Diagnostic,
  { cells }: TypeCheckRun,
  { origins }: RunModule,
): TypeFinding {
  const at = placeOf(found);
  const { cell, line } = origins[at.line - 1] ?? origins.at(-1) ?? { cell: 0, line: 1 };
  const source = cells.find((each) => each.cell === cell)?.source ?? "";
  return { ...textOf(ts, found), cell, line, column: at.column, sourceLine: lineAt(source, line) };
}

function placeOf({ file, start }: Diagnostic): { readonly line: number; readonly column: number } {
  const { line, character } = file?.getLineAndCharacterOfPosition(start ?? 0) ?? { line: 0, character: 0 };
  return { line: line + 1, column: character + 1 };
}

function textOf(ts: TypeScript, { code, messageText }: Diagnostic): Pick<TypeFinding, "number" | "message"> {
  return { number: code, message: ts.flattenDiagnosticMessageText(messageText, " ") };
}
