import type { Millis } from "#core";
import type { Instrument } from "./instrument.ts";

/** One bar as a source gives it, before any check: start in UTC milliseconds, then open, high, low, close, volume. */
export type RawCandle = readonly [
  time: Millis,
  open: number,
  high: number,
  low: number,
  close: number,
  volume: number,
];

/**
 * Where history comes from: a file, a package, an exchange.
 * Contract: batches come oldest first; asking for the same range twice gives the same candles;
 * a connection that fails ends with a `TickbookError`, after the batches that did arrive.
 */
export interface CandleSource {
  /** Short name, part of the dataset's identity: "vega", "binance", "csv". */
  readonly name: string;
  /** The instrument as the source defines it (tick, lot, smallest order). */
  instrument(symbol: string): Promise<Instrument>;
  /** Batches of candles with from <= time < to. */
  candles(request: {
    readonly instrument: Instrument;
    readonly timeframe: string;
    readonly from?: Millis;
    readonly to?: Millis;
  }): AsyncIterable<readonly RawCandle[]>;
  close(): Promise<void>;
}
