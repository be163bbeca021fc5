/** How the TypeScript of notebooks is checked, whoever asks: promotion, a run, or the editor. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type {
  CompilerOptions,
  ModuleResolutionHost,
  ResolvedModuleFull,
  ResolvedModuleWithFailedLookupLocations,
} from "typescript";
import { encodeValue } from "#core";
import { sha256 } from "#storage";
import { ownFolder } from "../link/own-files.ts";
import { NOTEBOOK_GLOBALS } from "./notebook-globals.ts";

type TypeScript = typeof import("typescript");

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
  types: ["node"],
} as const;

const require = createRequire(import.meta.url);

/** The compiler and its settings: findings of another one are not ours. "typescript 6.0.3 4f0c12ab" */
export function typeChecker(): string {
  const { version } = JSON.parse(readFileSync(require.resolve("typescript/package.json"), "utf8")) as {
    readonly version: string;
  };
  return `typescript ${version} ${sha256(encodeValue([SETTINGS, NOTEBOOK_GLOBALS])).slice(0, 8)}`;
}

/** What a program over the code of a notebook needs beside that code. */
export interface CheckerSetup {
  readonly options: CompilerOptions;
  /** A file to be among the roots: what notebooks see without an import. */
  readonly globals: { readonly path: string; readonly text: string };
  /** Whether a file is one of tickbook's own: a notebook may lie in its folder, too. */
  isOwn(path: string): boolean;
  resolve(specifier: string, from: string): ResolvedModuleWithFailedLookupLocations;
}

/** @param folder of the notebook: packages are those installed for it; `tickbook` is this copy where none is. */
export function checkerSetup(ts: TypeScript, folder: string, host: ModuleResolutionHost): CheckerSetup {
  const { options } = ts.convertCompilerOptionsFromJson(SETTINGS, "");
  const settings: CompilerOptions = { ...options, typeRoots: [nodeTypes(folder)] };
  const probe = join(folder, "notebook-run.ts");
  const installed = ts.resolveModuleName("tickbook", probe, settings, host).resolvedModule;
  const door = installed?.resolvedFileName ?? join(ownFolder(), DOOR);
  const full = installed ? settings : { ...settings, paths: { tickbook: [door] } };
  const isOwn = ownFileTest(door);
  const rooms = builtRooms(ts, door.slice(0, -DOOR.length));
  const cache = ts.createModuleResolutionCache("/", (path) => path, full);
  return {
    options: full,
    globals: { path: join(folder, "notebook-globals.d.ts"), text: NOTEBOOK_GLOBALS },
    isOwn,
    resolve(specifier, from) {
      // What tickbook offers has no type of a vendor in it, and reading those of all vendors takes most of the time.
      if (isOwn(from) && !/^[.#]/.test(specifier)) return { resolvedModule: undefined };
      const declared = specifier.startsWith("#") && isOwn(from) ? rooms.get(specifier) : undefined;
      if (declared !== undefined) return { resolvedModule: declared };
      return ts.resolveModuleName(specifier, from, full, host, cache);
    },
  };
}

/** The folder that holds Node's types: the notebook's own, else ours. */
function nodeTypes(folder: string): string {
  for (const resolve of [createRequire(join(folder, "notebook-run.ts")).resolve, require.resolve]) {
    try {
      return dirname(dirname(resolve("@types/node/package.json")));
    } catch {}
  }
  return folder;
}

/** The rooms' built declarations: read instead of their sources, which are many times as long. */
function builtRooms(ts: TypeScript, root: string): ReadonlyMap<string, ResolvedModuleFull> {
  const file = join(root, "package.json");
  if (!ts.sys.fileExists(file)) return new Map();
  const { imports = {} } = JSON.parse(readFileSync(file, "utf8")) as {
    readonly imports: Readonly<Record<string, { readonly default: string }>>;
  };
  const rooms = Object.entries(imports).flatMap(([name, { default: built }]) => {
    const resolvedFileName = join(root, built.replace(/\.js$/, ".d.ts"));
    return ts.sys.fileExists(resolvedFileName)
      ? [[name, { resolvedFileName, extension: ts.Extension.Dts, isExternalLibraryImport: false }] as const]
      : [];
  });
  return new Map(rooms);
}

function ownFileTest(door: string): (path: string) => boolean {
  const root = door.slice(0, -DOOR.length);
  return (path) => path.startsWith(root) && OWN_FOLDERS.test(path.slice(root.length));
}
