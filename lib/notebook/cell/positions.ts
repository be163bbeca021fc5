import { SourceMap } from "node:module";

/** A place in a text. Both count from 1; columns count UTF-16 units, as editors do. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Where a place of the generated code comes from; undefined where the code is ours alone. */
export type PositionMap = (generated: Position) => Position | undefined;

/** The lookup of a version 3 source map with one source. */
export function positionMapOf(map: {
  readonly mappings: string;
  readonly sources: readonly string[];
}): PositionMap {
  const { mappings } = map;
  const lookup = new SourceMap({
    file: "",
    version: 3,
    sources: [...map.sources],
    sourcesContent: [],
    names: [],
    sourceRoot: "",
    mappings,
  });
  return ({ line, column }) => {
    const entry = lookup.findEntry(line - 1, column - 1);
    if (!("originalLine" in entry)) return undefined;
    return { line: entry.originalLine + 1, column: entry.originalColumn + 1 };
  };
}

/** The place of a character offset in `text`. */
export function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: before.length - lineStart + 1 };
}

/** Line `line` of `text`, without its line end; "" when there is none. */
export function lineAt(text: string, line: number): string {
  return text.split(/\r?\n/)[line - 1] ?? "";
}
