/** Quotes and trades counted into bars, against a count by hand of each bar by itself; and what features read of it. */

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRng, isTickbookError } from "#core";
import {
  bookImbalance,
  features,
  microprice,
  orderFlowImbalance,
  quoteFeatures,
  type TimedBars,
  tradeFeatures,
  tradeFlow,
} from "#features";
import type { TableColumns } from "#model";
import { randomBars } from "../random-bars.ts";

const MINUTE = 6e4;
const worlds = fc.record({
  seed: fc.nat(),
  length: fc.integer({ min: 0, max: 40 }),
  events: fc.nat({ max: 300 }),
});

/** Minute bars of which some are absent. */
function thinBars(seed: number, length: number): TimedBars {
  const bars = randomBars({ seed, length, gaps: 0, jumps: 0, deviation: 0.01 });
  const rng = createRng(seed + 7);
  const kept = Array.from(bars.time, (_, i) => i).filter(() => rng.next() < 0.8);
  const pick = (column: Float64Array) => Float64Array.from(kept, (i) => column[i]!);
  const { time, open, high, low, close, volume } = bars;
  return {
    ...{ time: pick(time), open: pick(open), high: pick(high), low: pick(low) },
    ...{ close: pick(close), volume: pick(volume), timeframeMs: MINUTE },
  };
}

function randomQuotes(seed: number, events: number): TableColumns<"quotes"> {
  const rng = createRng(seed);
  const column = (make: (i: number) => number) => Float64Array.from({ length: events }, (_, i) => make(i));
  const time = column(() => Math.floor(rng.next() * 45) * MINUTE + rng.nextInt(4) * 15_000).sort();
  const bid = column(() => 100 + rng.nextInt(4));
  const quantity = () => column(() => (rng.next() < 0.05 ? Number.NaN : rng.nextInt(5)));
  return {
    ...{
      time,
      received: time,
      id: column((i) => i),
      bid,
      ask: bid.map((price) => price + 1 + rng.nextInt(3)),
    },
    ...{ bidQuantity: quantity(), askQuantity: quantity() },
  };
}

/** Cont, Kukanov, Stoikov 2014 in their own words: the event's change at the bid less that at the ask. */
function eventFlow(q: TableColumns<"quotes">, before: number, i: number): number {
  const [pb0, qb0, pa0, qa0] = [
    q.bid[before]!,
    q.bidQuantity[before]!,
    q.ask[before]!,
    q.askQuantity[before]!,
  ];
  const [pb1, qb1, pa1, qa1] = [q.bid[i]!, q.bidQuantity[i]!, q.ask[i]!, q.askQuantity[i]!];
  const atBid = pb1 > pb0 ? qb1 : pb1 === pb0 ? qb1 - qb0 : -qb0;
  const atAsk = pa1 < pa0 ? qa1 : pa1 === pa0 ? qa1 - qa0 : -qa0;
  return atBid - atAsk;
}

function expectClose(actual: ArrayLike<number>, expected: readonly number[]) {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => {
    if (Number.isNaN(value)) expect(actual[i], `bar ${i}`).toBeNaN();
    else expect(Math.abs(actual[i]! - value), `bar ${i}: ${actual[i]} for ${value}`).toBeLessThan(1e-9);
  });
}

