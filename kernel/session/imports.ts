import { createRequire } from "node:module";
import { join } from "node:path";
import { constants, Script } from "node:vm";
import { fail, suggest } from "#core";
import { CELL_FILE } from "./load/reached.ts";
import { ownDoor, registerLoader } from "./load/register.ts";

type Namespace = Readonly<Record<string, unknown>>;
type NativeImport = (specifier: string, options?: ImportCallOptions) => Promise<Namespace>;

/** `import` as cells call it. `required` are the names that must be there. */
export type CellImport = (
  specifier: string,
  options?: ImportCallOptions,
  required?: readonly string[],
) => Promise<Namespace>;

/**
 * Imports for cells: Node's own ES module loader, as if the cell were a file in `root`; local `.ts` modules are
 * compiled, and loaded anew after a change.
 * @param moduleCells folder of the cells that are modules. @param notice receives a line when `tickbook` itself is not installed for the notebook.
 * Errors: `session.module-not-found`, `session.missing-export`, `notebook.syntax-error` (in a local module).
 */
export function createCellImport(
  root: string,
  moduleCells: string,
  notice: (text: string) => void,
): CellImport {
  // Its folder is what counts: imports are resolved from there.
  const filename = join(root, CELL_FILE);
  const script = new Script("(specifier, options) => import(specifier, options)", {
    filename,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  const nativeImport = script.runInThisContext() as NativeImport;
  const require = createRequire(filename);
  let isNoticed = false;
  return async (specifier, options, required = []) => {
    registerLoader(moduleCells);
    if (specifier === "tickbook" && !isNoticed) {
      isNoticed = true;
      if (!canResolve(require, specifier)) {
        notice(`tickbook is not installed for ${root}: using the kernel's own copy, ${ownDoor()}\n`);
      }
    }
    let loaded: Namespace;
    try {
      loaded = await nativeImport(specifier, options);
    } catch (cause) {
      throw clearError(cause, specifier, root);
    }
    return withNames(loaded, specifier, required);
  };
}

function canResolve(require: NodeJS.Require, specifier: string): boolean {
  try {
    require.resolve(specifier);
    return true;
  } catch {
    return false;
  }
}

/** CommonJS packages often hide names from Node's analysis; they are on the default export. */
function withNames(loaded: Namespace, specifier: string, required: readonly string[]): Namespace {
  const missing = required.filter((name) => !(name in loaded));
  if (missing.length === 0) return loaded;
  const inner = loaded.default as Namespace | undefined;
  const isHolder = (typeof inner === "object" && inner !== null) || typeof inner === "function";
  for (const name of missing) {
    if (!isHolder || !(name in inner)) failMissing(loaded, specifier, name);
  }
  return { ...(inner as Namespace), ...loaded };
}

function failMissing(loaded: Namespace, specifier: string, name: string): never {
  const names = Object.keys(loaded).filter((each) => each !== "default");
  const near = suggest(name, names);
  const what = name === "default" ? "no default export" : `no export "${name}"`;
  const few = names.length > 0 && names.length <= 12 ? `It exports: ${names.join(", ")}.` : undefined;
  const hint = near ? `Did you mean "${near}"?` : few;
  fail("session.missing-export", {
    message: `"${specifier}" has ${what}`,
    ...(hint ? { hint } : {}),
    fields: { specifier, name },
  });
}

/** Errors of the loader come from its thread: without a stack, and not instances of Error here. */
function clearError(cause: unknown, specifier: string, root: string): unknown {
  const { code, message } = cause as { code?: unknown; message?: unknown };
  if (code === "ERR_MODULE_NOT_FOUND")
    return captured(() => failNotFound(String(message), specifier, root, cause));
  if (code === "notebook.syntax-error") {
    return captured(() => fail("notebook.syntax-error", { message: String(message), fields: { specifier } }));
  }
  const hasStack = cause instanceof Error && cause.stack?.includes("\n    at ");
  return hasStack || typeof message !== "string" ? cause : Object.assign(new Error(message), { code });
}

function captured(run: () => never): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}

function failNotFound(message: string, specifier: string, root: string, cause: unknown): never {
  // "Cannot find package 'x' imported from /folder/file.js"
  const [, kind, name = specifier, importer = ""] =
    /find (\w+) '([^']*)' imported from (.*)/.exec(message) ?? [];
  const from = importer.endsWith(CELL_FILE) ? `the notebook's folder ${root}` : importer;
  const isPackage = kind === "package";
  const packageName = specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
  fail("session.module-not-found", {
    message: isPackage ? `the package "${name}" is not installed for ${from}` : `there is no file ${name}`,
    hint: isPackage
      ? `Install it there: npm install ${name === specifier ? packageName : name}`
      : `"${specifier}" is resolved from ${from}.`,
    fields: { specifier, root },
    cause,
  });
}
