import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { prepare, runPrepared } from "#backtest";
import { parseUnits } from "#core";
import { type Bars, type Instrument, notionalUnits, type Order, sliceBars } from "#model";
import type { LoopResult } from "../../../lib/backtest/loop.ts";
import type { Fill } from "../../../lib/backtest/record.ts";
import {
  accountOf,
  barsOf,
  instrumentsOf,
  LENGTH_MS,
  runOn,
  type Shape,
  shapes,
  strategyOf,
} from "./market.ts";

/*
 * Whatever the market does and the strategy asks for:
 *
 * (a) Money is conserved, to the smallest unit: cash = capital - bought + sold - quote fees, and what is held =
 *     bought - sold - base fees, of each instrument.
 * (b) Neither cash nor an asset is ever negative, after any fill.
 * (c) The engine's books and the venue's own are equal at the end, free and locked.
 * (d) An order ends at most once, fills to at most its size, and never after its end.
 * (e) An order that was refused never fills.
 * (f) The same run twice is the same, bit for bit.
 * (g) Taking away the future changes nothing before it.
 * (h) Equity is finite.
 * (i) A fill takes place at a print or at an arrival, no earlier than its order can be there, never better than the
 *     print, and costs exactly the fee of the venue's rule.
 * (j) Client order ids are unique, and short enough for the venue.
 * (k) What the engine sizes itself is never refused for want of cash, and a position that was given a stop has one
 *     at the venue, or an order under way.
 * (l) Round trips have finite numbers, do not overlap, and add up to the profit of the run.
 */

const RUNS = 250;

const targetsOnly = shapes.map((shape) => ({ ...shape, singles: false }));

function forAllRuns(
  check: (run: LoopResult, shape: Shape, bars: readonly Bars[]) => void | Promise<void>,
  among: fc.Arbitrary<Shape> = shapes,
): Promise<void> {
  return fc.assert(
    fc.asyncProperty(among, async (shape) => {
      const bars = barsOf(shape);
      await check(await runOn(strategyOf(shape), bars), shape, bars);
    }),
    { numRuns: RUNS },
  );
}

function orderOf(run: LoopResult, fill: Fill): Order {
  return run.recorder.orders.find(({ id }) => id === fill.orderId)!;
}

/** Base units that a fill moves. */
function moved(instrument: Instrument, fill: Fill): bigint {
  return BigInt(fill.lots) * BigInt(instrument.baseUnitsPerLot);
}

