import { type PositionMap, positionAt, positionMapOf } from "./positions.ts";
import { failSyntax, type SourcePlace } from "./syntax-error.ts";
import type { Vendors } from "./vendors.ts";

export interface JavaScript {
  readonly code: string;
  readonly originalPosition: PositionMap;
}

interface Options {
  /** Keeps imports that nothing in this text uses: in a notebook a later cell may. */
  readonly keepUnusedImports: boolean;
}

/**
 * TypeScript to JavaScript of ES2023, types removed and not checked. Decorators are the `experimentalDecorators`
 * kind. What Node 20 lacks calls the helpers of `helpers.ts`.
 * Errors: `notebook.syntax-error`.
 */
export function javascriptFrom(
  vendors: Vendors,
  source: string,
  place: SourcePlace,
  options: Options,
): JavaScript {
  const { code, errors, map } = vendors.transformSync("source.ts", source, {
    lang: "ts",
    sourceType: "module",
    target: "es2023",
    typescript: { onlyRemoveTypeImports: options.keepUnusedImports },
    decorator: { legacy: true },
    helpers: { mode: "External" as never },
    sourcemap: true,
  });
  // A warning stops too: it says that the JavaScript would not do what the TypeScript says.
  const [error] = errors;
  if (error) {
    // Of a repeated declaration the last label is the repetition; other errors have one label.
    const at = positionAt(source, error.labels.at(-1)?.start ?? 0);
    failSyntax(source, at, error.message, place, error.helpMessage ?? undefined);
  }
  return { code, originalPosition: map ? positionMapOf(map) : (at) => at };
}
