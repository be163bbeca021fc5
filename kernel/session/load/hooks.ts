/**
 * Hooks of Node's module loader (they run in its own thread): local TypeScript modules, and `tickbook` itself.
 * A local `.ts` or `.json` file is addressed with `?v=<version>`, which changes when the file or anything it imports
 * changes: importing it again then loads it anew, and otherwise gives the same module.
 *
 * They also tell the session which local modules and which packages the notebook reaches.
 */
import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import type { LoadHook, ResolveHook } from "node:module";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { MessagePort } from "node:worker_threads";
import { type CellCompiler, loadCellCompiler } from "#notebook";
import { packageOf } from "./package-of.ts";
import { CELL_FILE, isCellFile, type LoaderData, type LoaderNote } from "./reached.ts";
import { resolveLocal } from "./resolve-local.ts";

let door = "";
let notes: MessagePort | undefined;
/** Where relative imports of cells are looked for when the notebook's folder has nothing: cells that are modules. */
let moduleCells = "";
/** Addresses of the notebook's local modules, without versions. */
const local = new Set<string>();
let compiling: Promise<CellCompiler> | undefined;

export function initialize(data: LoaderData): void {
  door = data.ownDoor;
  notes = data.notes;
  moduleCells = pathToFileURL(join(data.moduleCells, CELL_FILE)).href;
}

export const resolve: ResolveHook = async (specifier, context, next) => {
  const resolved = await resolveAddress(specifier, context, next);
  if (context.parentURL) await follow(specifier, context.parentURL, resolved.url);
  return resolved;
};

const resolveAddress: ResolveHook = async (specifier, context, next) => {
  // Notebooks that were written for tslab mean its display functions, which only work in its own kernel.
  if (specifier === "tslab" && isOfNotebook(context.parentURL)) {
    return { url: new URL("../tslab.js", import.meta.url).href, shortCircuit: true };
  }
  try {
    const resolved = await next(specifier, context);
    return { ...resolved, url: await versioned(resolved.url) };
  } catch (error) {
    if (specifier === "tickbook" && isNotFound(error)) return { url: door, shortCircuit: true };
    const { parentURL } = context;
    const file =
      parentURL &&
      (resolveLocal(specifier, parentURL) ??
        (isOfNotebook(parentURL) ? resolveLocal(specifier, moduleCells) : undefined));
    if (!file) throw error;
    return { url: await versioned(file.href), format: "module", shortCircuit: true };
  }
};

export const load: LoadHook = async (url, context, next) => {
  const isTypeScript = isLocalTypeScript(url);
  const isFollowed = local.has(bare(url));
  if (!isTypeScript && !isFollowed) return next(url, context);
  const file = fileURLToPath(bare(url));
  const content = await readFile(file);
  if (isFollowed) tell({ kind: "module", file, content });
  if (!isTypeScript) return next(url, context);
  const { code } = (await compiler()).transformModule(
    content.toString("utf8"),
    relative(process.cwd(), file),
  );
  return { format: "module", source: code, shortCircuit: true };
};

/** Notes what the notebook, or a local module of it, imports. What packages import is their own affair. */
async function follow(specifier: string, parent: string, url: string): Promise<void> {
  if (!isOfNotebook(parent) || !url.startsWith("file:")) return;
  const isPath = /^([./#]|file:)/.test(specifier);
  if (isPath && !url.includes("/node_modules/")) {
    local.add(bare(url));
    return;
  }
  const found = await packageOf(fileURLToPath(url));
  if (found) tell({ kind: "package", ...found });
}

/** True for cells and local modules. */
function isOfNotebook(url: string | undefined): boolean {
  return url !== undefined && (isCellFile(url) || local.has(bare(url)));
}

function tell(note: LoaderNote): void {
  notes?.postMessage(note);
}

async function versioned(url: string): Promise<string> {
  const isData = url.startsWith("file:") && url.endsWith(".json") && !url.includes("/node_modules/");
  if (!isLocalTypeScript(url) && !isData) return url;
  const stamps = new Map<string, string>();
  await collectStamps(bare(url), stamps);
  const text = [...stamps]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map((entry) => entry.join(" "))
    .join("\n");
  return `${bare(url)}?v=${createHash("sha256").update(text).digest("hex").slice(0, 16)}`;
}

/** Time and size of the file and of every local TypeScript module it reaches. */
async function collectStamps(url: string, stamps: Map<string, string>): Promise<void> {
  if (stamps.has(url)) return;
  const file = fileURLToPath(url);
  const { mtimeMs, size } = await stat(file);
  stamps.set(url, `${mtimeMs} ${size}`);
  if (!isLocalTypeScript(url)) return;
  for (const specifier of (await compiler()).listImports(await readFile(file, "utf8"))) {
    const imported = resolveLocal(specifier, url);
    if (imported) await collectStamps(imported.href, stamps);
  }
}

function compiler(): Promise<CellCompiler> {
  compiling ??= loadCellCompiler();
  return compiling;
}

function isLocalTypeScript(url: string): boolean {
  return url.startsWith("file:") && /\.m?ts$/.test(bare(url)) && !url.includes("/node_modules/");
}

function isNotFound(error: unknown): boolean {
  return (error as { code?: unknown }).code === "ERR_MODULE_NOT_FOUND";
}

function bare(url: string): string {
  return url.replace(/\?.*$/, "");
}
