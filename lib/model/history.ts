import type { Millis } from "#core";
import type { BarColumns } from "./bars.ts";
import type { Instrument } from "./instrument.ts";
import type { TableColumns } from "./tables.ts";

/** What an exchange can be asked for. */
export interface HistoryColumns {
  readonly candles: BarColumns;
  readonly trades: TableColumns<"trades">;
  readonly funding: TableColumns<"funding">;
}
export type HistoryKind = keyof HistoryColumns;

/** One answer: all that there is with from <= time < to, which may be nothing. */
export interface HistoryPage<K extends HistoryKind = HistoryKind> {
  readonly from: Millis;
  readonly to: Millis;
  /** Unchecked, in the order of their time. Rows that another page brings too are allowed. */
  readonly columns: HistoryColumns[K];
}

export interface HistoryRequest<K extends HistoryKind = HistoryKind> {
  readonly symbol: string;
  readonly kind: K;
  /** Length of the candles. */
  readonly timeframe?: string;
  readonly from: Millis;
  readonly to: Millis;
}

/**
 * History in pages that say what they cover, so that what was asked once need not be asked again.
 * Contract: each page begins where the one before ended; the last may end before `to` if what follows is not known yet.
 */
export interface HistorySource {
  /** Part of the dataset's identity: "binance". */
  readonly name: string;
  /** The instrument as the source defines it; undefined if it states no steps. */
  instrument(symbol: string, kind: HistoryKind): Promise<Instrument | undefined>;
  pages<K extends HistoryKind>(request: HistoryRequest<K>): AsyncIterable<HistoryPage<K>>;
  close(): Promise<void>;
}
