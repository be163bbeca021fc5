import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng, decodeValue, encodeValue, type Millis, timeframeMs } from "#core";
import { parquetSource } from "#data";
import { type BarBuilder, barStart, createBarBuilder, type TradeBar } from "#market";
import { createInstrument, lotsFromQuantity, ticksFromPrice } from "#model";
import { lowFirst, PRINTS_PER_BAR, printTime } from "#venue";
import { realData } from "../../real-data.ts";

interface Trade {
  readonly time: Millis;
  readonly ticks: number;
  readonly lots: number;
}

/** A bar as the simulated exchange trades it: four prints, its volume split among them. */
function printsOf(bar: TradeBar, length: Millis): Trade[] {
  const { start, openTicks, highTicks, lowTicks, closeTicks, lots } = bar;
  const extremes = lowFirst(openTicks, highTicks, lowTicks) ? [lowTicks, highTicks] : [highTicks, lowTicks];
  const part = Math.floor(lots / PRINTS_PER_BAR);
  return [openTicks, ...extremes, closeTicks].map((ticks, k) => ({
    time: printTime(start, length, k),
    ticks,
    lots: k === 3 ? lots - 3 * part : part,
  }));
}

/** What a host does: a finished bar is taken before the trade that comes after it. */
function build(builder: BarBuilder, trades: Iterable<Trade>): TradeBar[] {
  const bars: TradeBar[] = [];
  for (const { time, ticks, lots } of trades) {
    if (builder.isDue(time)) bars.push(builder.close()!);
    builder.push(time, ticks, lots);
  }
  return bars;
}

function finish(builder: BarBuilder, bars: TradeBar[]): TradeBar[] {
  const last = builder.close();
  return last ? [...bars, last] : bars;
}

const timeframes = fc.constantFrom("1s", "7s", "1m", "15m", "4h", "1d", "1w", "2w").map(timeframeMs);

/** Bars with gaps between them, four trades each. */
const histories = fc
  .record({
    seed: fc.nat(),
    count: fc.nat(60),
    length: timeframes,
    from: fc.integer({ min: -1e12, max: 2e12 }),
  })
  .map(({ seed, count, length, from }) => {
    const rng = createRng(seed);
    let start = barStart(from, length);
    const bars = Array.from({ length: count }, (): TradeBar => {
      start += length * (rng.next() < 0.2 ? 2 + rng.nextInt(50) : 1);
      const lowTicks = 1 + rng.nextInt(1000);
      const range = rng.nextInt(5);
      const inRange = () => lowTicks + rng.nextInt(range + 1);
      return {
        start,
        openTicks: inRange(),
        highTicks: lowTicks + range,
        lowTicks,
        closeTicks: inRange(),
        lots: rng.nextInt(1e6),
        trades: PRINTS_PER_BAR,
      };
    });
    return { bars, length };
  });

