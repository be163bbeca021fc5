import { join } from "node:path";
import { fail, type Millis, timeframeMs, timeText } from "#core";
import { type BarColumns, type Bars, createInstrument, indexAtTime, sliceBars } from "#model";
import { ALL_COLUMNS, createColumns } from "../clean/columns.ts";
import { hashPart, type Part } from "./content-hash.ts";
import type { Duckdb } from "./duckdb.ts";
import { readParquet } from "./parquet.ts";
import { damaged, type VersionFile } from "./version-file.ts";

export interface TimeRange {
  /** First start of a bar, inclusive. Default: all. */
  readonly from?: Millis;
  /** Exclusive. Default: all. */
  readonly to?: Millis;
}

/** The bars of a version's folder in the range; every file it reads is verified. */
export async function readBars(
  duckdb: Duckdb,
  folder: string,
  { instrument: spec, parts, report }: VersionFile,
  { from = -Infinity, to = Infinity }: TimeRange,
): Promise<Bars> {
  const wanted = parts.filter(({ year }) => Date.UTC(year + 1, 0) > from && Date.UTC(year, 0) < to);
  const columns = createColumns(wanted.reduce((rows, part) => rows + part.rows, 0));
  let length = 0;
  for (const part of wanted) {
    const year = await readPart(duckdb, join(folder, `${part.year}.parquet`), part);
    for (const name of ALL_COLUMNS) columns[name].set(year[name], length);
    length += part.rows;
  }
  const { timeframe, hash } = report;
  const instrument = createInstrument(spec);
  const bars: Bars = { instrument, timeframe, timeframeMs: timeframeMs(timeframe), length, hash, ...columns };
  const found = sliceBars(bars, indexAtTime(bars, from), indexAtTime(bars, to));
  if (found.length > 0) return found;
  return fail("data.no-rows", {
    message: `${report.symbol} ${timeframe} of ${report.source} has no bars from ${rangeText(from)} to ${rangeText(to)}`,
    hint: `The dataset reaches from ${timeText(report.from)} to ${timeText(report.to)}.`,
    fields: { symbol: report.symbol, timeframe, from, to },
  });
}

async function readPart(duckdb: Duckdb, path: string, part: Part): Promise<BarColumns> {
  const columns = await duckdb
    .use((connection) => readParquet(connection, path, part.rows))
    .catch((error: Error) => damaged(path, error.message.split("\n")[0]!, error));
  if (hashPart(columns) !== part.sha256) damaged(path, "its numbers are not those that were written");
  return columns;
}

function rangeText(time: Millis): string {
  return Number.isFinite(time) ? timeText(time) : "any time";
}
