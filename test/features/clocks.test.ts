/**
 * Features of other instruments, of longer bars and of dated series: a bar sees what was known when it closed, in the
 * stream as in the batch, bit for bit; also from a snapshot on, with corrected and late bars.
 */

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRng, isTickbookError } from "#core";
import {
  defineFeature,
  ema,
  type Feature,
  factory,
  features,
  macd,
  rsi,
  sma,
  type TimedBars,
} from "#features";
import type { BarColumns, TableColumns } from "#model";
import { barAt, randomBars } from "./random-bars.ts";

const MINUTE = 6e4;

const moodOf = factory(
  defineFeature({
    id: "test.value",
    version: 1,
    group: "alternative",
    summary: "",
    source: "",
    inputs: [{ name: "value", series: "mood" }],
    params: {},
    outputs: ["value"],
    unit: "score",
    warmup: () => 0,
    init: () => ({}),
    step(_state, _p, x, out) {
      out[0] = x[0]!;
    },
  }),
  () => ({}),
);

const moodParts = factory(
  defineFeature({
    id: "test.parts",
    version: 1,
    group: "alternative",
    summary: "",
    source: "",
    inputs: [
      { name: "published", series: "mood", part: "published" },
      { name: "date", series: "mood", part: "time" },
    ],
    params: {},
    outputs: ["lag"],
    unit: "score",
    warmup: () => 0,
    init: () => ({}),
    step(_state, _p, x, out) {
      out[0] = x[0]! - x[1]!;
    },
  }),
  () => ({}),
);

/** Counts bars, those without a value as well. */
const gapsOf = factory(
  defineFeature({
    id: "test.gaps",
    version: 1,
    group: "math",
    summary: "",
    source: "",
    inputs: [{ name: "value", from: "close", gaps: true }],
    params: {},
    outputs: ["count"],
    unit: "bars",
    warmup: () => 0,
    init: () => ({ bars: 0, missing: 0 }),
    step(state, _p, x, out) {
      state.bars++;
      if (!Number.isFinite(x[0])) state.missing++;
      out[0] = state.bars + state.missing * 1000;
    },
  }),
  () => ({}),
);

interface World {
  readonly bars: TimedBars;
  readonly eth: TimedBars;
  readonly mood: TableColumns<"series">;
}

/** Bars with holes in time: some are left out. */
function thinned(bars: BarColumns, share: number, seed: number): TimedBars {
  const rng = createRng(seed);
  const kept = Array.from(bars.time, (_, i) => i).filter(() => rng.next() >= share);
  const pick = (column: Float64Array) => Float64Array.from(kept, (i) => column[i]!);
  const { time, open, high, low, close, volume } = bars;
  return {
    time: pick(time),
    open: pick(open),
    high: pick(high),
    low: pick(low),
    close: pick(close),
    volume: pick(volume),
    timeframeMs: MINUTE,
  };
}

function world(seed: number, missing: number): World {
  const shape = { length: 150, gaps: 0.02, jumps: 0.02, deviation: 0.01 };
  const rng = createRng(seed + 2);
  // Some dates are stated twice, some come out at one moment with others, some after a later one, some without a value.
  const dates = Array.from({ length: 24 }, (_, i) => ({
    time: (i >> 1) * 12 * MINUTE + (rng.next() < 0.3 ? 0 : (i & 1) * 5 * MINUTE),
    published: 10 * MINUTE * (i >> 1) + rng.nextInt(30) * MINUTE * 0.5 + 6 * MINUTE,
    value: rng.next() < 0.05 ? Number.NaN : rng.next(),
  }));
  const column = (name: "time" | "published" | "value") => Float64Array.from(dates, (row) => row[name]);
  return {
    bars: thinned(randomBars({ seed, ...shape }), missing, seed),
    eth: thinned(randomBars({ seed: seed + 1, ...shape }), missing, seed + 1),
    mood: { time: column("time"), published: column("published"), value: column("value") },
  };
}

