import { createRequire } from "node:module";
import { join } from "node:path";
import type { ColumnTable } from "arquero";
import { fail } from "#core";
import { currentSession } from "./current-session.ts";

/** Anything with columns of equal length among its fields: bars, a stored table, a table of features. */
export type Columnar = object;

/** The columns as a table of Arquero, on the same memory. Errors: `session.no-columns`. */
export async function toArquero(value: Columnar): Promise<ColumnTable> {
  const { table } = await import("arquero");
  return table(columnsOf(value));
}

/** The columns as an Arrow file (Feather 2), for `pyarrow.feather`, pandas, Polars and DuckDB. Errors: `session.no-columns`. */
export async function toArrow(value: Columnar): Promise<Uint8Array> {
  const { table, toArrowIPC } = await import("arquero");
  return toArrowIPC(table(columnsOf(value)), { format: "file" }) as Uint8Array;
}

/**
 * The columns as a data frame of danfojs-node, which must be installed where the notebook stands.
 * Errors: `session.package-missing`, `session.no-columns`.
 */
export async function toDanfo(value: Columnar): Promise<object> {
  const columns = Object.entries(columnsOf(value)).map(([name, column]) => [name, Array.from(column)]);
  const { DataFrame } = loadDanfo(currentSession().root);
  return new DataFrame(Object.fromEntries(columns));
}

interface Danfo {
  readonly DataFrame: new (columns: Record<string, unknown[]>) => object;
}

function loadDanfo(root: string): Danfo {
  try {
    return createRequire(join(root, "notebook.js"))("danfojs-node") as Danfo;
  } catch (cause) {
    return fail("session.package-missing", {
      message: `danfojs-node cannot be loaded from ${root}: ${(cause as Error).message.split("\n")[0]}`,
      hint: "Install it where the notebook stands: npm install danfojs-node. Or use toArquero, which needs nothing.",
      fields: { package: "danfojs-node", root },
      cause,
    });
  }
}

type Column = ArrayLike<unknown> & object;

function columnsOf(value: Columnar): Record<string, Column> {
  const lists = Object.entries(value).filter((entry): entry is [string, Column] => isColumn(entry[1]));
  const rows = lists[0]?.[1].length;
  if (rows === undefined || lists.some(([, column]) => column.length !== rows)) {
    fail("session.no-columns", {
      message: `a value with the fields ${Object.keys(value).slice(0, 8).join(", ") || "(none)"} has no columns of equal length`,
      hint: "Give bars, a stored table, or an object of arrays of equal length: { time, close }.",
      fields: { fields: Object.keys(value) },
    });
  }
  return Object.fromEntries(lists);
}

function isColumn(value: unknown): boolean {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}
