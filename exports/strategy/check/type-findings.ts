import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import type { CompilerHost, Diagnostic, Program, SourceFile } from "typescript";
import { encodeValue } from "#core";
import { lineAt } from "#notebook";
import { type RunInputs, type RunTypes, sha256, type TypeFinding } from "#storage";
import { ownFolder } from "../link/own-files.ts";
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

/** The declarations of `tickbook`, and the folders that they lead to. */
const DOOR = "dist/kernel/session/api.d.ts";
const OWN_FOLDERS = /^(dist|lib|features|optimize|exports|kernel)\//;

/** Options by the names of tsconfig.json: part of what a finding depends on. */
const SETTINGS = {
  target: "ES2023",
  lib: ["ES2023", "ESNext.Disposable"],
  module: "ESNext",
  moduleResolution: "Bundler",
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
} as const;

/** The compiler and its settings: findings of another one are not ours. "typescript 6.0.3 4f0c12ab" */
export function typeChecker(): string {
  const file = createRequire(import.meta.url).resolve("typescript/package.json");
  const { version } = JSON.parse(readFileSync(file, "utf8")) as { readonly version: string };
  return `typescript ${version} ${sha256(encodeValue(SETTINGS)).slice(0, 8)}`;
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
  const { options: settings } = ts.convertCompilerOptionsFromJson(SETTINGS, "");
  const plain = ts.createCompilerHost(settings);
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
  const installed = ts.resolveModuleName("tickbook", file, settings, host).resolvedModule;
  // As in the run: where tickbook is not installed, it is this copy.
  const door = installed?.resolvedFileName ?? join(ownFolder(), DOOR);
  const options = installed ? settings : { ...settings, paths: { tickbook: [door] } };
  const isOwn = ownFileTest(door);
  const cache = ts.createModuleResolutionCache("/", (path) => path, options);
  host.resolveModuleNameLiterals = (literals, from) =>
    literals.map(({ text }) => {
      // What tickbook offers has no type of a vendor in it, and reading those of all vendors takes most of the time.
      if (isOwn(from) && !/^[.#]/.test(text)) return { resolvedModule: undefined };
      return ts.resolveModuleName(text, from, options, host, cache);
    });
  return { program: ts.createProgram({ rootNames: [file], options, host }), isOwn };
}

/** @returns whether a file is one of tickbook's own: a notebook may lie in its folder, too. */
function ownFileTest(door: string): (path: string) => boolean {
  const root = door.slice(0, -DOOR.length);
  return (path) => path.startsWith(root) && OWN_FOLDERS.test(path.slice(root.length));
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
