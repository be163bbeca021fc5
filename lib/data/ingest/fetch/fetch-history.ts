/**
 * History that is asked for once.
 *
 *   <folder>/pending.log    pages that came and are not in the store yet (page-log.ts)
 *   <folder>/covered.json   stretches that were answered whole, with rows or without
 *
 * A page is kept in the log as it comes; the log is emptied into the store from time to time, at the end, and at the
 * start of the next run. Stored first, then noted as covered, then cleared: killed in between, a run repeats a step
 * that changes nothing.
 */
import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { fail, type Millis, type StartProgress, timeframeMs, timeText } from "#core";
import type { HistoryKind, HistorySource } from "#model";
import { lockFolder } from "#storage";
import type { Fix, RemovedRow } from "../../clean/repair.ts";
import type { DataReport } from "../../clean/report.ts";
import type { Store } from "../../store/store.ts";
import type { DatasetVersion } from "../../store/version-file.ts";
import { readCoverage, writeCoverage } from "./coverage.ts";
import { openPageLog, type PageLog } from "./page-log.ts";
import { addSpan, missingSpans, type Span } from "./spans.ts";
import { orNothing, type PieceTarget, readableOrNothing, storePieces } from "./store-pieces.ts";

export interface FetchRequest {
  readonly source: HistorySource;
  readonly store: Store;
  /** Absolute folder for what is known about this dataset's fetches; its own. */
  readonly folder: string;
  readonly symbol: string;
  readonly kind: HistoryKind;
  /** Of candles. */
  readonly timeframe?: string;
  readonly from: Millis;
  readonly to: Millis;
  readonly now: Millis;
  readonly startProgress: StartProgress;
  /** Asks for the whole range again, whatever was fetched before; the new answers are right. Default false. */
  readonly isAgain?: boolean;
  /** Rules that may change candles. What they take out is appended to <folder>/removed.csv. Default: none. */
  readonly fixes?: readonly Fix[];
}

export interface FetchResult {
  readonly report: DataReport;
  readonly version: DatasetVersion;
  /** Rows that this run brought, and pages that it asked for. */
  readonly rows: number;
  readonly pages: number;
}

/** Rows in the log at which it is emptied into the store. */
const ROWS_WAITING = 200_000;
/** An exchange may be late with its newest rows; that it has none is believed after a day. */
const SETTLED_MS = 864e5;

/**
 * Fetches what of a range is not stored yet. Run again it asks for what is missing only; a run that was killed loses
 * no page that had come. Errors: those of the source, the checks and the store; `data.no-rows`, `storage.locked`.
 */
export async function fetchHistory(request: FetchRequest): Promise<FetchResult> {
  const { source, store, folder, symbol, kind, timeframe, from, to, startProgress } = request;
  if (!(from < to)) noRows(request);
  const lock = lockFolder(folder);
  let log: PageLog | undefined;
  const total = timeframe === undefined ? 0 : Math.max(0, Math.ceil((to - from) / timeframeMs(timeframe)));
  const progress = startProgress(`${symbol} ${timeframe ?? kind} from ${source.name}`, total);
  try {
    log = openPageLog(folder);
    const instrument = await source.instrument(symbol, kind);
    const target: PieceTarget = {
      store,
      source: source.name,
      symbol,
      kind,
      instrument,
      fixes: request.fixes ?? [],
      steps: new Set(),
      keepRemoved: (removed) => appendFile(join(folder, "removed.csv"), removed.map(lineOf).join("")),
      ...(timeframe ? { timeframe } : {}),
    };
    const fetched = await fetchMissing(request, target, log, (rows) => progress.update(rows, "fetching"));
    const key = { source: source.name, symbol, kind: kind === "candles" ? timeframe! : kind };
    const version = await orNothing(store.ranges(keyOf(key, kind)));
    if (!version) return noRows(request);
    const { periods: _, ...plain } = version;
    const report = await store.report(version.hash, keyOf(key, kind));
    progress.end(`${fetched.rows} new rows, ${version.rows} in all`);
    return { report, version: plain, ...fetched };
  } catch (error) {
    progress.end("stopped; what came is kept");
    throw error;
  } finally {
    log?.close();
    lock.release();
  }
}

function lineOf({ fix, row }: RemovedRow): string {
  return `${[fix, ...row].join(",")}\n`;
}

function keyOf({ source, symbol, kind }: { source: string; symbol: string; kind: string }, of: HistoryKind) {
  return of === "candles" ? { source, symbol, timeframe: kind } : { source, symbol, kind: of };
}

async function fetchMissing(
  request: FetchRequest,
  target: PieceTarget,
  log: PageLog,
  tell: (rows: number) => void,
): Promise<{ readonly rows: number; readonly pages: number }> {
  const { source, store, folder, symbol, kind, timeframe, from, to, isAgain = false } = request;
  const key = keyOf({ source: source.name, symbol, kind: timeframe ?? kind }, kind);
  // Spans of a dataset that is gone say nothing.
  let covered = isAgain || !(await readableOrNothing(store.ranges(key))) ? [] : await readCoverage(folder);
  const empty = () =>
    log.drain(async (pieces) => {
      await storePieces(target, pieces, isAgain ? "correct" : "merge");
      covered = pieces.flatMap(({ span }) => (span ? [span] : [])).reduce<Span[]>(addSpan, covered);
      await writeCoverage(folder, covered);
    });
  // A page that the checks refuse would stand in the way for ever.
  if (isAgain) log.clear();
  await empty();
  let [rows, pages] = [0, 0];
  try {
    for (const [start, end] of missingSpans(covered, [from, to])) {
      const range = { symbol, kind, from: start, to: end, ...(timeframe === undefined ? {} : { timeframe }) };
      for await (const page of source.pages(range)) {
        const columns = page.columns as unknown as Readonly<Record<string, Float64Array>>;
        const count = columns.time!.length;
        log.append({ rows: count, columns, span: settled(request, page.from, page.to, columns.time!) });
        rows += count;
        pages++;
        tell(rows);
        if (log.rows >= ROWS_WAITING) await empty();
      }
    }
  } finally {
    // What came before an error is worth as much as what comes without one.
    await empty();
  }
  return { rows, pages };
}

/** The stretch that need not be asked for again: up to the last row, and beyond it what is old enough. */
function settled({ now, timeframe }: FetchRequest, from: Millis, to: Millis, time: Float64Array): Span {
  const last = time.at(-1);
  const end = last === undefined ? from : last + (timeframe === undefined ? 0 : timeframeMs(timeframe));
  return [from, Math.max(Math.min(end, to), Math.min(to, now - SETTLED_MS))];
}

function noRows({ source, symbol, kind, timeframe, from, to }: FetchRequest): never {
  fail("data.no-rows", {
    message: `${source.name} has no ${timeframe === undefined ? kind : `${timeframe} bars`} of ${symbol} from ${timeText(from)} to ${timeText(to)}`,
    hint: "Ask for a range in which the instrument was traded.",
    fields: { source: source.name, symbol, kind, timeframe, from, to },
  });
}