const FEATURES: Readonly<Record<string, Feature>> = {
  plain: rsi(3),
  longer: rsi(3).on("5m"),
  twice: sma(3).of(ema(4).on("3m")),
  nested: sma(2).of(rsi(3).on("3m")).on("15m"),
  other: ema(3).at("ETH/USDT"),
  otherLonger: macd(2, 4, 2).histogram.on("5m").at("ETH/USDT"),
  mixed: sma(2).of(ema(3).at("ETH/USDT").on("5m")),
  mood: moodOf(),
  moodMean: sma(3).of(moodOf()),
  moodHour: sma(2).of(moodOf()).on("15m"),
  moodOwn: ema(3).on({ series: "mood" }),
  moodOwnNested: sma(2)
    .of(macd(2, 3, 2).histogram)
    .on({ series: "mood" }),
  moodOwnSource: sma(2).of({ series: "mood" }).on({ series: "mood" }),
  moodSeesBars: sma(2).of(ema(3).on("5m")).on({ series: "mood" }),
  moodSeesOther: sma(2).of(ema(2).at("ETH/USDT")).on({ series: "mood" }),
  moodOfOwn: ema(2)
    .of(sma(2).on({ series: "mood" }))
    .on("3m"),
  moodParts: moodParts(),
  gaps: gapsOf(),
  gapsOfRsi: gapsOf().of(rsi(4)),
  gapsLonger: gapsOf().of(ema(3).on("5m")).on("3m"),
  gapsOfMood: gapsOf().of({ series: "mood", part: "published" }),
};

/** Everything in the order in which it became known; of one moment the other instrument and the series first. */
function feed(
  set: ReturnType<typeof features>,
  { bars, eth, mood }: World,
  until = Number.POSITIVE_INFINITY,
) {
  const { symbols, series } = set.needs;
  const events: {
    at: number;
    rank: number;
    run: (stream: ReturnType<typeof set.stream>) => Float64Array | undefined;
  }[] = [];
  bars.time.forEach((time, i) => {
    events.push({ at: time + MINUTE, rank: 1, run: (stream) => stream.push(barAt(bars, i)) });
  });
  if (symbols.length > 0)
    eth.time.forEach((time, i) => {
      events.push({
        at: time + MINUTE,
        rank: 0,
        run: (stream) => void stream.see("ETH/USDT", barAt(eth, i)),
      });
    });
  if (series.length > 0)
    mood.published.forEach((published, i) => {
      const value = { time: mood.time[i]!, published, value: mood.value[i]! };
      events.push({ at: published, rank: 0, run: (stream) => void stream.publish("mood", value) });
    });
  return events.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at || a.rank - b.rank);
}

function compute(set: ReturnType<typeof features>, { bars, eth, mood }: World) {
  return set.compute(bars, { at: { "ETH/USDT": eth }, series: { mood } });
}

function expectRow(row: Float64Array, columns: readonly Float64Array[], i: number, names: readonly string[]) {
  names.forEach((name, k) => {
    if (!Object.is(row[k], columns[k]![i]))
      expect.fail(`${name}, bar ${i}: ${row[k]} is not ${columns[k]![i]}`);
  });
}

const set = features(FEATURES);
const worlds = fc.record({ seed: fc.nat(), missing: fc.constantFrom(0, 0.1, 0.6) });

