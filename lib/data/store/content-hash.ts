/**
 * The hash of a dataset version depends on what it says, not on how Parquet encodes it:
 *
 *   part    = sha256(the rows of one period; each column's float64, little endian, column after column)
 *   version = sha256(JSON of [what it is of, kind, [[period, rows, part], ...]])
 *
 * Hashing by periods lets an append hash only what it changes.
 */

import { createHash } from "node:crypto";
import type { Instrument, InstrumentSpec } from "#model";
import { sha256 } from "#storage";
import { type Columns, isTableKind, type Layout } from "./layout.ts";
import type { Part } from "./version-file.ts";

/** sha256 of the rows, hex. DuckDB and Node run on little-endian machines only: the memory is the text. */
export function hashPart({ names }: Layout, columns: Columns): string {
  const hash = createHash("sha256");
  for (const name of names) {
    const { buffer, byteOffset, byteLength } = columns[name]!;
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest("hex");
}

export interface VersionContent {
  readonly symbol: string;
  readonly kind: string;
  readonly instrument?: InstrumentSpec;
  readonly unit?: string;
  readonly parts: readonly Pick<Part, "period" | "rows" | "sha256">[];
}

export function hashVersion({ symbol, kind, instrument, unit, parts }: VersionContent): string {
  const of = instrument ? specValues(instrument) : symbol;
  const isBars = !isTableKind(kind);
  const rows = parts.map((part) => [isBars ? Number(part.period) : part.period, part.rows, part.sha256]);
  return sha256(JSON.stringify(isBars ? [of, kind, rows] : [of, kind, unit ?? null, rows]));
}

function specValues({ symbol, tick, lot, minNotional, assetDecimals, calendar }: InstrumentSpec): unknown[] {
  return [symbol, tick, lot, minNotional, assetDecimals, calendar];
}

/** The settings that an instrument is made from. */
export function specFromInstrument(instrument: Instrument): InstrumentSpec {
  const { symbol, tick, lot, minNotional, assetDecimals, calendar } = instrument;
  return { symbol, tick, lot, minNotional, assetDecimals, calendar };
}
