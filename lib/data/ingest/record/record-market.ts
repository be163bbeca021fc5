/**
 * A live market into the store. What a recorder tells is kept in a log at once (../fetch/page-log.ts) and joined to the
 * store every so often; a process that is killed loses the message it was writing, and the next run stores the rest.
 */
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type Millis, type StartProgress, timeText } from "#core";
import { type MarketRecorder, type RecordedKind, type RecorderEvent, TABLE_KINDS } from "#model";
import { lockFolder } from "#storage";
import { addPlace, type DataCheck, type Finding, noFinding } from "../../clean/report.ts";
import type { Store } from "../../store/store.ts";
import type { DatasetVersion } from "../../store/version-file.ts";
import { openPageLog, type PageLog, type Piece } from "../fetch/page-log.ts";
import { orNothing, storePieces } from "../fetch/store-pieces.ts";

export interface RecordRequest {
  readonly recorder: MarketRecorder;
  readonly store: Store;
  /** Absolute folder for what waits; its own. */
  readonly folder: string;
  readonly symbol: string;
  readonly kinds: readonly RecordedKind[];
  /** Time between two writes to the store. Default 10 s. */
  readonly flushMs?: Millis;
  /** Ends the recording. */
  readonly signal: AbortSignal;
  readonly startProgress: StartProgress;
}

export interface RecordResult {
  readonly versions: readonly DatasetVersion[];
  /** By kind: rows, and gaps in the numbers. */
  readonly kinds: Readonly<Record<string, { readonly rows: number; readonly gaps: number }>>;
  /** Times that the connection was lost, or a request failed. */
  readonly lost: number;
}

const FLUSH_MS = 10_000;
/** Writes that fail one after another before the recording stops; what came stays in the log. */
const FAILURES_MAX = 3;
const GAPS: Readonly<Record<RecordedKind, string>> = {
  trades: "Trades that were lost and could not be asked for",
  depth: "Messages of the book that were lost, after which it began anew",
};

/** Records until `signal` is aborted. Errors: those of the recorder and the store; `storage.locked`. */
export async function recordMarket(request: RecordRequest): Promise<RecordResult> {
  const { recorder, folder, symbol, kinds, signal, startProgress } = request;
  const lock = lockFolder(folder);
  const progress = startProgress(`${symbol} ${kinds.join(" and ")} from ${recorder.name}`, 0);
  const takers = kinds.map((kind) => new Taker(request, kind, openPageLog(join(folder, kind))));
  let lost = 0;
  let note = "";
  const tell = (event: RecorderEvent) => {
    if (event.kind === "lost") {
      lost++;
      note = `lost: ${event.reason.slice(0, 60)}`;
    } else {
      takers.find(({ kind }) => kind === (event.kind === "gap" ? event.of : event.kind))?.take(event);
      if (event.kind === "gap")
        note = `gap at ${timeText(event.time)}: ${event.seen} instead of ${event.expected}`;
      else note = "recording";
    }
    progress.update(
      takers.reduce((sum, { rows }) => sum + rows, 0),
      note,
    );
  };
  const stop = new AbortController();
  const ending = AbortSignal.any([signal, stop.signal]);
  try {
    // What the run before left.
    for (const taker of takers) await taker.store();
    const lastTradeId = kinds.includes("trades") ? await lastTrade(request) : undefined;
    const flushing = flushOften(takers, request.flushMs ?? FLUSH_MS, ending);
    await Promise.all([
      recorder.record({ symbol, kinds, signal: ending, tell, lastTradeId }).finally(() => stop.abort()),
      flushing.finally(() => stop.abort()),
    ]);
    for (const taker of takers) await taker.store();
    const kindsTold = takers.map(({ kind, rows, gaps }) => [kind, { rows, gaps }] as const);
    progress.end(
      kindsTold.map(([kind, { rows, gaps }]) => `${rows} rows of ${kind}, ${gaps} gaps`).join("; "),
    );
    const versions = takers.flatMap(({ version }) => version ?? []);
    return { versions, kinds: Object.fromEntries(kindsTold), lost };
  } catch (error) {
    progress.end("stopped; what came is kept");
    throw error;
  } finally {
    for (const taker of takers) taker.close();
    lock.release();
  }
}

/** The number of the last trade in the store; undefined if there is none. */
async function lastTrade({ store, recorder, symbol }: RecordRequest): Promise<number | undefined> {
  const key = { source: recorder.name, symbol, kind: "trades" } as const;
  const stored = await orNothing(store.ranges(key));
  if (!stored) return undefined;
  const { id } = await store.readTable({ ...key, from: stored.to });
  const last = id.reduce((most, each) => Math.max(most, each), Number.NEGATIVE_INFINITY);
  return Number.isFinite(last) ? last : undefined;
}

async function flushOften(takers: readonly Taker[], ms: Millis, signal: AbortSignal): Promise<void> {
  for (let failures = 0; ; ) {
    const isOver = await pause(ms, false, { signal }).catch(() => true);
    if (isOver) return;
    try {
      for (const taker of takers) await taker.store();
      failures = 0;
    } catch (error) {
      if (++failures === FAILURES_MAX) throw error;
    }
  }
}

/** The rows of one kind on their way. */
class Taker {
  readonly kind: RecordedKind;
  rows = 0;
  gaps = 0;
  version: DatasetVersion | undefined;
  readonly #request: RecordRequest;
  readonly #log: PageLog;
  readonly #steps = new Set<string>();
  #found: Finding = noFinding();

  constructor(request: RecordRequest, kind: RecordedKind, log: PageLog) {
    this.#request = request;
    this.kind = kind;
    this.#log = log;
  }

  take(event: Exclude<RecorderEvent, { kind: "lost" }>): void {
    if (event.kind === "gap") {
      this.gaps++;
      addPlace(this.#found, event.time);
      return;
    }
    const columns = event.columns as Piece["columns"];
    const rows = columns[TABLE_KINDS[this.kind][0]]!.length;
    this.#log.append({ rows, columns });
    this.rows += rows;
  }

  async store(): Promise<void> {
    await this.#log.drain(async (pieces) => {
      const { store, symbol, recorder } = this.#request;
      const found = this.#found;
      this.#found = noFinding();
      const check: DataCheck = {
        name: GAPS[this.kind],
        ...found,
        unit: "gaps",
        allowed: 0,
        verdict: found.found > 0 ? "kept, look" : "in order",
      };
      const to = { store, symbol, source: recorder.name, kind: this.kind, steps: this.#steps };
      try {
        this.version = (await storePieces({ ...to, extraChecks: [check] }, pieces))?.version ?? this.version;
      } catch (error) {
        // The pieces wait for the next try, and so does what was found in them.
        const { found: more, where } = this.#found;
        this.#found = { found: found.found + more, where: [...found.where, ...where].slice(0, 3) };
        throw error;
      }
    });
  }

  close(): void {
    this.#log.close();
  }
}