describe("quotes in bars", () => {
  test("give flow, microprice and imbalance as counted bar by bar", () => {
    return fc.assert(
      fc.property(worlds, ({ seed, length, events }) => {
        const bars = thinBars(seed, length);
        const quotes = randomQuotes(seed, events);
        const good = Array.from(quotes.time, (_, i) => i).filter(
          (i) => Number.isFinite(quotes.bidQuantity[i]!) && Number.isFinite(quotes.askQuantity[i]!),
        );
        const set = features({ ofi: orderFlowImbalance(), mid: microprice(), book: bookImbalance() });
        const table = set.compute(bars, { series: quoteFeatures(bars, quotes) });
        const flows: number[] = [];
        const mids: number[] = [];
        const books: number[] = [];
        bars.time.forEach((start) => {
          const inside = good.filter((i) => quotes.time[i]! >= start && quotes.time[i]! < start + MINUTE);
          const isCovered = events > 0 && quotes.time[0]! < start + MINUTE && quotes.time.at(-1)! >= start;
          const flow = inside.reduce((sum, i) => {
            const before = good[good.indexOf(i) - 1];
            return before === undefined ? sum : sum + eventFlow(quotes, before, i);
          }, 0);
          flows.push(isCovered ? flow : Number.NaN);
          // The last quote of any bar so far.
          const last = good.findLast(
            (i) =>
              quotes.time[i]! < start + MINUTE &&
              bars.time.some((at) => quotes.time[i]! >= at && quotes.time[i]! < at + MINUTE),
          );
          const [b, bq, a, aq] =
            last === undefined
              ? [Number.NaN, Number.NaN, Number.NaN, Number.NaN]
              : [quotes.bid[last]!, quotes.bidQuantity[last]!, quotes.ask[last]!, quotes.askQuantity[last]!];
          mids.push((b * aq + a * bq) / (bq + aq));
          books.push((bq - aq) / (bq + aq));
        });
        expectClose(table.column("ofi"), flows);
        expectClose(table.column("mid"), mids);
        expectClose(table.column("book"), books);
      }),
      { numRuns: 150 },
    );
  });

  test("are not known before their bar has ended", () => {
    return fc.assert(
      fc.property(worlds, ({ seed, length, events }) => {
        const bars = thinBars(seed, length);
        const rows = quoteFeatures(bars, randomQuotes(seed, events));
        for (const { time, published, value } of Object.values(rows)) {
          expect(value.length).toBe(time.length);
          expect(published.length).toBe(time.length);
          time.forEach((at, i) => {
            const start = bars.time.findLast((one) => one <= at)!;
            expect(published[i]).toBe(start + MINUTE);
          });
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe("trades in bars", () => {
  test("give signed volume; those of unknown side by the tick rule", () => {
    return fc.assert(
      fc.property(worlds, fc.boolean(), ({ seed, length, events }, isLong) => {
        const bars = thinBars(seed, length);
        const rng = createRng(seed + 1);
        const column = (make: (i: number) => number) =>
          Float64Array.from({ length: events }, (_, i) => make(i));
        const time = column(() => Math.floor(rng.next() * 30) * MINUTE + rng.nextInt(4) * 15_000).sort();
        const price = column(() => 100 + rng.nextInt(3));
        const quantity = column(() => rng.nextInt(5));
        const side = column(() => [1, -1, Number.NaN][rng.nextInt(3)]!);
        const trades = { time, received: time, id: time, price, quantity, side };
        const until = isLong ? Number.POSITIVE_INFINITY : (time.at(-1) ?? Number.NEGATIVE_INFINITY);
        const series = tradeFeatures(bars, trades, isLong ? { until } : {});
        const signs = Array.from(price, (p, i) => {
          if (Number.isFinite(side[i]!)) return side[i]!;
          const last = price.slice(0, i).findLast((old) => old !== p);
          return last === undefined ? 0 : p > last ? 1 : -1;
        });
        const expected = Array.from(bars.time, (start) => {
          if (events === 0 || time[0]! >= start + MINUTE || start > until) return Number.NaN;
          return signs.reduce(
            (sum, sign, i) =>
              time[i]! >= start && time[i]! < start + MINUTE ? sum + sign * quantity[i]! : sum,
            0,
          );
        });
        expectClose(features({ flow: tradeFlow() }).compute(bars, { series }).column("flow"), expected);
      }),
      { numRuns: 150 },
    );
  });

  test("are refused out of order", () => {
    const bars = thinBars(1, 10);
    const at = (...time: number[]) => {
      const columns = Float64Array.from(time);
      const trades = {
        time: columns,
        received: columns,
        id: columns,
        price: columns,
        quantity: columns,
        side: columns,
      };
      try {
        tradeFeatures(bars, trades);
      } catch (error) {
        return isTickbookError(error) ? error.code : String(error);
      }
      return "no error";
    };
    expect(at(1, 2, 2, 3)).toBe("no error");
    expect(at(1, 3, 2)).toBe("features.bad-series");
    expect(at(Number.NaN)).toBe("features.bad-series");
    expect(at(1, Number.NaN, 3)).toBe("features.bad-series");
  });
});
