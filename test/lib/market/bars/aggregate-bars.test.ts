import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng, type Millis, timeframeMs } from "#core";
import { parquetSource } from "#data";
import {
  aggregateBars,
  type BarAggregatorState,
  type BarRule,
  createBarAggregator,
  createPeriods,
  type OhlcvBar,
} from "#market";
import type { BarColumns } from "#model";
import { realData } from "../../../real-data.ts";

const NEW_YORK: BarRule = {
  timeframe: "1d",
  zone: "America/New_York",
  session: { open: "09:30", close: "16:00" },
  calendar: "weekdays",
};

/** Rising bars with gaps; a few without prices. */
function randomBars(seed: number, count: number, length: Millis, from: Millis): OhlcvBar[] {
  const rng = createRng(seed);
  let time = from;
  return Array.from({ length: count }, () => {
    time += length * (rng.next() < 0.9 ? 1 : 1 + rng.nextInt(200));
    const open = 100 + rng.next();
    const close = 100 + rng.next();
    const bar = {
      open,
      close,
      high: Math.max(open, close) + rng.next(),
      low: Math.min(open, close) - rng.next(),
    };
    return { time, ...bar, volume: rng.next(), ...(rng.next() < 0.02 ? { high: Number.NaN } : {}) };
  });
}

function columnsOf(bars: readonly OhlcvBar[]): BarColumns {
  const column = (name: keyof OhlcvBar) => Float64Array.from(bars, (bar) => bar[name]);
  return {
    time: column("time"),
    open: column("open"),
    high: column("high"),
    low: column("low"),
    close: column("close"),
    volume: column("volume"),
  };
}

function barsOf(columns: BarColumns): OhlcvBar[] {
  return Array.from(columns.time, (time, i) => ({
    time,
    open: columns.open[i]!,
    high: columns.high[i]!,
    low: columns.low[i]!,
    close: columns.close[i]!,
    volume: columns.volume[i]!,
  }));
}

/** The definition read aloud: group by period, then keep the groups that some base bar closes. */
function byGroups(bars: readonly OhlcvBar[], rule: string | BarRule, length: Millis): OhlcvBar[] {
  const periods = createPeriods(rule);
  const groups = new Map<Millis, { end: Millis; bars: OhlcvBar[] }>();
  for (const bar of bars) {
    const period = periods.at(bar.time);
    if (!period || !Number.isFinite(bar.open + bar.high + bar.low + bar.close)) continue;
    if (!groups.has(period.start)) groups.set(period.start, { end: period.end, bars: [] });
    groups.get(period.start)!.bars.push(bar);
  }
  const until = (bars.at(-1)?.time ?? 0) + length;
  return [...groups]
    .filter(([, { end }]) => end <= until)
    .map(([time, { bars: group }]) => ({
      time,
      open: group[0]!.open,
      high: Math.max(...group.map(({ high }) => high)),
      low: Math.min(...group.map(({ low }) => low)),
      close: group.at(-1)!.close,
      volume: group.slice(1).reduce((sum, { volume }) => sum + volume, group[0]!.volume),
    }));
}

const rules: fc.Arbitrary<string | BarRule> = fc.oneof(
  fc.constantFrom("15m", "1h", "4h", "1d", "3d", "1w", "1M", "3M"),
  fc.record({
    timeframe: fc.constantFrom("15m", "1h", "4h", "1d", "2d", "1w", "1M"),
    zone: fc.constantFrom("America/New_York", "Europe/London", "Asia/Kolkata", "UTC"),
    session: fc.constantFrom(
      { open: "09:30", close: "16:00" },
      { open: "18:00", close: "17:00" },
      { open: "00:00", close: "24:00" },
    ),
    calendar: fc.constantFrom("always", "weekdays"),
  }),
);

const cases = fc.record({
  seed: fc.nat(),
  count: fc.nat(400),
  length: fc.constantFrom("1m", "5m", "15m").map(timeframeMs),
  // Around both changes of the clocks in 2024, and anywhere.
  from: fc.oneof(
    fc.constantFrom(Date.UTC(2024, 2, 8), Date.UTC(2024, 9, 31)),
    fc.integer({ min: -1e6, max: 4e6 }).map((minutes) => minutes * 15 * 6e4),
  ),
  rule: rules,
});

