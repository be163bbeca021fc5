/**
 * Hooks of Node's module loader (they run in its own thread): local TypeScript modules, and `tickbook` itself.
 * A local `.ts` or `.json` file is addressed with `?v=<version>`, which changes when the file or anything it imports
 * changes: importing it again then loads it anew, and otherwise gives the same module.
 */
import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import type { LoadHook, ResolveHook } from "node:module";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { type CellCompiler, loadCellCompiler } from "#notebook";
import { resolveLocal } from "./resolve-local.ts";

let door = "";
let compiling: Promise<CellCompiler> | undefined;

export function initialize({ ownDoor }: { readonly ownDoor: string }): void {
  door = ownDoor;
}

export const resolve: ResolveHook = async (specifier, context, next) => {
  try {
    const resolved = await next(specifier, context);
    return { ...resolved, url: await versioned(resolved.url) };
  } catch (error) {
    if (specifier === "tickbook" && isNotFound(error)) return { url: door, shortCircuit: true };
    const file = context.parentURL ? resolveLocal(specifier, context.parentURL) : undefined;
    if (!file) throw error;
    return { url: await versioned(file.href), format: "module", shortCircuit: true };
  }
};

export const load: LoadHook = async (url, context, next) => {
  if (!isLocalTypeScript(url)) return next(url, context);
  const file = fileURLToPath(bare(url));
  const { code } = (await compiler()).transformModule(
    await readFile(file, "utf8"),
    relative(process.cwd(), file),
  );
  return { format: "module", source: code, shortCircuit: true };
};

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
