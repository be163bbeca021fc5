/**
 * Puts a slice, what it froze, its packages and tickbook's own part together to one script. The script imports nothing;
 * its value is a {@link Machine}. The same slice gives the same bytes: no path of this machine and no time is in them.
 */
import type { BuildResult, Message, Metafile } from "esbuild";
import { fail } from "#core";
import type { ObjectStore } from "#storage";
import { type BundledModel, frozenModule } from "./frozen.ts";
import { createModules, ENTRY, type Impurity, type LinkInput, type ModuleToLink } from "./modules.ts";
import { OWN_CONDITION, ownFolder, ownPart } from "./own-files.ts";

/** A slice, as `sliceStrategy` makes it. */
export interface SliceToLink {
  /** TypeScript whose default export is the strategy. */
  readonly source: string;
  readonly frozen: readonly { readonly binding: string; readonly hash: string }[];
  /** Local modules: contents in the object store, and the path that each relative specifier in them means. */
  readonly modules: readonly {
    readonly path: string;
    readonly hash: string;
    readonly imports: Readonly<Record<string, string>>;
  }[];
}

export interface LinkOptions {
  readonly objects: ObjectStore;
  /** Folder whose node_modules hold the packages. */
  readonly packagesFrom: string;
  /** Packages that the run used: each must have the same version now. */
  readonly packages: readonly { readonly name: string; readonly version: string }[];
}

export interface Linked {
  readonly script: string;
  readonly models: readonly BundledModel[];
  /** What went in: "tickbook:lib/core/rng.ts", "package:d3-array/src/min.js", "strategy:<main>". Sorted. */
  readonly inputs: readonly string[];
  readonly packages: readonly { readonly name: string; readonly version: string }[];
}

/** Errors: `promote.impure-package`, `promote.changed-package`, `promote.link-failed`, `storage.missing`, `storage.damaged`. */
export async function linkStrategy(slice: SliceToLink, options: LinkOptions): Promise<Linked> {
  const { source, models } = await frozenModule(slice.frozen, options.objects);
  const modules = new Map<string, ModuleToLink>();
  for (const { path, hash, imports } of slice.modules) {
    modules.set(path, { text: new TextDecoder().decode(await options.objects.get(hash)), imports });
  }
  const input: LinkInput = { main: slice.source, frozen: source, modules, ...options };
  const { outputFiles, metafile, packages } = await build(input);
  const [output] = Object.values(metafile.outputs);
  const script = outputFiles[0]!.text;
  // What esbuild puts in the place of an import whose name is only known when it runs.
  if (/\bvar __require =/.test(script)) {
    failImpure({ name: "(a computed name)", importer: "the strategy", reason: "is imported while it runs" });
  }
  return {
    // The script's value is the machine: nothing is left in the context's global object.
    script: `(() => {\n${script}return tickbookBundle.default;\n})();\n`,
    models,
    inputs: Object.keys(output?.inputs ?? {}).sort(),
    packages,
  };
}

type Built = BuildResult<{ write: false; metafile: true }> & {
  readonly metafile: Metafile;
  readonly packages: Linked["packages"];
};

async function build(input: LinkInput): Promise<Built> {
  const { build: bundle } = await import("esbuild");
  const { plugin, impurities, used } = createModules(input);
  try {
    const result = await bundle({
      stdin: { contents: ENTRY, sourcefile: "bundle.js" },
      bundle: true,
      write: false,
      metafile: true,
      format: "iife",
      globalName: "tickbookBundle",
      platform: "neutral",
      target: "es2023",
      // A real import() would reach out of the context that the script runs in.
      supported: { "dynamic-import": false },
      mainFields: ["module", "main"],
      conditions: [OWN_CONDITION, "import"],
      charset: "utf8",
      legalComments: "none",
      logLevel: "silent",
      absWorkingDir: ownFolder(),
      // The notebook's own settings would change the bytes.
      tsconfigRaw: { compilerOptions: { target: "es2023", useDefineForClassFields: true } },
      inject: [ownPart("structuredClone")],
      plugins: [plugin],
    });
    return { ...result, packages: used() };
  } catch (cause) {
    const [impurity] = impurities;
    if (impurity) failImpure(impurity);
    const errors = (cause as { readonly errors?: readonly Message[] }).errors ?? [];
    const thrown = errors.find(({ detail }) => detail instanceof Error);
    if (thrown) throw thrown.detail;
    return fail("promote.link-failed", {
      message: errors.length > 0 ? errors.map(textOf).join("; ") : String(cause),
      cause,
    });
  }
}

function textOf({ text, location }: Message): string {
  return location ? `${location.file}:${location.line}: ${text}` : text;
}

function failImpure({ name, importer, reason }: Impurity): never {
  fail("promote.impure-package", {
    message: `${importer} needs "${name}", which ${reason}`,
    hint: "A live strategy may use packages that only compute. Do this work in research and freeze its result.",
    fields: { package: name, importer },
  });
}
