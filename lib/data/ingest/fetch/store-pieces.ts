import { isTickbookError } from "#core";
import {
  type BarColumns,
  type HistoryKind,
  type Instrument,
  type RecordedKind,
  TABLE_KINDS,
  type TableKind,
} from "#model";
import { checkCandles } from "../../clean/check-candles.ts";
import { addChecks, checkTable } from "../../clean/check-table.ts";
import { ALL_COLUMNS, mapColumns } from "../../clean/columns.ts";
import { inspectBars } from "../../clean/inspect-bars.ts";
import { type Fix, type RemovedRow, repairCandles } from "../../clean/repair.ts";
import type { DataCheck } from "../../clean/report.ts";
import { createTableBuilder } from "../../clean/table-builder.ts";
import type { Store } from "../../store/store.ts";
import type { DatasetVersion } from "../../store/version-file.ts";
import type { WriteMode } from "../../store/write-version.ts";
import type { Piece } from "./page-log.ts";

/** The dataset that pieces belong to. */
export interface PieceTarget {
  readonly store: Store;
  readonly source: string;
  readonly symbol: string;
  readonly kind: HistoryKind | RecordedKind;
  /** Of candles. */
  readonly timeframe?: string;
  readonly instrument?: Instrument | undefined;
  /** Of candles: rules that may change rows. */
  readonly fixes?: readonly Fix[];
  /** Told what the rules took out, before the rest is stored. */
  keepRemoved?(removed: readonly RemovedRow[]): Promise<void>;
  /** Findings that the rows themselves do not show. */
  readonly extraChecks?: readonly DataCheck[];
}

/**
 * Checks pieces and joins them to what the store has. The same pieces once more change nothing.
 * Errors: those of the checks and of the store.
 */
export async function storePieces(
  target: PieceTarget,
  pieces: readonly Piece[],
  mode: WriteMode = "merge",
): Promise<DatasetVersion | undefined> {
  const rows = pieces.reduce((sum, piece) => sum + piece.rows, 0);
  if (rows === 0) return undefined;
  return target.kind === "candles"
    ? storeBars(target, pieces, mode)
    : storeTable(target, target.kind, pieces, mode);
}

async function storeBars(
  target: PieceTarget,
  pieces: readonly Piece[],
  mode: WriteMode,
): Promise<DatasetVersion> {
  const { store, source, symbol, timeframe = "", instrument, fixes = [], extraChecks = [] } = target;
  const builder = createTableBuilder(ALL_COLUMNS);
  for (const { columns, rows } of pieces) builder.append(columns, rows);
  const mended = repairCandles(instrument!, timeframe, builder.take(), fixes);
  if (mended.removed.length > 0) await target.keepRemoved?.(mended.removed);
  const found = checkCandles({ instrument: instrument!, timeframe, rows: mended.rows });
  const stored = await orNothing(store.read({ source, symbol, timeframe }));
  const all = stored ? unionBars(stored, found.columns) : found.columns;
  const whole = stored ? checkCandles({ instrument: instrument!, timeframe, rows: all }) : found;
  const checks = [
    ...mended.checks,
    ...whole.checks,
    ...inspectBars(instrument!, timeframe, whole.columns),
    ...extraChecks,
  ];
  return store.write({ source, instrument: instrument!, timeframe, checks }, found.columns, {
    mode,
  });
}

async function storeTable(
  target: PieceTarget,
  kind: TableKind,
  pieces: readonly Piece[],
  mode: WriteMode,
): Promise<DatasetVersion> {
  const { store, source, symbol, instrument, extraChecks = [] } = target;
  const builder = createTableBuilder<string>(TABLE_KINDS[kind]);
  for (const { columns, rows } of pieces) builder.append(columns, rows);
  const taken = checkTable(kind, symbol, builder.take() as never);
  const before = await orNothing(store.ranges({ source, symbol, kind }));
  const report = before && (await store.report(before.hash));
  const checks = addChecks(report?.checks ?? [], [...taken.checks, ...extraChecks]);
  const meta = { source, symbol, kind, checks, ...(instrument ? { instrument } : {}) };
  return store.writeTable(meta, taken.columns, { mode });
}

/** The rows of both in the order of time; of one time the stored row, since the store judges a difference. */
function unionBars(stored: BarColumns, found: BarColumns): BarColumns {
  const known = new Set(stored.time);
  const fresh = mapColumns(found, (column) => column.filter((_, i) => !known.has(found.time[i]!)));
  const both = mapColumns(stored, (column) => column);
  const joined = Object.fromEntries(
    ALL_COLUMNS.map((name) => {
      const column = new Float64Array(both.time.length + fresh.time.length);
      column.set(both[name]);
      column.set(fresh[name], both.time.length);
      return [name, column];
    }),
  ) as unknown as BarColumns;
  const order = Uint32Array.from(joined.time, (_, i) => i).sort((a, b) => joined.time[a]! - joined.time[b]!);
  return mapColumns(joined, (column) => Float64Array.from(order, (i) => column[i]!));
}

/** What the store gives; undefined if it does not have the dataset. */
export async function orNothing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (isTickbookError(error) && error.code === "data.unknown-dataset") return undefined;
    throw error;
  }
}
