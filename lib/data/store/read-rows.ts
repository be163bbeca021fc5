import { fail, type Millis, timeText } from "#core";
import type { Duckdb } from "./duckdb.ts";
import { allocateColumns, type Columns, layoutOf, mapNamed, sliceColumns } from "./layout.ts";
import { streamParquet } from "./parquet.ts";
import { readPart, verifyPart } from "./part-file.ts";
import { type Part, partPath, type VersionFile, versionOf } from "./version-file.ts";

export interface TimeRange {
  /** First time of a row, inclusive. Default: all. */
  readonly from?: Millis;
  /** Exclusive. Default: all. */
  readonly to?: Millis;
}

/** Parts that are decoded at once: one is waited for while another computes. */
const READERS = 2;
/** Rows of a batch of a scan; DuckDB's chunks have 2048. */
const BATCH_ROWS = 16_384;

/** All rows of the range, verified. Errors: `data.damaged`, `data.no-rows`. */
export async function readRows(
  duckdb: Duckdb,
  dataset: string,
  file: VersionFile,
  range: TimeRange,
  shared = false,
): Promise<Columns> {
  const wanted = partsIn(file, range);
  const total = wanted.reduce((rows, part) => rows + part.rows, 0);
  const columns = allocateColumns(layoutOf(file.kind).names, total, shared);
  const offsets: number[] = [];
  for (const part of wanted) offsets.push((offsets.at(-1) ?? 0) + part.rows);
  let next = 0;
  const readOn = async () => {
    while (next < wanted.length) {
      const k = next++;
      await readPart(duckdb, dataset, wanted[k]!, columns, offsets[k]! - wanted[k]!.rows);
    }
  };
  await settleAll(Array.from({ length: READERS }, readOn));
  const { from = -Infinity, to = Infinity } = range;
  const [start, end] = [firstAtOrAfter(columns.time!, from), firstAtOrAfter(columns.time!, to)];
  return start < end ? sliceColumns(columns, start, end) : noRows(file, range);
}

/**
 * The rows of the range in batches of some thousand, each on memory of its own. A part is verified before its first row
 * is given. Errors: `data.damaged`; a range without rows has no batches.
 */
export async function* scanRows(
  duckdb: Duckdb,
  dataset: string,
  file: VersionFile,
  range: TimeRange,
): AsyncGenerator<Columns> {
  const { names } = layoutOf(file.kind);
  const wanted = partsIn(file, range);
  let verified = verifyNext(dataset, wanted[0]);
  for (const [k, part] of wanted.entries()) {
    await verified;
    verified = verifyNext(dataset, wanted[k + 1]);
    const connection = await duckdb.connect();
    try {
      let batch = allocateColumns(names, BATCH_ROWS);
      let length = 0;
      for await (const chunk of streamParquet(
        connection,
        partPath(dataset, part),
        names,
        whereOf(part, range),
      )) {
        const rows = chunk[0]!.length;
        if (length + rows > BATCH_ROWS) {
          yield sliceColumns(batch, 0, length);
          batch = allocateColumns(names, BATCH_ROWS);
          length = 0;
        }
        for (let k = 0; k < names.length; k++) batch[names[k]!]!.set(chunk[k]!, length);
        length += rows;
      }
      if (length > 0) yield mapNamed(batch, (column) => column.slice(0, length));
    } finally {
      connection.closeSync();
    }
  }
}

/** Reads ahead: the next part is verified while this one is decoded. */
function verifyNext(dataset: string, part: Part | undefined): Promise<void> {
  const verified = part ? verifyPart(dataset, part) : Promise.resolve();
  // It is awaited when the scan comes to the part, which may be never.
  verified.catch(() => {});
  return verified;
}

/** Lets DuckDB pass over the row groups that a range does not touch. */
export function whereOf(
  part: Pick<Part, "from" | "to">,
  { from = -Infinity, to = Infinity }: TimeRange,
): string {
  const terms = [
    ...(from > part.from ? [`time >= '${from}'::DOUBLE`] : []),
    ...(to <= part.to ? [`time < '${to}'::DOUBLE`] : []),
  ];
  return terms.length === 0 ? "" : `WHERE ${terms.join(" AND ")}`;
}

export function partsIn({ parts }: VersionFile, { from = -Infinity, to = Infinity }: TimeRange): Part[] {
  return parts.filter((part) => part.to >= from && part.from < to);
}

/** Index of the first time at or after a moment. */
function firstAtOrAfter(time: Float64Array, moment: Millis): number {
  let low = 0;
  let high = time.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (time[middle]! < moment) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Waits for all, also after one has failed, so that none works on in the background. */
async function settleAll(works: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(works)) {
    if (result.status === "rejected") throw result.reason;
  }
}

export function noRows(file: VersionFile, { from = -Infinity, to = Infinity }: TimeRange): never {
  const { symbol, kind, source, from: first, to: last } = versionOf(file);
  fail("data.no-rows", {
    message: `${symbol} ${kind} of ${source} has no rows from ${rangeText(from)} to ${rangeText(to)}`,
    hint: `The dataset reaches from ${timeText(first)} to ${timeText(last)}.`,
    fields: { source, symbol, kind, from, to },
  });
}

function rangeText(time: Millis): string {
  return Number.isFinite(time) ? timeText(time) : "any time";
}
