import { fail, suggest } from "#core";
import { ALL_COLUMNS } from "../clean/columns.ts";

/** Names under which files carry a column, the surest first. */
const ALIASES: Record<(typeof ALL_COLUMNS)[number], readonly string[]> = {
  time: ["time", "open_time", "timestamp", "datetime", "date", "ts"],
  open: ["open", "o"],
  high: ["high", "h"],
  low: ["low", "l"],
  close: ["close", "c"],
  volume: ["volume", "vol", "v"],
};

/**
 * Where time, open, high, low, close and volume stand among a file's columns; upper and lower case, spaces and
 * underscores in names do not matter. Errors: `data.bad-file`.
 */
export function findColumns(path: string, names: readonly string[]): number[] {
  const plain = names.map(plainName);
  return ALL_COLUMNS.map((column) => {
    for (const alias of ALIASES[column]) {
      const index = plain.indexOf(plainName(alias));
      if (index >= 0) return index;
    }
    const close = suggest(column, names);
    return fail("data.bad-file", {
      message: `${path} has no column "${column}": it has ${names.map((name) => JSON.stringify(name)).join(", ")}`,
      hint: `Name one of its columns ${ALIASES[column].map((name) => `"${name}"`).join(" or ")}${close ? `; is it "${close}"?` : "."}`,
      fields: { path, column, columns: names },
    });
  });
}

function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/[\s_]/g, "");
}
