import { fail, type Millis, type StartProgress, timeframeMs, timeText } from "#core";
import type { CandleSource } from "#model";
import { checkCandles } from "../clean/check-candles.ts";
import { createColumnBuilder } from "../clean/columns.ts";
import { inspectBars } from "../clean/inspect-bars.ts";
import { type Fix, type RemovedRow, repairCandles } from "../clean/repair.ts";
import type { DataReport } from "../clean/report.ts";
import type { Store } from "../store/store.ts";
import type { DatasetVersion } from "../store/version-file.ts";

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
}

export interface IngestResult {
  readonly report: DataReport;
  readonly version: DatasetVersion;
  /** Rows as the source gave them that a rule took out or changed: for whoever keeps the raw data. */
  readonly removed: readonly RemovedRow[];
}

/**
 * Fetches, checks and stores the bars of one instrument. The stored version holds exactly the range that was asked
 * for and becomes the current one; an error on the way changes nothing in the store.
 * Errors: those of the source, of `checkCandles` and of the store; `data.no-rows`.
 */
export async function ingest(request: IngestRequest): Promise<IngestResult> {
  const { source, store, symbol, timeframe, from, to, maxCorrection, fixes = [] } = request;
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
    progress.update(rows.length, "checking");
    const mended = repairCandles(instrument, timeframe, rows.columns(), fixes);
    const { columns, checks: found } = checkCandles({
      instrument,
      timeframe,
      rows: mended.rows,
      ...(maxCorrection !== undefined && { maxCorrection }),
    });
    const checks = [...mended.checks, ...found, ...inspectBars(instrument, timeframe, columns)];
    progress.update(rows.length, "storing");
    const version = await store.write({ source: source.name, instrument, timeframe, checks }, columns);
    progress.end(`${version.rows} rows`);
    return { report: { ...version, checks }, version, removed: mended.removed };
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
