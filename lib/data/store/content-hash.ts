/**
 * The hash of a dataset version depends on what it says, not on how Parquet encodes it:
 *
 *   part    = sha256(time, open, high, low, close, volume of one UTC year; each column's float64, little endian)
 *   version = sha256(JSON of [instrument, timeframe, [[year, rows, part], ...]])
 *
 * Hashing by years lets a read of some years verify all that it reads.
 */
import { createHash } from "node:crypto";
import type { BarColumns, Instrument, InstrumentSpec } from "#model";
import { ALL_COLUMNS } from "../clean/columns.ts";

export interface Part {
  /** UTC year of the bars' starts. */
  readonly year: number;
  readonly rows: number;
  readonly sha256: string;
}

/** sha256 of one year's columns, hex. DuckDB and Node run on little-endian machines only: the memory is the text. */
export function hashPart(columns: BarColumns): string {
  const hash = createHash("sha256");
  for (const name of ALL_COLUMNS) {
    const { buffer, byteOffset, byteLength } = columns[name];
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest("hex");
}

export function hashVersion(spec: InstrumentSpec, timeframe: string, parts: readonly Part[]): string {
  const { symbol, tick, lot, minNotional, assetDecimals, calendar } = spec;
  const content = [
    [symbol, tick, lot, minNotional, assetDecimals, calendar],
    timeframe,
    parts.map(({ year, rows, sha256 }) => [year, rows, sha256]),
  ];
  return createHash("sha256").update(JSON.stringify(content)).digest("hex");
}

/** The settings that an instrument is made from. */
export function specFromInstrument(instrument: Instrument): InstrumentSpec {
  const { symbol, tick, lot, minNotional, assetDecimals, calendar } = instrument;
  return { symbol, tick, lot, minNotional, assetDecimals, calendar };
}