describe("bars from trades", () => {
  it("are the bars whose prints they are built from, gaps included", () => {
    fc.assert(
      fc.property(histories, ({ bars, length }) => {
        const builder = createBarBuilder(length);
        const prints = bars.flatMap((bar) => printsOf(bar, length));
        expect(finish(builder, build(builder, prints))).toEqual(bars);
        expect(builder.late).toBe(0);
      }),
    );
  });

  it("go on from a snapshot taken anywhere, which is plain data, as if nothing had been", () => {
    fc.assert(
      fc.property(histories, fc.nat(), ({ bars, length }, at) => {
        const prints = bars.flatMap((bar) => printsOf(bar, length));
        const cut = at % (prints.length + 1);
        const first = createBarBuilder(length);
        const before = build(first, prints.slice(0, cut));
        const state = decodeValue(encodeValue(first.snapshot())) as ReturnType<BarBuilder["snapshot"]>;
        const second = createBarBuilder(length, state);
        expect(finish(second, [...before, ...build(second, prints.slice(cut))])).toEqual(bars);
        expect(encodeValue(first.snapshot())).toBe(encodeValue(state));
      }),
    );
  });

  it("count a late trade, and never reopen a bar for it", () => {
    fc.assert(
      fc.property(histories, fc.nat(), ({ bars, length }, seed) => {
        const rng = createRng(seed);
        const builder = createBarBuilder(length);
        let late = 0;
        const built: TradeBar[] = [];
        for (const bar of bars) {
          const [open, ...others] = printsOf(bar, length);
          built.push(...build(builder, [open!]));
          for (const print of others) {
            built.push(
              ...build(builder, [{ time: bar.start - 1 - rng.nextInt(1e6), ticks: 1e9, lots: 1e9 }]),
            );
            late++;
            builder.push(print.time, print.ticks, print.lots);
          }
          built.push(builder.close()!);
          // No bar is open now, and this one was taken.
          builder.push(bar.start + rng.next() * (length - 1), 1e9, 1e9);
          late++;
        }
        expect(built).toEqual(bars);
        expect(builder.late).toBe(late);
        expect(builder.close()).toBeUndefined();
      }),
    );
  });

  it("start on multiples of their length since the epoch, weeks on Mondays", () => {
    fc.assert(
      fc.property(timeframes, fc.maxSafeInteger(), (length, third) => {
        const time = (third % 1e13) / 3;
        const start = barStart(time, length);
        expect(start).toBeLessThanOrEqual(time);
        expect(start + length).toBeGreaterThan(time);
        const isWeeks = length % timeframeMs("1w") === 0;
        if (isWeeks) expect(new Date(start).getUTCDay()).toBe(1);
        else expect(start % length === 0).toBe(true);
      }),
    );
    expect(barStart(Date.UTC(2024, 0, 7, 23, 59), timeframeMs("1w"))).toBe(Date.UTC(2024, 0, 1));
  });

  it("refuse a trade while a finished bar was not taken, and a state of other bars", () => {
    const builder = createBarBuilder(1000);
    builder.push(10, 5, 1);
    expect([builder.isDue(999), builder.isDue(1000)]).toEqual([false, true]);
    expect(() => builder.push(1000, 5, 1)).toThrow("taken before");
    expect(() => createBarBuilder(2000, builder.snapshot())).toThrow("1000");
    expect(() => createBarBuilder(0)).toThrow("above 0");
  });
});

describe("real data", () => {
  const folder = "ohlcv/binance-1m-5m-15m-2025/BTC_USDT-";
  const minutes = realData(`${folder}1m.parquet`);
  const fives = realData(`${folder}5m.parquet`);
  const spec = { symbol: "BTC/USDT", tick: "0.01", lot: "0.00001" };
  const instrument = createInstrument(spec);

  async function barsOf(path: string, timeframe: string): Promise<TradeBar[]> {
    const bars: TradeBar[] = [];
    for await (const batch of parquetSource({ path, ...spec }).candles({ instrument, timeframe })) {
      for (const [time, open, high, low, close, volume] of batch) {
        bars.push({
          start: time,
          openTicks: ticksFromPrice(instrument, open),
          highTicks: ticksFromPrice(instrument, high),
          lowTicks: ticksFromPrice(instrument, low),
          closeTicks: ticksFromPrice(instrument, close),
          lots: lotsFromQuantity(instrument, volume),
          trades: 5 * PRINTS_PER_BAR,
        });
      }
    }
    return bars;
  }

  it.runIf(minutes && fives)(
    "BTC/USDT: the prints of 1m bars make the exchange's own 5m bars",
    async () => {
      const shipped = await barsOf(fives!, "5m");
      const prints = (await barsOf(minutes!, "1m")).flatMap((bar) => printsOf(bar, 60_000));
      const builder = createBarBuilder(timeframeMs("5m"));
      const built = finish(builder, build(builder, prints));
      const byStart = new Map(built.map((bar) => [bar.start, bar]));
      const compared = shipped.filter(({ start }) => byStart.get(start)?.trades === 5 * PRINTS_PER_BAR);
      expect(compared.length).toBeGreaterThan(26_000);
      expect(compared.map(({ start }) => byStart.get(start))).toEqual(compared);
    },
    60_000,
  );
});
