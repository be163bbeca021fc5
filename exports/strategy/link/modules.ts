import { readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, extname, join, posix, relative } from "node:path";
import type { Loader, OnLoadResult, OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from "esbuild";
import { fail } from "#core";
import { ownFolder, ownPart } from "./own-files.ts";

export interface LinkInput {
  readonly main: string;
  readonly frozen: string;
  /** Local modules by path. */
  readonly modules: ReadonlyMap<string, ModuleToLink>;
  readonly packagesFrom: string;
  readonly packages: readonly { readonly name: string; readonly version: string }[];
}

export interface ModuleToLink {
  readonly text: string;
  /** Which path each relative specifier means. */
  readonly imports: Readonly<Record<string, string>>;
}

/** Something that a bundle cannot hold, and who needs it. `reason` follows "which". */
export interface Impurity {
  readonly name: string;
  readonly importer: string;
  readonly reason: string;
}

interface UsedPackage {
  readonly name: string;
  readonly version: string;
}

export interface Modules {
  readonly plugin: Plugin;
  readonly impurities: readonly Impurity[];
  /** Sorted. */
  used(): UsedPackage[];
}

/** Modules live under names of their own, so that no path of this machine is in the script. */
const STRATEGY = "strategy";
const TICKBOOK = "tickbook";
const PACKAGE = "package";
// No local module can have these names.
const MAIN = "<main>";
const FROZEN = "<frozen>";

/** What the script is made from: the machine around the strategy. */
export const ENTRY = [
  `import strategy from "${STRATEGY}:main";`,
  `import { createMachine } from "${TICKBOOK}:machine";`,
  "export default createMachine(strategy);",
].join("\n");

const LOADERS: Readonly<Record<string, Loader>> = {
  ".ts": "ts",
  ".mts": "ts",
  ".js": "js",
  ".mjs": "js",
  ".cjs": "js",
  ".json": "json",
};
/** Marks our own questions to esbuild's resolver. */
const ASKING = Symbol("asking");

/** Finds and reads every module of a bundle. */
export function createModules(input: LinkInput): Modules {
  const impurities: Impurity[] = [];
  const used = new Map<string, UsedPackage>();
  const plugin: Plugin = {
    name: "tickbook",
    setup(build) {
      const resolver = new Resolver(build, input, impurities, used);
      build.onResolve({ filter: /.*/ }, (args) =>
        args.pluginData === ASKING ? undefined : resolver.resolve(args),
      );
      build.onLoad({ filter: /.*/, namespace: STRATEGY }, ({ path }) => ownText(input, path));
      for (const namespace of [TICKBOOK, PACKAGE]) {
        build.onLoad({ filter: /.*/, namespace }, ({ pluginData }) => fileText(pluginData as string));
      }
    },
  };
  return {
    plugin,
    impurities,
    used: () => [...used.values()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)),
  };
}

function ownText({ main, frozen, modules }: LinkInput, path: string): OnLoadResult {
  if (path === FROZEN) return { contents: frozen, loader: "js" };
  return { contents: path === MAIN ? main : modules.get(path)!.text, loader: LOADERS[extname(path)] ?? "ts" };
}

function fileText(file: string): OnLoadResult {
  return {
    contents: readFileSync(file),
    loader: LOADERS[extname(file)] ?? "js",
    resolveDir: dirname(file),
  };
}

class Resolver {
  private readonly build: PluginBuild;
  private readonly input: LinkInput;
  private readonly impurities: Impurity[];
  private readonly used: Map<string, UsedPackage>;

  constructor(build: PluginBuild, input: LinkInput, impurities: Impurity[], used: Map<string, UsedPackage>) {
    this.build = build;
    this.input = input;
    this.impurities = impurities;
    this.used = used;
  }

