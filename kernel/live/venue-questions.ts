/** What is asked of a venue beside its streams: each may be asked again, because it changes nothing there. */
import { type ErrorCode, fail, isTickbookError, type Millis, timeframeMs } from "#core";
import type { Instrument, Order, OrderReport, RawCandle, VenueGateway } from "#model";
import type { TradingTerms } from "./core/input.ts";
import type { TradingCore } from "./core/trading-core.ts";

export const ASK_PAUSE_MS = 200;
const RETRY_MS = 250;
/** What is tried again until it works. */
const AWAITED: readonly ErrorCode[] = ["venue.unreachable", "venue.lost", "live.series-unreadable"];
const RETRY_MS_MAX = 10_000;

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * Goes on trying while the venue can't be reached: whoever trades has no other way out, but for `isWanted`, which is
 * looked at before each attempt.
 */
export async function untilReached<T>(
  onLog: (level: "warning", message: string) => void,
  isWanted: () => boolean,
  work: () => Promise<T>,
): Promise<T> {
  for (let wait = RETRY_MS; ; wait = Math.min(RETRY_MS_MAX, 2 * wait)) {
    try {
      return await work();
    } catch (error) {
      if (!isTickbookError(error) || !AWAITED.includes(error.code)) throw error;
      onLog("warning", error.message);
      for (let left = wait; left > 0; left -= RETRY_MS) {
        if (!isWanted()) throw error;
        await pause(Math.min(left, RETRY_MS));
      }
    }
  }
}

/** What became of an order whose answer was lost. */
export async function fateOf(gateway: VenueGateway, order: Order): Promise<readonly OrderReport[]> {
  const known = await gateway.ask(order);
  return known.isKnown ? known.events : [endOfUnknown(order)];
}

/** The end of an order that the venue does not know: one that was wanted never arrived, any other is gone as wanted. */
export function endOfUnknown({ id, state }: Order): OrderReport {
  const at = { id, time: Number.NaN, execution: 0 };
  const isWanted = state === "submitting" || state === "unknown";
  return isWanted
    ? { kind: "order-rejected", ...at, reason: "not-found" }
    : { kind: "order-canceled", ...at };
}

/**
 * By asset: what the account holds beside the capital that the strategy trades with.
 * Errors: `live.too-little-capital`.
 */
export async function foreignBalances(
  gateway: VenueGateway,
  { terms, engine }: TradingCore,
): Promise<Readonly<Record<string, bigint>>> {
  const { currency } = terms.account;
  const { total } = await gateway.balances();
  const had = total[currency] ?? 0n;
  if (had < engine.cash) {
    fail("live.too-little-capital", {
      message: `the account at ${gateway.name} holds ${had} smallest units of ${currency}, and the bundle trades with ${engine.cash}`,
      hint: "Pay in, or promote the strategy with a capital of what is there.",
      fields: { currency, had: String(had), wanted: String(engine.cash) },
    });
  }
  return { ...total, [currency]: had - engine.cash };
}

/** Open time of each instrument's latest candle, which may still be open; -Infinity for one without any. */
export async function lastCandles(
  gateway: VenueGateway,
  { terms, instruments }: TradingCore,
): Promise<readonly Millis[]> {
  const candles = instruments.map((instrument) => gateway.candles(instrument, terms.timeframe, 1));
  return (await Promise.all(candles)).map((found) => found.at(-1)?.[0] ?? Number.NEGATIVE_INFINITY);
}

/** By instrument: exactly the closed candles that a bundle warms up from. Errors: `live.short-history`. */
export function warmupCandles(
  gateway: VenueGateway,
  instruments: readonly Instrument[],
  { timeframe, warmupBars }: TradingTerms,
  until: Millis,
): Promise<(readonly RawCandle[])[]> {
  const length = timeframeMs(timeframe);
  return Promise.all(
    instruments.map(async (instrument) => {
      const found = await gateway.candles(instrument, timeframe, warmupBars, until);
      if (found.length === warmupBars && found.every(([open]) => open + length <= until)) return found;
      return fail("live.short-history", {
        message: `${gateway.name} gives ${found.length} closed ${timeframe} candles of ${instrument.symbol}, and the bundle warms up from ${warmupBars}`,
        hint: "A strategy that starts on less would not decide as it did in research.",
        fields: { symbol: instrument.symbol, found: found.length, warmupBars },
      });
    }),
  );
}
