/** The probe finds each way in which the future leaks into research, and raises no alarm on anything of the catalog. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRng, isTickbookError } from "#core";
import {
  createFeature,
  ema,
  FEATURE_CATALOG,
  features,
  lookaheadText,
  type ProbeInputs,
  probeFeatureWarmup,
  probeFuture,
  rsi,
  sma,
  type TimedBars,
} from "#features";
import { aggregateBars } from "#market";
import type { TableColumns } from "#model";
import { randomBars } from "../random-bars.ts";

const MINUTE = 6e4;
const market = (seed: number, length = 400): TimedBars => ({
  ...randomBars({ seed, length, gaps: 0, jumps: 0, deviation: 0.01 }),
  timeframeMs: MINUTE,
});

/** A value a quarter of an hour, published 20 minutes after the date that it speaks of. */
function quarterly(length: number, seed: number): TableColumns<"series"> {
  const rng = createRng(seed);
  const time = Float64Array.from({ length }, (_, i) => i * 15 * MINUTE);
  return { time, published: time.map((at) => at + 20 * MINUTE), value: time.map(() => rng.next()) };
}

/** The last row at or before each time. */
function asOf(time: Float64Array, at: Float64Array, value: Float64Array): Float64Array {
  return at.map((now) => {
    let found = Number.NaN;
    for (let i = 0; i < time.length; i++) if (time[i]! <= now) found = value[i]!;
    return found;
  });
}

type Leaky = (inputs: ProbeInputs) => Float64Array;

const close = ({ bars }: ProbeInputs) => bars.close;

const LEAKS: Readonly<Record<string, Leaky>> = {
  "shift(-1)": (inputs) => close(inputs).map((_, i, all) => all[i + 1] ?? Number.NaN),
  "a centred window": (inputs) =>
    close(inputs).map((_, i, all) => (all[i - 2]! + all[i - 1]! + all[i]! + all[i + 1]! + all[i + 2]!) / 5),
  "scaling by the whole sample": (inputs) => {
    const all = close(inputs);
    const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
    return all.map((value) => value - mean);
  },
  "a resampled bar labelled with its start": ({ bars }) => {
    const hours = aggregateBars(bars, "15m", MINUTE);
    return asOf(hours.time, bars.time, hours.close);
  },
  "a longer bar read before its close": ({ bars, longer }) => {
    const { time, close } = longer as TimedBars;
    return asOf(time, bars.time, close);
  },
  "a join by date instead of publication": ({ bars, facts }) => {
    const { time, value } = facts as TableColumns<"series">;
    return asOf(time, bars.time, value);
  },
  "a model fitted on the future": ({ bars }) => {
    // Least squares of the next return on this one, over all there is.
    const change = bars.close.map((value, i, all) => value / (all[i - 1] ?? value) - 1);
    let [xy, xx] = [0, 0];
    for (let i = 0; i + 1 < change.length; i++) {
      xy += change[i]! * change[i + 1]!;
      xx += change[i]! * change[i]!;
    }
    return change.map((value) => value * (xy / xx));
  },
  "a hole filled from behind": ({ bars }) => {
    const filled = bars.close.slice();
    for (let i = filled.length - 2; i >= 0; i--) if (Number.isNaN(filled[i])) filled[i] = filled[i + 1]!;
    return filled;
  },
};

const CLEAN: Readonly<Record<string, Leaky>> = {
  "the last bar": (inputs) => close(inputs).map((_, i, all) => all[i - 1] ?? Number.NaN),
  "a longer bar after its close": ({ bars, longer }) => {
    const { time, close } = longer as TimedBars;
    return asOf(
      time.map((at) => at + 15 * MINUTE),
      bars.time.map((at) => at + MINUTE),
      close,
    );
  },
  "a join by publication": ({ bars, facts }) => {
    const { published, value } = facts as TableColumns<"series">;
    return asOf(
      published,
      bars.time.map((at) => at + MINUTE),
      value,
    );
  },
  "a mean of all so far": (inputs) => {
    let sum = 0;
    return close(inputs).map((value, i) => {
      sum += Number.isNaN(value) ? 0 : value;
      return sum / (i + 1);
    });
  },
};

function inputs(seed: number): ProbeInputs {
  const bars = market(seed);
  bars.close.fill(Number.NaN, 200, 205);
  const whole = market(seed);
  const longer = { ...aggregateBars(whole, "15m", MINUTE), timeframeMs: 15 * MINUTE };
  return { bars, longer, facts: quarterly(26, seed) };
}

