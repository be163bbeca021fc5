/** Loops in WebAssembly give the bits of the streams and of the loops that do without it, also with 0, -0 and values below 0. */
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";

type Room = typeof import("#features");

/** Moved by steps of a few ticks, so that 0 and equal values are frequent; the time has gaps. */
function barsOf(steps: readonly number[], hole: number) {
  const length = steps.length;
  const column = () => new Float64Array(length);
  const [time, open, high, low, close, volume] = [column(), column(), column(), column(), column(), column()];
  let value = 0;
  for (let i = 0; i < length; i++) {
    time[i] = 1.7e12 + 60_000 * (i + (i > hole ? 7 : 0));
    open[i] = value;
    value = steps[i] === 0 ? -value : value + steps[i]!;
    close[i] = Object.is(value, 0) && i % 2 === 0 ? -0 : value;
    high[i] = Math.max(open[i]!, value) + (i % 3);
    low[i] = Math.min(open[i]!, value) - (i % 2);
    volume[i] = i % 5;
  }
  return { time, open, high, low, close, volume };
}

function setOf({ features, FEATURE_CATALOG, createFeature }: Room, period: number) {
  const make = (id: string, params: object) =>
    createFeature(FEATURE_CATALOG.find((one) => one.id === id)!, params as never);
  const one = (id: string) => make(id, { period }).value!;
  return features({
    max: one("math.max"),
    min: one("math.min"),
    middle: one("technical.midprice"),
    point: one("technical.midpoint"),
    below: one("technical.willr"),
    sum: one("math.sum"),
    flow: one("technical.cmf"),
    share: one("technical.er"),
    variance: one("statistic.variance"),
    deviation: make("statistic.stddev", { period, deviations: 1.5 }).value!,
    upper: make("technical.bollinger", { period, deviations: 2, deviationsDown: 1.5 }).upper!,
    centre: make("technical.bollinger", { period, deviations: 2, deviationsDown: 1.5 }).middle!,
    lower: make("technical.bollinger", { period, deviations: 2, deviationsDown: 1.5 }).lower!,
    place: make("technical.bollinger", { period, deviations: 2, deviationsDown: 1.5 }).percentB!,
    weighted: one("technical.wma"),
    pairs: one("statistic.correlation"),
    line: one("statistic.linearreg"),
    slope: one("statistic.linearreg-slope"),
    hull: one("technical.hma"),
    mass: make("technical.massi", { fast: 5, slow: period }).value!,
    adaptive: one("technical.kama"),
    rank: one("statistic.percentrank"),
    awesome: make("technical.ao", { fast: 5, slow: period + 5 }).value!,
    range: one("technical.adr"),
    body: one("technical.qstick"),
    change: one("technical.mom"),
    lag: one("technical.dpo"),
    up: make("technical.vortex", { period }).plus!,
    down: make("technical.vortex", { period }).minus!,
    three: make("technical.ultosc", { first: period, second: 5, third: 12 }).value!,
    few: make("technical.ultosc", { first: 1, second: 2, third: 7 }).value!,
    mean: make("technical.sma", { period: 1 + (period % 8) }).value!,
    moved: make("technical.wad", {}).value!,
    smooth: make("technical.heikin-ashi", {}).haOpen!,
    top: make("technical.heikin-ashi", {}).haHigh!,
    base: make("technical.heikin-ashi", {}).haLow!,
    doji: make("pattern.doji", {}).value!,
    belt: make("pattern.belt-hold", {}).value!,
    spin: make("pattern.spinning-top", {}).value!,
    hikkake: make("pattern.hikkake", {}).value!,
    hikkakeMod: make("pattern.hikkake-mod", {}).value!,
    sideGap: make("pattern.x-side-gap-three-methods", {}).value!,
    gap: make("pattern.tasuki-gap", {}).value!,
    covers: make("pattern.engulfing", {}).value!,
    fractal: make("technical.fractal", { left: period, right: 2 }).high!,
  });
}

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

describe("kernels", () => {
  test("give what plain loops and streams give", async () => {
    const quick: Room = await import("#features");
    expect((await import("../../../features/rolling/lanes.ts")).kernels).toBeDefined();
    vi.resetModules();
    vi.stubGlobal("WebAssembly", undefined);
    const plain: Room = await import("#features");
    expect((await import("../../../features/rolling/lanes.ts")).kernels).toBeUndefined();
    const steps = fc.array(fc.constantFrom(-2, -1, 0, 0, 1, 1, 0.1, -0.3), { minLength: 1, maxLength: 400 });
    fc.assert(
      fc.property(
        steps,
        fc.integer({ min: 2, max: 60 }),
        fc.nat(400),
        fc.nat(9),
        (some, period, hole, times) => {
          // Also longer than a tile.
          const bars = barsOf(Array.from({ length: times === 9 ? 12 : 1 }, () => some).flat(), hole);
          const set = setOf(quick, period);
          const { columns } = set.compute(bars);
          const other = setOf(plain, period).compute(bars).columns;
          const stream = set.stream({ timeframe: "1m" });
          const row = new Float64Array(columns.length);
          for (let i = 0; i < bars.time.length; i++) {
            const at = (name: keyof typeof bars) => bars[name][i]!;
            const [time, open, high, low, close] = [
              at("time"),
              at("open"),
              at("high"),
              at("low"),
              at("close"),
            ];
            stream.push({ time, open, high, low, close, volume: at("volume") }, row);
            columns.forEach((column, k) => {
              expect(Object.is(column[i], row[k]), `${set.names[k]}, bar ${i}: ${column[i]}, ${row[k]}`).toBe(
                true,
              );
              expect(Object.is(other[k]![i], row[k]), `plain ${set.names[k]}, bar ${i}`).toBe(true);
            });
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