  async resolve(args: OnResolveArgs): Promise<OnResolveResult> {
    const { path, namespace, importer } = args;
    if (args.kind === "entry-point") return ownResult(path);
    if (path === `${STRATEGY}:main`) return { path: MAIN, namespace: STRATEGY };
    if (path === `${TICKBOOK}:machine`) return ownResult(ownPart("machine"));
    const isOurs = namespace === TICKBOOK || (namespace === STRATEGY && importer === FROZEN);
    if (isOurs || namespace === "file") return this.find(args, isOurs ? ownFolder() : args.resolveDir);
    if (namespace === STRATEGY) {
      // What a local module imports from `tickbook` must be in its pure part.
      if (path === "tickbook/strategy" || path === "tickbook") return ownResult(ownPart("strategy"));
      if (path === "tickbook:frozen") return { path: FROZEN, namespace: STRATEGY };
      if (/^\.{1,2}\//.test(path)) return this.local(args);
      if (path.startsWith("tickbook/"))
        return this.refuse(args, "belongs to research: a bundle takes tickbook/strategy only");
    }
    if (isBuiltin(path)) return this.refuse(args, "is a built-in of Node");
    return this.find(args, namespace === STRATEGY ? this.input.packagesFrom : args.resolveDir);
  }

  private local(args: OnResolveArgs): OnResolveResult {
    const { path, importer } = args;
    const meant = importer === MAIN ? posix.normalize(path) : this.input.modules.get(importer)?.imports[path];
    return meant !== undefined && this.input.modules.has(meant)
      ? { path: meant, namespace: STRATEGY }
      : this.refuse(args, "is not among the local modules that the run loaded");
  }

  private async find(args: OnResolveArgs, folder: string): Promise<OnResolveResult> {
    // A relative path of our own parts starts at the file that names it.
    const resolveDir = /^\.{1,2}\//.test(args.path) ? args.resolveDir : folder;
    const found = await this.build.resolve(args.path, { kind: args.kind, resolveDir, pluginData: ASKING });
    if (found.errors.length > 0) return this.refuse(args, "is not installed, or does not export this path");
    if (found.external || LOADERS[extname(found.path)] === undefined)
      return this.refuse(args, "is native code or no module");
    if (args.namespace === TICKBOOK || isOwn(found.path)) return ownResult(found.path);
    const owner = packageOf(found.path);
    if (args.namespace === STRATEGY) this.assertVersion(owner);
    this.used.set(keyOf(owner), { name: owner.name, version: owner.version });
    const inside = relative(owner.folder, found.path).replaceAll("\\", "/");
    return {
      path: `${keyOf(owner)}/${inside}`,
      namespace: PACKAGE,
      pluginData: found.path,
      sideEffects: found.sideEffects,
    };
  }

  private assertVersion({ name, version }: UsedPackage): void {
    const recorded = this.input.packages.filter((each) => each.name === name);
    if (recorded.length === 0 || recorded.some((each) => each.version === version)) return;
    fail("promote.changed-package", {
      message: `the run used ${name} ${recorded[0]!.version}, and ${version} is installed now`,
      fields: { package: name, recorded: recorded[0]!.version, installed: version },
    });
  }

  private refuse({ path, namespace, importer }: OnResolveArgs, reason: string): OnResolveResult {
    const who =
      namespace === PACKAGE
        ? `package ${importer}`
        : importer === MAIN
          ? "the strategy"
          : `module ${importer}`;
    this.impurities.push({ name: path, importer: who, reason });
    return { errors: [{ text: `${who} needs "${path}", which ${reason}` }] };
  }
}

function isOwn(file: string): boolean {
  const path = relative(ownFolder(), file);
  return (
    !path.startsWith("..") &&
    !path.split(/[\\/]/).includes("node_modules") &&
    /^(dist|lib|features|exports)\b/.test(path)
  );
}

function ownResult(file: string): OnResolveResult {
  const path = relative(ownFolder(), file).replaceAll("\\", "/");
  // Nothing of ours does anything when it is loaded: what is not used is left out.
  return { path, namespace: TICKBOOK, pluginData: file, sideEffects: false };
}

/** The package that a file belongs to: the nearest package.json with a name. */
function packageOf(file: string): UsedPackage & { readonly folder: string } {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const manifest = readManifest(join(folder, "package.json"));
    if (manifest.name !== undefined) return { name: manifest.name, version: manifest.version ?? "0", folder };
    if (dirname(folder) === folder) return { name: "unnamed", version: "0", folder: dirname(file) };
  }
}

function readManifest(path: string): { readonly name?: string; readonly version?: string } {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as { name?: string; version?: string };
  } catch {
    return {};
  }
}

function keyOf({ name, version }: UsedPackage): string {
  return `${name}@${version}`;
}
