/** A snapshot survives JSON whatever its numbers, and one that is damaged is refused and changes nothing. */
import { describe, expect, test } from "vitest";
import { isTickbookError } from "#core";
import { ema, type FeatureSnapshot, features, mom, rsi, seriesValue, sma } from "#features";
import { barAt, randomBars } from "./random-bars.ts";

const MINUTE = 6e4;
const bars = randomBars({ seed: 1, length: 40, gaps: 0, jumps: 0, deviation: 0.01 });
const set = features({ a: rsi(3).on("5m"), b: ema(1).at("ETH"), c: seriesValue("mood"), d: sma(2) });

/** One bar and one value of other clocks are still waiting. */
function streamAt(count: number) {
  const stream = set.stream({ timeframe: "1m" });
  for (let i = 0; i <= count; i++) {
    stream.see("ETH", barAt(bars, i));
    if (i < count) stream.push(barAt(bars, i));
  }
  stream.publish("mood", { time: 1, published: (count + 1) * MINUTE, value: 5 });
  return stream;
}

const throughJson = (snapshot: FeatureSnapshot) => JSON.parse(JSON.stringify(snapshot)) as FeatureSnapshot;

describe("a snapshot", () => {
  test("keeps what is not finite in bars and values that wait", () => {
    for (const hole of [Number.NaN, Number.POSITIVE_INFINITY, -0]) {
      const first = set.stream({ timeframe: "1m" });
      first.push({ ...barAt(bars, 0), volume: hole });
      first.see("ETH", { ...barAt(bars, 1), close: hole });
      first.publish("mood", { time: 1, published: MINUTE * 2, value: hole });
      const second = set.stream({ timeframe: "1m" });
      second.restore(throughJson(first.snapshot()));
      // The same bar again changes nothing.
      expect([...second.push({ ...barAt(bars, 0), volume: hole })].length).toBe(4);
      const rows = [first, second].map((stream) => [...stream.push(barAt(bars, 1))]);
      expect(rows[1]).toEqual(rows[0]);
      if (Object.is(hole, -0)) expect(rows[1]![2]).toBe(-0);
      else expect(rows[1]!.slice(1, 3)).toEqual([Number.NaN, Number.NaN]);
    }
  });

  test("that is damaged anywhere is refused or fits, and refused leaves the stream as it was", () => {
    const good = throughJson(streamAt(33).snapshot());
    const paths: (readonly (string | number)[])[] = [];
    const walk = (value: unknown, path: readonly (string | number)[]) => {
      paths.push(path);
      if (typeof value !== "object" || value === null) return;
      for (const [key, inner] of Object.entries(value))
        walk(inner, [...path, Array.isArray(value) ? Number(key) : key]);
    };
    walk(good, []);
    const stream = streamAt(20);
    const before = JSON.stringify(stream.snapshot());
    let refused = 0;
    for (const path of paths)
      for (const bad of [undefined, null, "x", [], {}, [null], true]) {
        const damaged = { root: throughJson(good) };
        let holder = damaged as unknown as Record<string | number, unknown>;
        const full = ["root", ...path];
        for (const key of full.slice(0, -1)) holder = holder[key] as typeof holder;
        const old = JSON.stringify(holder[full.at(-1)!]);
        holder[full.at(-1)!] = bad;
        const target = set.stream({ timeframe: "1m" });
        try {
          stream.restore(damaged.root);
          // Only what may be missing, or what means the same.
          const place = `${path.join(".")} ${old} := ${JSON.stringify(bad)}`;
          expect(place).toMatch(/open\.volume|\.last |\.open |:= \[\]$|null :=/);
          target.restore(damaged.root);
          stream.restore(JSON.parse(before));
        } catch (error) {
          if (!isTickbookError(error)) throw error;
          expect(error.code).toBe("features.bad-snapshot");
          refused++;
          if (JSON.stringify(stream.snapshot()) !== before)
            expect.fail(`${path.join(".")} changed the stream`);
        }
      }
    expect(refused).toBeGreaterThan(500);
  });

  test("of a stream on other bars, or with its bars out of order, is refused", () => {
    const snapshot = throughJson(streamAt(12).snapshot());
    const code = (change: object, timeframe = "1m") => {
      try {
        set.stream({ timeframe }).restore({ ...snapshot, ...change });
      } catch (error) {
        if (isTickbookError(error)) return error.code;
        throw error;
      }
      return "no error";
    };
    expect(code({})).toBe("no error");
    expect(code({}, "5m")).toBe("features.bad-snapshot");
    expect(code({ time: snapshot.time! + MINUTE })).toBe("features.bad-snapshot");
    expect(code({ time: null, last: null })).toBe("no error");
    const [one, two, [bar]] = snapshot.waiting as never as [[], [], [object]];
    expect(code({ waiting: [one, two, [bar, bar]] })).toBe("features.bad-snapshot");
  });
});

test("a value that came late is seen when it says, is as old as its publication, and survives a snapshot", () => {
  const set = features({
    value: seriesValue("mood", { maxAge: "1d" }),
    age: seriesValue("mood").ageDays,
    steps: mom(1).on({ series: "mood" }),
  });
  const day = 24 * 60 * MINUTE;
  const bar = (time: number) => ({ time, open: 1, high: 1, low: 1, close: 1, volume: 1 });
  const fresh = () => set.stream({ timeframe: "1m" });
  const stream = fresh();
  stream.push(bar(0));
  // Published long ago, and seen in the third bar only: one after the other.
  stream.publish("mood", { time: 1, published: -2 * day, value: 5, seen: 2 * MINUTE + 1 });
  stream.publish("mood", { time: 2, published: -2 * day + 1, value: 7, seen: 2 * MINUTE + 2 });
  const other = fresh();
  other.restore(JSON.parse(JSON.stringify(stream.snapshot())));
  for (const each of [stream, other]) {
    expect([...each.push(bar(MINUTE))]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    const [value, age, steps] = each.push(bar(2 * MINUTE));
    // Too old by its publication, whenever it came.
    expect(value).toBeNaN();
    expect(age).toBeCloseTo(2 + 3 / 1440, 4);
    expect(steps).toBe(2);
  }
  expect(() => stream.publish("mood", { time: 3, published: 9e6, value: 1, seen: 8e6 })).toThrow();
});
