import { onTestFinished } from "vitest";
import { type Exchange, type ExchangeKey, type ExchangeOptions, startExchange } from "#exchange";
import {
  type Account,
  type Bars,
  bps,
  account as createAccount,
  createInstrument,
  type Instrument,
} from "#model";

export const DAY = 864e5;
/** Monday 2024-01-01. */
export const START = Date.UTC(2024, 0, 1);
export const BTC = createInstrument({ symbol: "BTC/USDT", tick: "0.01", lot: "0.001", minNotional: "5" });
export const ETH = createInstrument({ symbol: "ETH/USDT", tick: "0.05", lot: "0.01", minNotional: "5" });
export const KEYS: readonly ExchangeKey[] = [
  { apiKey: "alpha", secret: "secret of alpha" },
  { apiKey: "beta", secret: "secret of beta" },
];

/** Open, high, low and close in ticks, volume in lots. */
export type Row = readonly [open: number, high: number, low: number, close: number, lots: number];

/** Daily bars from `START` on; a missing row is a day without a bar. */
export function barsOf(instrument: Instrument, rows: readonly (Row | undefined)[], length = DAY): Bars {
  const there = rows.flatMap((row, day) => (row ? [{ row, time: START + day * length }] : []));
  const column = (of: (row: Row) => number) => Float64Array.from(there, ({ row }) => of(row));
  const price = (ticks: number) => (ticks * instrument.tickUnits) / instrument.priceScale;
  return {
    instrument,
    timeframe: length === DAY ? "1d" : "1m",
    timeframeMs: length,
    length: there.length,
    hash: "0".repeat(64),
    time: Float64Array.from(there, ({ time }) => time),
    open: column(([open]) => price(open)),
    high: column(([, high]) => price(high)),
    low: column(([, , low]) => price(low)),
    close: column(([, , , close]) => price(close)),
    volume: column(([, , , , lots]) => (lots * instrument.lotUnits) / instrument.quantityScale),
  };
}

export function termsOf(change: Partial<Account> = {}): Account {
  return createAccount({
    venue: "binance",
    kind: "cash",
    currency: "USDT",
    capital: 100_000,
    fees: bps(10),
    slippage: bps(2),
    latencyMs: 50,
    depthShare: 0.1,
    ...change,
  });
}

/** An exchange that is closed when the test ends. */
export async function exchangeOf(
  options: Pick<ExchangeOptions, "bars"> & Partial<ExchangeOptions>,
): Promise<Exchange> {
  const exchange = await startExchange({
    from: START,
    terms: termsOf(),
    keys: KEYS.slice(0, 1),
    pace: { kind: "paced", speed: 1 },
    ...options,
  });
  onTestFinished(() => exchange.close());
  return exchange;
}