describe("several clocks", () => {
  test("stream what they compute in a batch, also from a snapshot on", () => {
    return fc.assert(
      fc.property(worlds, fc.double({ min: 0, max: 1, noNaN: true }), ({ seed, missing }, cut) => {
        const market = world(seed, missing);
        const table = compute(set, market);
        const events = feed(set, market);
        let stream = set.stream({ timeframe: "1m" });
        let bar = 0;
        events.forEach((event, k) => {
          if (k === Math.floor(cut * events.length)) {
            const snapshot = JSON.parse(JSON.stringify(stream.snapshot()));
            stream = set.stream({ timeframe: "1m" });
            stream.restore(snapshot);
          }
          const row = event.run(stream);
          if (row) expectRow(row, table.columns, bar++, table.names);
        });
        expect(bar).toBe(table.length);
      }),
      { numRuns: 60 },
    );
  });

  test("see nothing that became known later", () => {
    return fc.assert(
      fc.property(worlds, fc.double({ min: 0, max: 1, noNaN: true }), ({ seed, missing }, cut) => {
        const market = world(seed, missing);
        const whole = compute(set, market);
        const end = Math.floor(cut * market.bars.time.length);
        if (end === 0) return;
        const now = market.bars.time[end - 1]! + MINUTE;
        // All that comes after now is other: what was computed up to now must not change.
        const after = (time: Float64Array) => time.map((at) => (at + MINUTE > now ? 7 : 1));
        const bend = (bars: TimedBars): TimedBars => {
          const by = after(bars.time);
          const times = (column: Float64Array) => column.map((value, i) => value * by[i]!);
          const { time, open, high, low, close, volume } = bars;
          return {
            time,
            open: times(open),
            high: times(high),
            low: times(low),
            close: times(close),
            volume: times(volume),
            timeframeMs: MINUTE,
          };
        };
        const { time, published, value } = market.mood;
        const mood = { time, published, value: value.map((v, i) => (published[i]! > now ? -v : v)) };
        const bent = compute(set, { bars: bend(market.bars), eth: bend(market.eth), mood });
        for (let i = 0; i < end; i++)
          expectRow(bent.columns.map((column) => column[i]!) as never, whole.columns, i, whole.names);
      }),
      { numRuns: 60 },
    );
  });

  test("a longer bar is seen when it has closed, not before", () => {
    const length = 60;
    const bars = {
      ...randomBars({ seed: 5, length, gaps: 0, jumps: 0, deviation: 0.01 }),
      timeframeMs: MINUTE,
    };
    const last = sma(1).on("15m");
    const column = features({ last }).compute(bars).column("last");
    for (let i = 0; i < length; i++) {
      const closed = Math.floor((i + 1) / 15);
      expect(column[i]).toBe(closed === 0 ? Number.NaN : bars.close[closed * 15 - 1]);
    }
  });

  test("a feature on a series counts each date once, when it is first published", () => {
    const minutes = (...at: number[]) => Float64Array.from(at, (m) => m * MINUTE);
    const mood = {
      // The second date is restated; the third and fourth come out together; the last is of an old date.
      time: minutes(0, 1, 1, 2, 3, 1),
      published: minutes(5, 10, 15, 20, 20, 30),
      value: Float64Array.of(1, 2, 20, 3, 4, 50),
    };
    const bars = {
      ...randomBars({ seed: 5, length: 40, gaps: 0, jumps: 0, deviation: 0.01 }),
      timeframeMs: MINUTE,
    };
    const own = features({ sum: sma(2).on({ series: "mood" }), value: moodOf() });
    const table = own.compute(bars, { series: { mood } });
    // A bar sees what was published by its close, a minute after its start.
    const steps = (name: "sum" | "value") =>
      [...table.column(name)].flatMap((v, i, all) => (Object.is(v, all[i - 1]) ? [] : [[i + 1, v]]));
    expect(steps("value").slice(1)).toEqual([
      [5, 1],
      [10, 2],
      [15, 20],
      [20, 4],
    ]);
    expect(steps("sum").slice(1)).toEqual([
      [10, 1.5],
      [20, 3],
    ]);
    expect(own.list[0]!.id).toBe(
      "technical.sma(2)@1 on series mood".replace("@1", `@${sma.definition.version}`),
    );
  });

  test("have all their values after the warm-up they state, wherever a history begins", () => {
    const longer = features({
      plain: ema(7),
      on: rsi(3).on("5m"),
      of: sma(4).of(rsi(5)),
      both: sma(3).of(ema(4).on("3m")).on("15m"),
      nested: sma(6).of(macd(2, 4, 2).histogram.on("3m")),
    });
    return fc.assert(
      fc.property(fc.nat(), fc.nat(40), (seed, start) => {
        const whole = randomBars({ seed, length: 400, gaps: 0, jumps: 0, deviation: 0.01 });
        const bars = { ...thinned(whole, 0, 0) };
        const cut = (column: Float64Array) => column.subarray(start);
        const { time, open, high, low, close, volume } = bars;
        const late = {
          time: cut(time),
          open: cut(open),
          high: cut(high),
          low: cut(low),
          close: cut(close),
          volume: cut(volume),
          timeframeMs: MINUTE,
        };
        const { columns } = longer.compute(late);
        const first = Math.max(...columns.map((column) => column.findIndex(Number.isFinite)));
        expect(columns.every((column) => column.some(Number.isFinite))).toBe(true);
        expect(first).toBeLessThanOrEqual(longer.warmupOn("1m"));
        // Not far above either: at most what one longest bar can be in the way.
        expect(longer.warmupOn("1m")).toBeLessThanOrEqual(first + 45);
      }),
      { numRuns: 60 },
    );
  });

  test("refuse what they were not given", () => {
    const { bars } = world(1, 0);
    const code = (run: () => unknown) => {
      try {
        run();
      } catch (error) {
        if (isTickbookError(error)) return error.code;
        throw error;
      }
      return "no error";
    };
    expect(code(() => features({ a: rsi(3).at("ETH/USDT") }).compute(bars))).toBe("features.missing-input");
    expect(code(() => features({ a: moodOf() }).compute(bars))).toBe("features.missing-input");
    expect(
      code(() =>
        features({ a: rsi(3) })
          .stream()
          .see("ETH/USDT", barAt(bars, 0)),
      ),
    ).toBe("features.missing-input");
    expect(code(() => features({ a: rsi(3).on("90s") }).compute(bars))).toBe("market.bad-bar-rule");
    expect(code(() => rsi(3).on("soon"))).toBe("core.bad-timeframe");
    expect(code(() => rsi(3).on({ series: "" }))).toBe("features.bad-source");
    expect(code(() => rsi(3).on({ series: "mood" }).at("ETH/USDT"))).toBe("features.bad-source");
    expect(code(() => sma(3).of({ series: 5 as unknown as string }))).toBe("features.bad-source");
    const own = features({ a: rsi(3).on({ series: "mood" }) });
    expect(own.needs).toEqual({ symbols: [], series: ["mood"] });
    expect(code(() => own.compute(bars))).toBe("features.missing-input");
    const NO_TIME = { time: [0, 1], published: [0, Number.NaN], value: [1, 2] };
    const bad = (rows: Record<string, number[]>) => () =>
      own.compute(bars, {
        series: {
          mood: Object.fromEntries(Object.entries(rows).map(([k, v]) => [k, Float64Array.from(v)])) as never,
        },
      });
    expect(code(bad(NO_TIME))).toBe("features.bad-series");
    expect(code(bad({ ...NO_TIME, value: [1] }))).toBe("features.ragged-bars");
    expect(code(() => rsi(3).of("price" as "close"))).toBe("features.bad-source");
    expect(code(() => rsi(3).of("close", "open"))).toBe("features.bad-source");
    let deep: Feature = rsi(3);
    for (let i = 0; i < 100; i++) deep = sma(2).of(deep);
    expect(code(() => features({ deep }))).toBe("features.bad-source");
  });
});