describe("any backtest", () => {
  it("conserves money to the smallest unit and never owes anything", () =>
    forAllRuns(({ engine, recorder }, shape) => {
      const instruments = instrumentsOf(shape);
      let cash = parseUnits(shape.capital, 8);
      const held = instruments.map(() => 0n);
      for (const fill of recorder.fills) {
        const instrument = instruments[fill.instrument]!;
        cash -= BigInt(fill.side) * notionalUnits(instrument, fill.ticks, fill.lots);
        held[fill.instrument]! += BigInt(fill.side) * moved(instrument, fill);
        if (fill.feeAsset === instrument.base) held[fill.instrument]! -= fill.fee;
        else cash -= fill.fee;
        expect(cash >= 0n && held.every((units) => units >= 0n)).toBe(true);
      }
      expect(engine.cash).toBe(cash);
      expect(engine.baseUnits).toEqual(held);
    }));

  it("leaves the engine and the venue with equal books", () =>
    forAllRuns(({ engine, venue }) => {
      const { quote, base } = venue.funds(0);
      expect(quote.free + quote.locked).toBe(engine.cash);
      expect(base.map(({ free, locked }) => free + locked)).toEqual(engine.baseUnits);
      expect(quote.free >= 0n && base.every(({ free }) => free >= 0n)).toBe(true);
      const open = [...engine.orders.values()];
      expect(engine.reserved).toBe(open.reduce((sum, { reserved }) => sum + reserved, 0n));
      expect(venue.working).toBe(open.length);
      expect(engine.strays).toBe(0);
    }));

  it("ends an order once, fills it to at most its size, and never after its end", () =>
    forAllRuns((run) => {
      const { engine, recorder } = run;
      const filled = new Map<string, number>();
      for (const fill of recorder.fills) {
        expect(fill.lots).toBeGreaterThan(0);
        filled.set(fill.orderId, (filled.get(fill.orderId) ?? 0) + fill.lots);
      }
      for (const order of recorder.orders) {
        const lots = filled.get(order.id) ?? 0;
        expect(order.filledLots).toBe(lots);
        expect(lots).toBeLessThanOrEqual(order.lots);
        const isOver = ["filled", "canceled", "expired", "rejected"].includes(order.state);
        expect(engine.orders.has(order.id)).toBe(!isOver);
        if (isOver) expect(order.reserved).toBe(0n);
        expect(lots === order.lots).toBe(order.state === "filled");
        if (order.state === "rejected") expect(lots).toBe(0);
      }
    }));

  it("is the same twice, bit for bit", () =>
    forAllRuns(async (run, shape, bars) => {
      const again = await runOn(strategyOf(shape), bars);
      expect(again.recorder).toEqual(run.recorder);
      expect(again.equity).toEqual(run.equity);
    }));

  it("does not know the future", () =>
    fc.assert(
      fc.asyncProperty(shapes, fc.double({ min: 0, max: 1, noNaN: true }), async (shape, share) => {
        const bars = barsOf(shape);
        const times = [...new Set(bars.flatMap(({ time }) => [...time]))].sort((a, b) => a - b);
        // Two bars of every instrument must be left.
        const least = Math.max(...bars.map(({ time }) => time[1]!));
        const end = Math.max(least, times[Math.floor(share * (times.length - 1))]!);
        const cut = bars.map((history) => {
          const length = history.time.findIndex((time) => time > end);
          return sliceBars(history, 0, length < 0 ? history.length : length);
        });
        const whole = await runOn(strategyOf(shape), bars);
        const short = await runOn(strategyOf(shape), cut);
        // The last bar of the short run has no print after it: what arrives after its close is not known to it.
        const lastPrint = end + LENGTH_MS - 1;
        const until = ({ time }: { time: number }) => time <= lastPrint;
        expect(short.recorder.fills).toEqual(whole.recorder.fills.filter(until));
        const before = ({ time }: { time: number }) => time <= end;
        expect(short.recorder.refusals.filter(before)).toEqual(whole.recorder.refusals.filter(before));
        const known = short.equity.length - 1;
        expect(short.equity.slice(0, known)).toEqual(whole.equity.slice(0, known));
        const next = times.find((time) => time > end) ?? Number.POSITIVE_INFINITY;
        const late = whole.recorder.fills.some(({ time }) => time > lastPrint && time < next);
        if (!late) expect(short.equity[known]).toBe(whole.equity[known]);
      }),
      { numRuns: RUNS },
    ));

  it("has finite equity, above zero", () =>
    forAllRuns(({ equity, exposure }) => {
      expect(equity.every((value) => Number.isFinite(value) && value >= 0)).toBe(true);
      expect(exposure).toBeGreaterThanOrEqual(0);
      expect(exposure).toBeLessThanOrEqual(1 + 1e-12);
    }));

  it("fills at a print or an arrival, never better than the print, for exactly the venue's fee", () =>
    forAllRuns((run, shape, bars) => {
      const prints = bars.map(printsOf);
      const { slippage, fees, latencyMs } = accountOf(shape);
      for (const fill of run.recorder.fills) {
        const order = orderOf(run, fill);
        const instrument = instrumentsOf(shape)[fill.instrument]!;
        expect(fill.time).toBeGreaterThanOrEqual(order.sentAt + latencyMs);
        const isArrival = fill.time === order.sentAt + latencyMs;
        const at = prints[fill.instrument]!.findLast(({ time }) => time <= fill.time)!;
        if (!isArrival) expect(at.time).toBe(fill.time);
        if (order.type === "market") expect(isArrival).toBe(true);

        const worse = BigInt(at.ticks) * (10_000_000n + BigInt(order.side * 1000 * slippage.bps));
        const taken =
          order.side > 0
            ? -(-worse / 10_000_000n) + (worse % 10_000_000n > 0n ? 1n : 0n)
            : worse / 10_000_000n;
        const bookTicks = Math.max(1, Number(taken));
        if (order.type === "limit" && !isArrival) expect(fill.ticks).toBe(order.ticks);
        else expect(fill.ticks).toBe(bookTicks);
        if (order.type === "limit") expect((order.ticks! - bookTicks) * order.side).toBeGreaterThanOrEqual(0);
        if (order.type === "stop") expect((at.ticks - order.ticks!) * order.side).toBeGreaterThanOrEqual(0);
        expect(fill.lots).toBeLessThanOrEqual(at.depth);

        const received =
          fill.side > 0 ? moved(instrument, fill) : notionalUnits(instrument, fill.ticks, fill.lots);
        const exact = received * BigInt(fees.bps * 1000);
        expect(fill.fee * 10_000_000n >= exact && (fill.fee - 1n) * 10_000_000n < exact).toBe(true);
        expect(fill.feeAsset).toBe(fill.side > 0 ? instrument.base : instrument.quote);
      }
    }));

  it("numbers its orders uniquely, within what the venue takes", () =>
    forAllRuns(({ recorder }) => {
      const ids = recorder.orders.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      for (const id of ids) expect(id).toMatch(/^[\w-]{1,36}$/);
    }));

  it("never sizes a target beyond its cash", () =>
    forAllRuns(({ recorder }) => {
      expect(recorder.refusals.filter(({ code }) => code === "risk.insufficient-cash")).toEqual([]);
    }, targetsOnly));

  it("keeps a stop over every position that was given one, also while the rest waits and in a halt", () =>
    forAllRuns(({ engine }) => {
      for (const [slot, lots] of engine.lots.entries()) {
        const instrument = engine.instruments[slot]!;
        const stopTicks = engine.stopTicks[slot]!;
        const works = [...engine.orders.values()].filter((order) => order.instrument === slot);
        const isUnderWay = works.some(({ purpose }) => purpose !== "single");
        if (lots === 0 || Number.isNaN(stopTicks) || isUnderWay) continue;
        expect(notionalUnits(instrument, stopTicks, lots)).toBeLessThan(instrument.minNotionalUnits);
      }
    }, targetsOnly));

  it("has round trips that are finite and add up to its profit", () =>
    fc.assert(
      fc.asyncProperty(shapes, async (shape) => {
        const strategy = strategyOf(shape);
        const bars = barsOf(shape);
        const prepared = await prepare(strategy.spec, bars, {}, () => Promise.reject(new Error("no models")));
        const result = runPrepared(strategy, prepared);
        for (const trade of result.trades) {
          const { profit, ofEquity, priceMove, worst, notional, costs } = trade;
          for (const value of [profit, ofEquity, priceMove, worst, notional, costs])
            expect(value).toBeTypeOf("number");
          expect([profit, ofEquity, priceMove, worst, notional, costs].every(Number.isFinite)).toBe(true);
          expect(notional).toBeGreaterThan(0);
        }
        const { net } = result.costs;
        const total = result.trades.reduce((sum, { profit }) => sum + profit, 0);
        // What is below a lot belongs to no round trip.
        const dust = bars.reduce((sum, history) => {
          const { lotUnits, quantityScale } = history.instrument;
          return sum + (lotUnits / quantityScale) * history.close.at(-1)!;
        }, 0);
        expect(net - total).toBeGreaterThanOrEqual(-1e-6 * (1 + Math.abs(net)));
        expect(net - total).toBeLessThanOrEqual(dust + 1e-6 * (1 + Math.abs(net)));
      }),
      { numRuns: RUNS },
    ));
});

interface Print {
  readonly time: number;
  readonly ticks: number;
  readonly depth: number;
}

/** The four prints of each bar, from the words of the liquidity model. */
function printsOf({ instrument, time, open, high, low, close, volume }: Bars): Print[] {
  const ticks = (price: number) => Math.round((price * instrument.priceScale) / instrument.tickUnits);
  return [...time].flatMap((start, i) => {
    const [o, h, l, c] = [ticks(open[i]!), ticks(high[i]!), ticks(low[i]!), ticks(close[i]!)];
    const path = h - o < o - l ? [o, h, l, c] : [o, l, h, c];
    const times = [start, start + LENGTH_MS / 3, start + (2 * LENGTH_MS) / 3, start + LENGTH_MS - 1];
    const lots = Math.round((volume[i]! * instrument.quantityScale) / instrument.lotUnits);
    return path.map((print, k) => ({ time: times[k]!, ticks: print, depth: Math.floor(lots / 10) }));
  });
}