describe("the lookahead probe finds", () => {
  test.each(Object.entries(LEAKS))("%s", (_, leaky) => {
    return fc.assert(
      fc.asyncProperty(fc.nat(1e6), async (seed) => {
        const report = await probeFuture(
          (world) => ({ leaky: leaky(world), plain: world.bars.open }),
          inputs(seed),
          { seed },
        );
        expect(report.leaks.map(({ feature }) => feature)).toEqual(["leaky"]);
        expect(report.clean).toEqual(["plain"]);
        const leak = report.leaks[0]!;
        expect(leak.time).toBeLessThan(leak.moment);
        expect(leak.barsAhead).toBeGreaterThanOrEqual(1);
      }),
      { numRuns: 15 },
    );
  });

  test("how far ahead, where, and in which cell", async () => {
    const far = (k: number) => (world: ProbeInputs) =>
      close(world).map((_, i, all) => all[i + k] ?? Number.NaN);
    const world = { bars: market(4) };
    const cellOf = (feature: string) => `cell ${feature.length}`;
    const report = await probeFuture((w) => ({ one: far(1)(w), three: far(3)(w) }), world, { cellOf });
    expect(report.leaks).toMatchObject([
      { feature: "one", barsAhead: 1, cell: "cell 3" },
      { feature: "three", barsAhead: 3, cell: "cell 5" },
    ]);
    // The last rows before the moment change, the others do not.
    expect(report.profile.three!.slice(0, 3).every((size) => size > 0)).toBe(true);
    expect(report.profile.three!.slice(3).every((size) => size === 0)).toBe(true);
    expect(lookaheadText(report)).toContain("three (cell 5): reads at least 3 bars ahead");
    const leak = report.leaks[0]!;
    expect(leak.value).toBe(world.bars.close[leak.row + 1]);
  });
});

describe("the lookahead probe raises no alarm on", () => {
  test.each(Object.entries(CLEAN))("%s", async (_, clean) => {
    const report = await probeFuture((world) => ({ clean: clean(world) }), inputs(9));
    expect(report.leaks).toEqual([]);
  });

  test("anything of the catalog, on any clock", async () => {
    const plain = FEATURE_CATALOG.map((definition) => createFeature(definition));
    const series = Object.fromEntries(
      features(Object.fromEntries(plain.map((one) => [one.id, one]))).needs.series.map((name, i) => [
        name,
        quarterly(26, i),
      ]),
    );
    const all = plain.flatMap((one) => one.definition.outputs.map((output) => one[output]!));
    const spec = Object.fromEntries(all.flatMap((one) => [one, one.on("5m")]).map((one) => [one.id, one]));
    const report = await probeFuture(features(spec), { bars: market(7), ...series }, { moments: 4 });
    expect(report.leaks).toEqual([]);
    expect(report.clean).toHaveLength(2 * all.length);
  });
});

describe("the lookahead probe refuses", () => {
  const code = async (work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (error) {
      if (isTickbookError(error)) return error.code;
      throw error;
    }
    return "no error";
  };
  test("what is another each time, too short, or has no column of the bars' length", async () => {
    const bars = market(1);
    let call = 0;
    expect(await code(() => probeFuture(() => ({ a: bars.close.map((v) => v + call++) }), { bars }))).toBe(
      "features.bad-probe",
    );
    expect(await code(() => probeFuture(features({ a: sma(2) }), { bars: market(1, 2) }))).toBe(
      "features.bad-probe",
    );
    expect(await code(() => probeFuture(() => ({ a: [1] }), { bars }))).toBe("features.bad-probe");
    expect(await code(() => probeFuture(features({ a: sma(2) }), { bars, x: { value: bars.close } }))).toBe(
      "features.bad-probe",
    );
    expect(await code(() => probeFuture(features({ a: sma(2) }), { bars }, { moments: 0 }))).toBe(
      "features.bad-probe",
    );
  });

  test("a computation that fails on every other history, with its own error", async () => {
    const bars = market(1);
    let calls = 0;
    const fragile = () => {
      if (calls++ > 1) throw new RangeError("too short");
      return { a: bars.close };
    };
    await expect(probeFuture(fragile, { bars })).rejects.toThrow("too short");
  });
});

test("the warm-up probe says after how many bars the start no longer shows", () => {
  const bars = market(3, 4000);
  const set = features({ window: sma(20), recursive: ema(20), strength: rsi(14) });
  const [window, recursive, strength] = probeFeatureWarmup(set, bars, { tolerance: 1e-9 });
  expect(window).toEqual({ feature: "window", first: 19, settled: expect.any(Number) });
  expect(window!.settled).toBeLessThanOrEqual(20);
  // (1 - 2 / 21)^k = 1e-9 of what the starts differ by: some 150 to 260 bars.
  expect(recursive!.settled).toBeGreaterThan(120);
  expect(recursive!.settled).toBeLessThan(260);
  expect(strength!.settled).toBeGreaterThan(100);
  const short = probeFeatureWarmup(features({ slow: ema(500) }), market(3, 600));
  expect(short[0]!.settled).toBeUndefined();
});
