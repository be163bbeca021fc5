import type { Bars } from "#model";

/*
 * A second, deliberately naive backtest of one instrument, written from the words of the liquidity model alone:
 * market orders toward a target quantity, and one protective stop. Everything is an event in one list that is sorted
 * by time; prints go before arrivals of the same time; all money is bigint.
 */

/** What the strategy wants after bar `bar` has closed: to hold `lots`, under a stop at `stopTicks` if there is one. */
export interface Wish {
  readonly bar: number;
  readonly lots: number;
  readonly stopTicks: number | undefined;
}

export interface Market {
  readonly bars: Bars;
  readonly timeframeMs: number;
  readonly latencyMs: number;
  /** Thousandths of a basis point. */
  readonly feeRate: bigint;
  readonly slippageRate: bigint;
  /** Depth is volume / depthDivisor. */
  readonly depthDivisor: number;
}

export interface ReferenceFill {
  readonly time: number;
  readonly ticks: number;
  readonly lots: number;
  readonly side: number;
  readonly fee: bigint;
}

const ONE = 10_000_000n;

type Event =
  | { time: number; rank: 0; kind: "print"; ticks: bigint; depth: bigint; closed: number }
  | { time: number; rank: 1; kind: "market"; side: number; lots: bigint }
  | { time: number; rank: 1; kind: "stop"; ticks: bigint; lots: bigint }
  | { time: number; rank: 1; kind: "cancel" };

