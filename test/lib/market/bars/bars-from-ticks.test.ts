import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng, timeframeMs } from "#core";
import {
  barsFromTicks,
  createBarBuilder,
  createPeriods,
  createTickBars,
  printsFromBars,
  type TickBar,
  type TickBarRule,
  type TickBarState,
  type TickBars,
} from "#market";
import type { TableColumns } from "#model";
import { lowFirst, printTime } from "#venue";

interface Trade {
  readonly time: number;
  readonly price: number;
  readonly quantity: number;
  readonly side: number;
}

function randomTrades(seed: number, count: number): Trade[] {
  const rng = createRng(seed);
  let time = Date.UTC(2024, 2, 10, 5);
  return Array.from({ length: count }, () => {
    // Some together, some after a gap, some late.
    time += rng.next() < 0.3 ? 0 : rng.next() < 0.9 ? rng.nextInt(20_000) : rng.nextInt(4e6);
    const late = rng.next() < 0.05 ? rng.nextInt(90_000) : 0;
    const side = rng.next() < 0.1 ? Number.NaN : rng.next() < 0.5 ? 1 : -1;
    return { time: time - late, price: 100 + rng.nextInt(50), quantity: rng.nextInt(100) / 8, side };
  });
}

function tableOf(trades: readonly Trade[]): TableColumns<"trades"> {
  const column = (name: keyof Trade) => Float64Array.from(trades, (trade) => trade[name]);
  const none = new Float64Array(trades.length);
  const [time, price, quantity, side] = [column("time"), column("price"), column("quantity"), column("side")];
  return { time, received: none, id: none, price, quantity, side };
}

function rowsOf(bars: TickBars): TickBar[] {
  return Array.from(bars.time, (_, i) =>
    Object.fromEntries(Object.entries(bars).map(([name, column]) => [name, column[i]])),
  ) as unknown as TickBar[];
}

function barOf(group: readonly Trade[], time: number, end: number): TickBar {
  const sum = (of: (trade: Trade) => number) => group.reduce((total, trade) => total + of(trade), 0);
  const prices = group.map(({ price }) => price);
  return {
    time,
    open: prices[0]!,
    high: Math.max(...prices),
    low: Math.min(...prices),
    close: prices.at(-1)!,
    volume: sum(({ quantity }) => quantity),
    end,
    notional: sum(({ price, quantity }) => price * quantity),
    trades: group.length,
    buyVolume: sum(({ quantity, side }) => (side > 0 ? quantity : 0)),
    sellVolume: sum(({ quantity, side }) => (side < 0 ? quantity : 0)),
  };
}

/** The definition: trades grouped; sizes are such that sums are exact. */
function byGroups(trades: readonly Trade[], rule: TickBarRule): TickBar[] {
  const bars: TickBar[] = [];
  let group: Trade[] = [];
  if (!("timeframe" in rule)) {
    for (const trade of trades) {
      group.push(trade);
      const bar = barOf(group, group[0]!.time, Math.max(...group.map(({ time }) => time)));
      const reached =
        "ticks" in rule
          ? bar.trades >= rule.ticks
          : "volume" in rule
            ? bar.volume >= rule.volume
            : bar.notional >= rule.dollar;
      if (!reached) continue;
      bars.push(bar);
      group = [];
    }
    return bars;
  }
  const periods = createPeriods(rule);
  let newest = Number.NEGATIVE_INFINITY;
  for (const trade of trades) {
    const open = group[0] && periods.at(group[0].time)!;
    if (open && trade.time >= open.end) {
      bars.push(barOf(group, open.start, open.end));
      group = [];
      newest = open.end;
    }
    const current = group[0] ? periods.at(group[0].time)!.start : newest;
    if (trade.time >= current && periods.at(trade.time)) group.push(trade);
  }
  return bars;
}

const rules: fc.Arbitrary<TickBarRule> = fc.constantFrom<TickBarRule[]>(
  { timeframe: "1m" },
  { timeframe: "1h" },
  { timeframe: "1d", zone: "America/New_York" },
  { timeframe: "1h", zone: "America/New_York", session: { open: "09:30", close: "16:00" } },
  { ticks: 1 },
  { ticks: 7 },
  { volume: 20 },
  { dollar: 5000 },
);

