import { fail, type Millis, type StartProgress, timeframeMs, timeText } from "#core";
import type { CandleSource } from "#model";
import { createColumnBuilder } from "../clean/columns.ts";
import type { Fix, RemovedRow } from "../clean/repair.ts";
import type { DataReport } from "../clean/report.ts";
import type { Store } from "../store/store.ts";
import type { DatasetVersion } from "../store/version-file.ts";
import type { WriteMode } from "../store/write-version.ts";
import type { Piece } from "./fetch/page-log.ts";
import { storePieces } from "./fetch/store-pieces.ts";

export interface IngestRequest {
  readonly source: CandleSource;
  readonly store: Store;
  readonly symbol: string;
  readonly timeframe: string;
  /** First start of a bar, inclusive. Default: all that the source has. */
  readonly from?: Millis;
  /** Exclusive. */
  readonly to?: Millis;
  readonly startProgress: StartProgress;
  /** See `checkCandles`. */
  readonly maxCorrection?: number;
  /** Rules that may change rows. Default: none but those of `checkCandles`. */
  readonly fixes?: readonly Fix[];
  /** How the bars join those stored: see the store's `WriteOptions`. Default: replace. */
  readonly mode?: WriteMode;
}

export interface IngestResult {
  readonly report: DataReport;
  readonly version: DatasetVersion;
  /** Rows as the source gave them that a rule took out or changed: for whoever keeps the raw data. */
  readonly removed: readonly RemovedRow[];
}

/**
 * Fetches, checks and stores the bars of one instrument. The stored version becomes the current one; with the mode
 * "replace" it holds exactly the range that was asked for. An error on the way changes nothing in the store.
 * Errors: those of the source, of `checkCandles` and of the store; `data.no-rows`.
 */
export async function ingest(request: IngestRequest): Promise<IngestResult> {
  const { source, store, symbol, timeframe, from, to, maxCorrection, fixes = [], mode = "replace" } = request;
  const range = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
  const expected =
    from === undefined || to === undefined ? 0 : Math.ceil((to - from) / timeframeMs(timeframe));
  const progress = request.startProgress(`${symbol} ${timeframe} from ${source.name}`, expected);
  const rows = createColumnBuilder();
  try {
    const instrument = await source.instrument(symbol);
    for await (const batch of source.candles({ instrument, timeframe, ...range })) {
      rows.append(batch);
      progress.update(rows.length, "fetching");
    }
    if (rows.length === 0) noRows(request);
    progress.update(rows.length, "checking and storing");
    const removed: RemovedRow[] = [];
    const columns = rows.columns() as unknown as Piece["columns"];
    const keepRemoved = async (taken: readonly RemovedRow[]) => void removed.push(...taken);
    const target = { store, source: source.name, symbol, timeframe, instrument, fixes, maxCorrection };
    const stored = await storePieces(
      { ...target, kind: "candles", keepRemoved },
      [{ rows: rows.length, columns }],
      mode,
    );
    const { version, checks } = stored!;
    progress.end(`${version.rows} rows`);
    return { report: { ...version, checks }, version, removed };
  } catch (error) {
    progress.end("stopped");
    throw error;
  }
}

function noRows({ source, symbol, timeframe, from, to }: IngestRequest): never {
  const start = from === undefined ? "its start" : timeText(from);
  const end = to === undefined ? "its end" : timeText(to);
  fail("data.no-rows", {
    message: `${source.name} has no ${timeframe} bars of ${symbol} from ${start} to ${end}`,
    hint: "Ask for a range in which the instrument was traded.",
    fields: { source: source.name, symbol, timeframe, from, to },
  });
}
