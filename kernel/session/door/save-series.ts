import { checkNames, fail } from "#core";
import { type StoredTable, storeSeries, type WriteMode } from "#data";
import type { TableColumns } from "#model";
import { withData } from "./open-data.ts";
import { series } from "./tables.ts";

export interface SaveOptions {
  /** The source to store it under. Default: "notebook". */
  readonly from?: string;
  /** Of the value: "USD", "%". */
  readonly unit?: string;
  /**
   * replace (the default): the series is these values and no others. merge: they join those stored; two different
   * tellings of one value are refused. correct: as merge, but these are right.
   */
  readonly mode?: WriteMode;
}

const MODES: readonly WriteMode[] = ["replace", "merge", "correct"];

/**
 * Stores a series that a notebook made: `const eps = await saveSeries("eps", trailing(quarters, 4))`. What it gives back is
 * what was stored: research on that, and features that read "eps" get the same values live. The same values once more
 * change nothing.
 * @param values time, published (UTC ms) and value, in any order.
 * Errors: `data.bad-columns`, `data.publication-needed`, `data.no-rows`, `data.bad-time`, `data.impossible-row` (a value
 * that is not finite), `data.conflicting-rows`, `data.bad-name`, `data.bad-query`.
 */
export async function saveSeries(
  name: string,
  values: TableColumns<"series">,
  options: SaveOptions = {},
): Promise<StoredTable<"series">> {
  checkNames("data.bad-query", "saveSeries options", options, ["from", "unit", "mode"]);
  const { from = "notebook", mode = "replace", unit } = options;
  if (!MODES.includes(mode)) {
    fail("data.bad-query", {
      message: `saveSeries: the mode is ${String(mode)}; it must be ${MODES.join(", ")}`,
      fields: { mode: String(mode) },
    });
  }
  const target = { source: from, symbol: name, mode, ...(unit !== undefined && { unit }) };
  await withData((store) => storeSeries({ store, ...target }, values));
  return series(name, { from });
}
