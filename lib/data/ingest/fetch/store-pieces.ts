import { isTickbookError } from "#core";
import { type BarColumns, type Instrument, TABLE_KINDS, type TableKind } from "#model";
import { checkCandles } from "../../clean/check-candles.ts";
import { addChecks, checkTable } from "../../clean/check-table.ts";
import { ALL_COLUMNS, mapColumns } from "../../clean/columns.ts";
import { inspectBars } from "../../clean/inspect-bars.ts";
import { type Fix, type RemovedRow, repairCandles } from "../../clean/repair.ts";
import type { DataCheck } from "../../clean/report.ts";
import { createTableBuilder } from "../../clean/table-builder.ts";
import type { Store } from "../../store/store.ts";
import { type DatasetVersion, ignoreDamage } from "../../store/version-file.ts";
import type { WriteMode } from "../../store/write-version.ts";
import type { Piece } from "./page-log.ts";

/** The dataset that pieces belong to. */
export interface PieceTarget {
  readonly store: Store;
  readonly source: string;
  readonly symbol: string;
  readonly kind: "candles" | TableKind;
  /** Of candles. */
  readonly timeframe?: string;
  readonly instrument?: Instrument | undefined;
  /** Of a series' value. */
  readonly unit?: string | undefined;
  /** Of candles: rules that may change rows. */
  readonly fixes?: readonly Fix[];
  /** Of candles: see `checkCandles`. */
  readonly maxCorrection?: number | undefined;
  /** Told what the rules took out, before the rest is stored. */
  keepRemoved?(removed: readonly RemovedRow[]): Promise<void>;
  /** Findings that the rows themselves do not show. */
  readonly extraChecks?: readonly DataCheck[];
  /** Versions that this writer has made: the next one takes the place of the last of them. Kept by `storePieces`. */
  readonly steps?: Set<string>;
}

/** A version, and what the checks say of it. */
export interface StoredPieces {
  readonly version: DatasetVersion;
  readonly checks: readonly DataCheck[];
}

/**
 * Checks pieces and joins them to what the store has. The same pieces once more change nothing.
 * Errors: those of the checks and of the store. @returns undefined for pieces without rows.
 */
export async function storePieces(
  target: PieceTarget,
  pieces: readonly Piece[],
  mode: WriteMode = "merge",
): Promise<StoredPieces | undefined> {
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
): Promise<StoredPieces> {
  const { store, source, symbol, timeframe = "", instrument, fixes = [], extraChecks = [] } = target;
  const builder = createTableBuilder(ALL_COLUMNS);
  for (const { columns, rows } of pieces) builder.append(columns, rows);
  const mended = repairCandles(instrument!, timeframe, builder.take(), fixes);
  if (mended.removed.length > 0) await target.keepRemoved?.(mended.removed);
  const { maxCorrection } = target;
  const check = { instrument: instrument!, timeframe, ...(maxCorrection !== undefined && { maxCorrection }) };
  const found = checkCandles({ ...check, rows: mended.rows });
  const key = { source, symbol, timeframe };
  const stored = mode === "replace" ? undefined : await readableOrNothing(store.read(key));
  const before = stored && (await store.report(stored.hash, key));
  const whole = stored ? checkCandles({ ...check, rows: unionBars(stored, found.columns, mode) }) : found;
  // What was put right is no longer seen in the rows.
  const done = repairs(before?.checks ?? [], [...mended.checks, ...found.checks]);
  const state = [...whole.checks, ...inspectBars(instrument!, timeframe, whole.columns), ...extraChecks];
  const names = new Set(state.map(({ name }) => name));
  const checks = [
    ...(stored ? done.filter(({ name }) => !names.has(name)) : mended.checks),
    ...state.map((each) => done.find(({ name }) => name === each.name) ?? each),
  ];
  const meta = { source, instrument: instrument!, timeframe, checks };
  const options = { mode, ...stepBefore(target, stored?.hash) };
  const version = await store.write(meta, found.columns, options);
  if (version.hash !== stored?.hash) target.steps?.add(version.hash);
  return { version, checks };
}

function repairs(before: readonly DataCheck[], now: readonly DataCheck[]): DataCheck[] {
  return addChecks(before, now).filter(({ verdict }) => verdict === "repaired");
}

async function storeTable(
  target: PieceTarget,
  kind: TableKind,
  pieces: readonly Piece[],
  mode: WriteMode,
): Promise<StoredPieces> {
  const { store, source, symbol, instrument, unit, extraChecks = [] } = target;
  const builder = createTableBuilder<string>(TABLE_KINDS[kind]);
  for (const { columns, rows } of pieces) builder.append(columns, rows);
  const taken = checkTable(kind, symbol, builder.take() as never);
  const key = { source, symbol, kind };
  const before = mode === "replace" ? undefined : await readableOrNothing(store.ranges(key));
  const report = before && (await store.report(before.hash, key));
  const checks = addChecks(report?.checks ?? [], [...taken.checks, ...extraChecks]);
  const meta = { ...key, checks, ...(instrument ? { instrument } : {}), ...(unit !== undefined && { unit }) };
  const options = { mode, ...stepBefore(target, before?.hash) };
  const version = await store.writeTable(meta, taken.columns, options);
  if (version.hash !== before?.hash) target.steps?.add(version.hash);
  return { version, checks: (await store.report(version.hash, key)).checks };
}

/** Of many pieces one version is left; one that stood before, or that another has written, is never taken away. */
function stepBefore({ steps }: PieceTarget, hash: string | undefined): { supersedes?: string } {
  return hash !== undefined && steps?.has(hash) ? { supersedes: hash } : {};
}

/** The rows of both in the order of time; of one time the stored row, since the store judges a difference. */
function unionBars(stored: BarColumns, found: BarColumns, mode: WriteMode): BarColumns {
  const [both, other] = mode === "correct" ? [found, stored] : [stored, found];
  const known = new Set(both.time);
  const fresh = mapColumns(other, (column) => column.filter((_, i) => !known.has(other.time[i]!)));
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

/** As {@link orNothing}; what is damaged counts as missing, since the same rows written again mend it. */
export async function readableOrNothing<T>(asked: Promise<T>): Promise<T | undefined> {
  return orNothing(asked).catch(ignoreDamage);
}