export function referenceFills(market: Market, wishes: readonly Wish[]): ReferenceFill[] {
  const { bars, latencyMs } = market;
  const perLot = BigInt(bars.instrument.baseUnitsPerLot);
  const perTickLot = BigInt(bars.instrument.quoteUnitsPerTickLot);
  const fills: ReferenceFill[] = [];
  const events: Event[] = printEvents(market);
  const wishAfter = new Map(wishes.map((wish) => [wish.bar, wish]));

  let base = 0n;
  let asked: { ticks: bigint; bid: bigint; ask: bigint; bidDepth: bigint; askDepth: bigint } | undefined;
  let stopTicks: bigint | undefined;
  /** The order toward the target that is on its way. */
  let isTrading = false;
  let isWaiting = false;
  let resting: { ticks: bigint; lots: bigint } | undefined;
  /** The stop as the strategy's side knows it: sent, maybe not arrived; and whether its cancel is on the way. */
  let sentStop: { ticks: bigint; lots: bigint } | undefined;
  let isCanceling = false;
  /** Lots still to trade: what was decided, less what has been filled since. */
  let toTrade = 0n;

  const heldLots = () => base / perLot;

  function fill(time: number, side: number, wanted: bigint): bigint {
    const depth = side > 0 ? asked!.askDepth : asked!.bidDepth;
    const lots = wanted < depth ? wanted : depth;
    if (lots === 0n) return 0n;
    const ticks = side > 0 ? asked!.ask : asked!.bid;
    if (side > 0) asked!.askDepth -= lots;
    else asked!.bidDepth -= lots;
    const received = side > 0 ? lots * perLot : lots * ticks * perTickLot;
    const exact = received * market.feeRate;
    const fee = exact % ONE === 0n ? exact / ONE : exact / ONE + 1n;
    base += side > 0 ? lots * perLot - fee : -lots * perLot;
    fills.push({ time, ticks: Number(ticks), lots: Number(lots), side, fee });
    return lots;
  }

  /** What the account does once something has ended or was decided. */
  function react(time: number): void {
    const arrival = time + latencyMs;
    if (toTrade < 0n && !isTrading && !isWaiting) {
      if (sentStop) {
        if (!isCanceling) events.push({ time: arrival, rank: 1, kind: "cancel" });
        isCanceling = true;
      } else {
        const lots = -toTrade < heldLots() ? -toTrade : heldLots();
        if (lots > 0n) {
          events.push({ time: arrival, rank: 1, kind: "market", side: -1, lots });
          isTrading = true;
        } else toTrade = 0n;
      }
    } else if (toTrade > 0n && !isTrading && !isWaiting) {
      events.push({ time: arrival, rank: 1, kind: "market", side: 1, lots: toTrade });
      isTrading = true;
    }
    const isResting = !isTrading && (toTrade >= 0n || isWaiting);
    if (!isResting) return;
    const wanted = stopTicks !== undefined && heldLots() > 0n;
    if (sentStop) {
      const fits = wanted && sentStop.ticks === stopTicks && sentStop.lots === heldLots();
      if (!fits && !isCanceling) {
        events.push({ time: arrival, rank: 1, kind: "cancel" });
        isCanceling = true;
      }
    } else if (wanted) {
      if (stopTicks! >= asked!.ticks) {
        // The venue refuses a stop that would fire at once: the position is closed at market.
        stopTicks = undefined;
        toTrade = -heldLots();
        react(time);
      } else {
        sentStop = { ticks: stopTicks!, lots: heldLots() };
        events.push({ time: arrival, rank: 1, kind: "stop", ...sentStop });
      }
    }
  }

  function fireStop(time: number, stop: { lots: bigint }): void {
    const done = fill(time, -1, stop.lots);
    resting = undefined;
    sentStop = undefined;
    isCanceling = false;
    stopTicks = undefined;
    toTrade = -heldLots();
    if (done < stop.lots && toTrade !== 0n) isWaiting = true;
    react(time);
  }

  function decide(time: number, bar: number): void {
    const wish = wishAfter.get(bar);
    isWaiting = false;
    if (wish) {
      const wanted = BigInt(wish.lots);
      const expected = heldLots() + toTrade;
      const distance = wanted > expected ? wanted - expected : expected - wanted;
      const trades = wanted === 0n || distance * 10n > wanted;
      if (trades) toTrade = wanted - heldLots();
      // A call within the band does nothing, unless it names a stop.
      if (trades || wish.stopTicks !== undefined) {
        stopTicks = wish.stopTicks === undefined || wanted === 0n ? undefined : BigInt(wish.stopTicks);
      }
    }
    react(time);
  }

  while (events.length > 0) {
    // Stable: what was listed first goes first at equal times.
    events.sort((a, b) => a.time - b.time || a.rank - b.rank);
    const event = events.shift()!;
    if (event.kind === "print") {
      const { time, ticks, depth } = event;
      const worse = ticks * (ONE + market.slippageRate);
      const better = (ticks * (ONE - market.slippageRate)) / ONE;
      asked = {
        ticks,
        ask: worse % ONE === 0n ? worse / ONE : worse / ONE + 1n,
        bid: better < 1n ? 1n : better,
        bidDepth: depth,
        askDepth: depth,
      };
      // The print fills what rests; the news of it reaches the account after what it had to decide on the closed bar.
      const reached = resting && ticks <= resting.ticks ? resting : undefined;
      if (!reached) {
        if (event.closed >= 0) decide(time, event.closed);
      } else if (event.closed >= 0) {
        const before = { base, fills: fills.length };
        const done = fill(time, -1, reached.lots);
        const after = base;
        base = before.base;
        resting = undefined;
        decide(time, event.closed);
        base = after;
        sentStop = undefined;
        isCanceling = false;
        stopTicks = undefined;
        toTrade = -heldLots();
        if (done < reached.lots && toTrade !== 0n) isWaiting = true;
        react(time);
      } else fireStop(time, reached);
    } else if (event.kind === "market") {
      const done = fill(event.time, event.side, event.lots);
      toTrade -= BigInt(event.side) * done;
      isTrading = false;
      if (done < event.lots && toTrade !== 0n) isWaiting = true;
      react(event.time);
    } else if (event.kind === "stop") {
      if (asked!.ticks <= event.ticks) fireStop(event.time, event);
      else resting = event;
    } else if (resting) {
      resting = undefined;
      sentStop = undefined;
      isCanceling = false;
      react(event.time);
    }
  }
  return fills;
}

function printEvents({ bars, timeframeMs, depthDivisor }: Market): Event[] {
  const { instrument, time, open, high, low, close, volume } = bars;
  const inTicks = (price: number) =>
    BigInt(Math.round((price * instrument.priceScale) / instrument.tickUnits));
  const events: Event[] = [];
  for (let i = 0; i < bars.length; i++) {
    const [o, h, l, c] = [inTicks(open[i]!), inTicks(high[i]!), inTicks(low[i]!), inTicks(close[i]!)];
    const lots = BigInt(Math.round((volume[i]! * instrument.quantityScale) / instrument.lotUnits));
    const depth = lots / BigInt(depthDivisor);
    const highFirst = h - o < o - l;
    const path = highFirst ? [o, h, l, c] : [o, l, h, c];
    const start = time[i]!;
    const times = [start, start + timeframeMs / 3, start + (timeframeMs * 2) / 3, start + timeframeMs - 1];
    path.forEach((ticks, k) => {
      // The first print at or after a bar's end closes it.
      events.push({ time: times[k]!, rank: 0, kind: "print", ticks, depth, closed: k === 0 ? i - 1 : -1 });
    });
  }
  return events;
}
