import { type JavaScript, javascriptFrom } from "./javascript.ts";
import type { Vendors } from "./vendors.ts";

/**
 * A `.ts` module to JavaScript of the same module kind. Imports that only types use go, as TypeScript does.
 * @param name shown in messages. Errors: `notebook.syntax-error`.
 */
export function transformModule(vendors: Vendors, source: string, name: string): JavaScript {
  return javascriptFrom(vendors, source, { name }, { keepUnusedImports: false });
}

/** The specifiers of a module's static imports and re-exports, in order. A text that cannot be parsed has none. */
export function listImports(vendors: Vendors, source: string): string[] {
  const { module } = vendors.parseSync("source.ts", source, { lang: "ts", sourceType: "module" });
  const imported = module.staticImports.map(({ moduleRequest }) => moduleRequest.value);
  const passedOn = module.staticExports.flatMap(({ entries }) =>
    entries.flatMap(({ moduleRequest }) => (moduleRequest ? [moduleRequest.value] : [])),
  );
  return [...new Set([...imported, ...passedOn])];
}