describe("aggregateBars", () => {
  it("is the definition by groups, and the stream gives the same bars, also over a restart", () => {
    fc.assert(
      fc.property(cases, fc.nat(), ({ seed, count, length, from, rule }, cut) => {
        const bars = randomBars(seed, count, length, from);
        const whole = aggregateBars(columnsOf(bars), rule, length);
        expect(barsOf(whole)).toEqual(byGroups(bars, rule, length));
        const streamed: OhlcvBar[] = [];
        let aggregator = createBarAggregator(rule, length);
        for (const [i, bar] of bars.entries()) {
          if (i === cut % (count + 1)) {
            const state = JSON.parse(JSON.stringify(aggregator.snapshot())) as BarAggregatorState;
            aggregator = createBarAggregator(rule, length, state);
          }
          for (const { end, ...closed } of aggregator.push(bar)) {
            expect(end).toBe(whole.end[streamed.length]);
            expect(whole.closedAt[streamed.length]).toBe(i);
            streamed.push(closed);
          }
        }
        expect(streamed).toEqual(barsOf(whole));
      }),
    );
  });

  it("never shows a bar before its end", () => {
    fc.assert(
      fc.property(cases, ({ seed, count, length, from, rule }) => {
        const bars = randomBars(seed, count, length, from);
        const { time, end, closedAt } = aggregateBars(columnsOf(bars), rule, length);
        for (let i = 0; i < time.length; i++) {
          expect(bars[closedAt[i]!]!.time + length).toBeGreaterThanOrEqual(end[i]!);
          expect(time[i]).toBeLessThan(end[i]!);
          if (i > 0) expect(time[i]).toBeGreaterThanOrEqual(end[i - 1]!);
        }
      }),
    );
  });

  it("closes two bars at once when a gap ends on the last bar of a period", () => {
    const aggregator = createBarAggregator("1h", 36e5 / 2);
    const bar = { open: 1, high: 2, low: 0.5, close: 1.5, volume: 1 };
    expect(aggregator.push({ time: 0, ...bar })).toEqual([]);
    expect(aggregator.push({ time: 2.5 * 36e5, ...bar })).toEqual([
      { time: 0, ...bar, end: 36e5 },
      { time: 2 * 36e5, ...bar, end: 3 * 36e5 },
    ]);
  });

  it("closes by the clock what no base bar closes", () => {
    const bar = { open: 1, high: 2, low: 0.5, close: 1.5, volume: 1 };
    const aggregator = createBarAggregator("1h", 36e5 / 4);
    aggregator.push({ time: 0, ...bar });
    expect(aggregator.advance(36e5 - 1)).toBeUndefined();
    expect(aggregator.advance(36e5)).toEqual({ time: 0, ...bar, end: 36e5 });
    expect(aggregator.advance(36e5)).toBeUndefined();
    expect(() => aggregator.push({ time: 27e5, ...bar })).toThrow(/came after/);
    expect(aggregator.push({ time: 36e5, ...bar })).toEqual([]);
    const columns = columnsOf([{ time: 0, ...bar }]);
    expect(aggregateBars(columns, "1h", 36e5 / 4, 36e5 - 1).time.length).toBe(0);
    const { time, closedAt } = aggregateBars(columns, "1h", 36e5 / 4, 36e5);
    expect([[...time], [...closedAt]]).toEqual([[0], [1]]);
  });

  it("knows how long a pause lasts: no bar within it belongs to a session", () => {
    fc.assert(
      fc.property(cases, fc.nat(), ({ rule, from }, ms) => {
        const periods = createPeriods(rule);
        const time = from + ms;
        if (periods.at(time)) return;
        const end = periods.pauseEnd(time);
        expect(end).toBeGreaterThan(time);
        for (let at = time; at < end; at += (end - time) / 20) expect(periods.at(at)).toBeUndefined();
      }),
    );
  });

  it("refuses bars that do not rise, lengths that do not divide, and rules without sense", () => {
    const bar = { time: 6e4, open: 1, high: 1, low: 1, close: 1, volume: 1 };
    const aggregator = createBarAggregator("5m", 6e4);
    aggregator.push(bar);
    for (const time of [6e4, 0, Number.NaN]) {
      expect(() => aggregator.push({ ...bar, time })).toThrow(/came after/);
    }
    expect(() => createBarAggregator("7m", 3e5)).toThrow(/can't be made/);
    expect(() => createBarAggregator("1m", 3e5)).toThrow(/can't be made/);
    expect(() => createPeriods({ timeframe: "1d", zone: "Mars/Olympus" })).toThrow(/time zone/);
    expect(() => createPeriods({ ...NEW_YORK, session: { open: "9.30", close: "16:00" } })).toThrow(/9\.30/);
    expect(() => createPeriods({ ...NEW_YORK, session: { open: "09:30", close: "24:30" } })).toThrow(/24:30/);
    expect(() => createPeriods("0h")).toThrow(/timeframe/);
  });

  for (const coin of ["BTC", "ETH"]) {
    const file = (length: string) => realData(`ohlcv/binance-1m-5m-15m-2025/${coin}_USDT-${length}.parquet`);
    it.skipIf(!file("1m"))(`makes the shipped 5m and 15m bars of ${coin} from its 1m bars`, async () => {
      const read = async (length: string) => {
        const source = parquetSource({
          path: file(length)!,
          symbol: `${coin}/USDT`,
          tick: "0.01",
          lot: "0.00001",
        });
        const instrument = await source.instrument(`${coin}/USDT`);
        const rows: OhlcvBar[] = [];
        for await (const batch of source.candles({ instrument, timeframe: length })) {
          for (const [time, open, high, low, close, volume] of batch) {
            rows.push({ time, open, high, low, close, volume });
          }
        }
        await source.close();
        return columnsOf(rows);
      };
      const columns = await read("1m");
      for (const length of ["5m", "15m"]) {
        const made = aggregateBars(columns, length, 6e4);
        const shipped = await read(length);
        expect(made.time.length).toBeGreaterThan(8000);
        for (const name of ["time", "open", "high", "low", "close"] as const) {
          expect(made[name]).toEqual(shipped[name].subarray(0, made.time.length));
        }
      }
    });
  }
});

describe("createPeriods", () => {
  const utc = (text: string) => Date.parse(`${text}Z`);
  const at = (rule: string | BarRule, text: string) => {
    const period = createPeriods(rule).at(utc(text));
    return period && [period.start, period.end].map((ms) => new Date(ms).toISOString().slice(0, 16));
  };

  it("knows New York's session in winter, in summer, and over the change of the clocks", () => {
    expect(at(NEW_YORK, "2024-03-08T15:00")).toEqual(["2024-03-08T14:30", "2024-03-08T21:00"]);
    expect(at(NEW_YORK, "2024-03-11T15:00")).toEqual(["2024-03-11T13:30", "2024-03-11T20:00"]);
    expect(at(NEW_YORK, "2024-03-11T20:00")).toBeUndefined();
    expect(at(NEW_YORK, "2024-03-09T15:00")).toBeUndefined();
    expect(at({ ...NEW_YORK, timeframe: "1w" }, "2024-03-06T15:00")).toEqual([
      "2024-03-04T14:30",
      "2024-03-08T21:00",
    ]);
    expect(at({ ...NEW_YORK, timeframe: "1h" }, "2024-03-11T19:45")).toEqual([
      "2024-03-11T19:30",
      "2024-03-11T20:00",
    ]);
    // March 2024 ends on a Sunday: its last session is Friday 29.
    expect(at({ ...NEW_YORK, timeframe: "1M" }, "2024-03-11T19:45")).toEqual([
      "2024-03-01T14:30",
      "2024-03-29T20:00",
    ]);
  });

  it("has days of 23 and 25 hours, and begins a day that has no midnight", () => {
    const day = { timeframe: "1d", zone: "America/New_York" };
    expect(at(day, "2024-03-10T12:00")).toEqual(["2024-03-10T05:00", "2024-03-11T04:00"]);
    expect(at(day, "2024-11-03T12:00")).toEqual(["2024-11-03T04:00", "2024-11-04T05:00"]);
    // São Paulo, 2018-11-04: clocks went from 00:00 to 01:00.
    expect(at({ ...day, zone: "America/Sao_Paulo" }, "2018-11-04T12:00")).toEqual([
      "2018-11-04T03:00",
      "2018-11-05T02:00",
    ]);
  });

  it("gives an overnight session to the day on which it closes", () => {
    const futures = {
      timeframe: "1d",
      zone: "America/Chicago",
      session: { open: "17:00", close: "16:00" },
      calendar: "weekdays",
    } as const;
    expect(at(futures, "2024-01-07T23:30")).toEqual(["2024-01-07T23:00", "2024-01-08T22:00"]);
    expect(at(futures, "2024-01-05T23:30")).toBeUndefined();
    expect(at({ ...futures, timeframe: "1w" }, "2024-01-10T12:00")).toEqual([
      "2024-01-07T23:00",
      "2024-01-12T22:00",
    ]);
  });

  it("starts weeks on Monday, months and quarters on the first", () => {
    expect(at("1w", "2024-08-08T12:00")).toEqual(["2024-08-05T00:00", "2024-08-12T00:00"]);
    expect(at("1M", "2024-02-29T23:59")).toEqual(["2024-02-01T00:00", "2024-03-01T00:00"]);
    expect(at("3M", "1969-12-31T23:59")).toEqual(["1969-10-01T00:00", "1970-01-01T00:00"]);
  });
});

it("is never complete before its last base bar is", () => {
  const rules: readonly (readonly [string | BarRule, Millis])[] = [
    [{ ...NEW_YORK, session: { open: "09:30", close: "16:15" } }, 36e5],
    [NEW_YORK, 18e5],
    ["4d", 2 * 864e5],
    ["1M", 7 * 864e5],
  ];
  fc.assert(
    fc.property(fc.constantFrom(...rules), fc.integer(), fc.nat(30), ([rule, length], seed, shift) => {
      const bars = randomBars(seed, 200, length, Date.UTC(2024, 0, 1) + shift * 864e5);
      const aggregator = createBarAggregator(rule, length);
      const priced: number[] = [];
      for (const bar of bars) {
        // A bar without a price only moves time.
        if (Number.isFinite(bar.high)) priced.push(bar.time);
        for (const { end, time } of aggregator.push(bar)) {
          const last = priced.findLast((at) => at >= time && at < end) ?? Number.NEGATIVE_INFINITY;
          expect(end).toBeGreaterThanOrEqual(last + length);
        }
      }
    }),
  );
});