describe("bars that come again or late", () => {
  const changes = fc.record({
    ...{ seed: fc.nat(), revise: fc.integer({ min: 1, max: 12 }), missing: fc.constantFrom(0, 0.3) },
    rate: fc.constantFrom(0.05, 0.5),
  });

  test("give what a stream with the right bars from the start gives", () => {
    return fc.assert(
      fc.property(changes, ({ seed, revise, missing, rate }) => {
        const market = world(seed, missing);
        const table = compute(set, market);
        const rng = createRng(seed);
        const stream = set.stream({ timeframe: "1m", revise });
        const { bars } = market;
        const events = feed(set, market);
        const wrong = new Map<number, number>();
        let bar = 0;
        for (const { run, at, rank } of events) {
          if (rank === 0) {
            run(stream);
            continue;
          }
          const right = barAt(bars, bar);
          expect(right.time + MINUTE).toBe(at);
          const kind = bar < bars.time.length - 1 && rng.next() < rate ? rng.nextInt(2) : 2;
          // Wrong numbers now, or nothing now: the right bar comes up to `revise` bars later.
          if (kind === 0) stream.push({ ...right, close: right.close * 1.5 });
          if (kind === 2) stream.push(right);
          else wrong.set(bar, bar + rng.nextInt(revise));
          bar++;
          for (const [index, due] of wrong) {
            if (due >= bar && bar < bars.time.length) continue;
            wrong.delete(index);
            stream.push(barAt(bars, index));
          }
          if (wrong.size > 0) continue;
          // The same bar again changes nothing.
          expectRow(stream.push(right), table.columns, bar - 1, table.names);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("are refused where the stream cannot go back", () => {
    const { bars } = world(3, 0);
    const strict = features({ a: sma(2) }).stream();
    strict.push(barAt(bars, 0));
    strict.push(barAt(bars, 1));
    expect(() => strict.push(barAt(bars, 0))).toThrow("comes after that of");
    expect(() => strict.push({ ...barAt(bars, 1), close: 1 })).toThrow("with other numbers");
    const short = features({ a: sma(2) }).stream({ revise: 2 });
    for (let i = 0; i < 20; i++) short.push(barAt(bars, i));
    expect(() => short.push({ ...barAt(bars, 3), close: 1 })).toThrow("comes too late");
  });
});