describe("bars from ticks", () => {
  it("are the groups of the rule, and the same in a stream over a restart", () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(150), rules, fc.nat(), (seed, count, rule, cut) => {
        const trades = randomTrades(seed, count);
        const bars = rowsOf(barsFromTicks(tableOf(trades), rule));
        expect(bars).toEqual(byGroups(trades, rule));
        let builder = createTickBars(rule);
        const streamed: TickBar[] = [];
        for (const [k, { time, price, quantity, side }] of trades.entries()) {
          if (k === cut % (count + 1)) {
            builder = createTickBars(rule, JSON.parse(JSON.stringify(builder.snapshot())) as TickBarState);
          }
          const bar = builder.push(time, price, quantity, side);
          if (bar) streamed.push(bar);
        }
        expect(streamed).toEqual(bars);
      }),
      { numRuns: 300 },
    );
  });

  it("by time are those that the live daemon builds in ticks and lots", () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom("1m", "15m", "4h", "1w"), (seed, timeframe) => {
        const trades = randomTrades(seed, 200);
        const builder = createBarBuilder(timeframeMs(timeframe));
        const built: number[][] = [];
        for (const { time, price, quantity } of trades) {
          if (builder.isDue(time)) {
            const {
              start,
              openTicks,
              highTicks,
              lowTicks,
              closeTicks,
              lots,
              trades: count,
            } = builder.close()!;
            built.push([start, openTicks, highTicks, lowTicks, closeTicks, lots / 8, count]);
          }
          builder.push(time, price, quantity * 8);
        }
        const bars = rowsOf(barsFromTicks(tableOf(trades), { timeframe }));
        expect(
          bars.map((bar) => [bar.time, bar.open, bar.high, bar.low, bar.close, bar.volume, bar.trades]),
        ).toEqual(built);
      }),
    );
  });

  it("close by the clock where trades stay away, and refuse what is no trade or rule", () => {
    const builder = createTickBars({ timeframe: "1m" });
    builder.push(30_000, 5, 1, 1);
    expect(builder.closeUntil(59_999)).toBeUndefined();
    expect(builder.open()).toMatchObject({ time: 0, end: 60_000, close: 5 });
    expect(builder.closeUntil(60_000)).toMatchObject({ time: 0, volume: 1 });
    expect(builder.push(59_000, 6, 1, 1)).toBeUndefined();
    expect([builder.late, builder.open()]).toEqual([1, undefined]);
    for (const [time, price, quantity] of [
      [NaN, 1, 1],
      [1, NaN, 1],
      [1, 1, -1],
      [1, 1, Infinity],
    ] as const) {
      expect(() => builder.push(time, price, quantity, 1)).toThrow(/trade/);
    }
    for (const rule of [{ ticks: 0 }, { ticks: 1.5 }, { volume: NaN }, { dollar: -1 }, {}, { other: 1 }]) {
      expect(() => createTickBars(rule as TickBarRule)).toThrow(/rule/);
    }
  });
});

describe("printsFromBars", () => {
  it("are the prints of the simulated exchange, in the same order and at the same times", () => {
    const ticks = fc.integer({ min: 1, max: 1e7 });
    fc.assert(
      fc.property(ticks, ticks, ticks, ticks, fc.constantFrom(0.01, 0.1, 1e-8), (a, b, c, d, tick) => {
        const [low, , , high] = [a, b, c, d].sort((x, y) => x - y) as [number, number, number, number];
        const one = (value: number) => Float64Array.of(value);
        const bar = { time: one(6e4), open: one(b * tick), high: one(high * tick), low: one(low * tick) };
        const { time, price, quantity } = printsFromBars(
          { ...bar, close: one(c * tick), volume: one(8) },
          6e4,
        );
        expect([...time]).toEqual([0, 1, 2, 3].map((k) => printTime(6e4, 6e4, k)));
        const extremes = lowFirst(b, high, low) ? [low, high] : [high, low];
        expect([...price]).toEqual([b, ...extremes, c].map((value) => value * tick));
        expect([...quantity]).toEqual([2, 2, 2, 2]);
      }),
      {
        numRuns: 2000,
        examples: [
          [200, 300, 250, 400, 0.1],
          [1, 3, 2, 5, 0.1],
          [5, 7, 8, 9, 0.01],
        ],
      },
    );
  });
});
