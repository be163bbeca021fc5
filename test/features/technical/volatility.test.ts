import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRng } from "#core";
import {
  ewmaVolatility,
  type Feature,
  features,
  garmanKlass,
  parkinson,
  realisedVolatility,
  rogersSatchell,
  volatility,
  yangZhang,
} from "#features";
import type { BarColumns } from "#model";
import { barShapes, randomBars } from "../random-bars.ts";

const SEED = 7;

/** Bars of a geometric Brownian motion of known drift and deviation for one bar, in `steps` small steps each. */
function brownianBars(count: number, deviation: number, drift: number, steps: number): BarColumns {
  const rng = createRng(SEED);
  const column = () => new Float64Array(count);
  const bars = {
    time: column(),
    open: column(),
    high: column(),
    low: column(),
    close: column(),
    volume: column(),
  };
  let log = Math.log(100);
  for (let i = 0; i < count; i++) {
    let [top, bottom] = [log, log];
    bars.time[i] = i * 6e4;
    bars.open[i] = Math.exp(log);
    for (let k = 0; k < steps; k++) {
      log += drift / steps + (deviation / Math.sqrt(steps)) * rng.nextNormal();
      top = Math.max(top, log);
      bottom = Math.min(bottom, log);
    }
    bars.high[i] = Math.exp(top);
    bars.low[i] = Math.exp(bottom);
    bars.close[i] = Math.exp(log);
    bars.volume[i] = 1;
  }
  return bars;
}

function lastOf(feature: Feature, bars: BarColumns): number {
  return features({ feature }).compute(bars).column("feature").at(-1)!;
}

const N = 1500;
const ESTIMATORS = {
  volatility: (_year: number) => volatility(N),
  realised: (year: number) => realisedVolatility(N, year),
  parkinson: (year: number) => parkinson(N, year),
  garmanKlass: (year: number) => garmanKlass(N, year),
  rogersSatchell: (year: number) => rogersSatchell(N, year),
  yangZhang: (year: number) => yangZhang(N, year),
};

describe(`volatility of a Brownian motion (seed ${SEED})`, () => {
  const plain = brownianBars(N + 1, 0.02, 0, 300);
  test.each(Object.entries(ESTIMATORS))("%s finds it without drift", (_, make) => {
    const found = lastOf(make(1), plain);
    // Steps hide a little of the range: up to 6 % at 300 of them.
    expect(found).toBeGreaterThan(0.02 * 0.92);
    expect(found).toBeLessThan(0.02 * 1.04);
  });

  test("with a strong drift only those that say so find it", () => {
    const drifting = brownianBars(N + 1, 0.02, 0.04, 300);
    for (const make of [ESTIMATORS.volatility, ESTIMATORS.rogersSatchell, ESTIMATORS.yangZhang]) {
      const found = lastOf(make(1), drifting);
      expect(found).toBeGreaterThan(0.02 * 0.9);
      expect(found).toBeLessThan(0.02 * 1.06);
    }
    for (const make of [ESTIMATORS.realised, ESTIMATORS.parkinson])
      expect(lastOf(make(1), drifting)).toBeGreaterThan(0.02 * 1.3);
  });

  test("times the root of the bars in a year", () => {
    for (const [name, make] of Object.entries(ESTIMATORS)) {
      if (name === "volatility") continue;
      expect(lastOf(make(365), plain) / lastOf(make(1), plain)).toBeCloseTo(Math.sqrt(365), 10);
    }
    expect(lastOf(ewmaVolatility(0.9, 365), plain) / lastOf(ewmaVolatility(0.9), plain)).toBeCloseTo(
      Math.sqrt(365),
      10,
    );
  });
});

describe("volatilities of any bars", () => {
  const all = {
    realised: realisedVolatility(5),
    ewma: ewmaVolatility(0.8),
    parkinson: parkinson(5),
    garmanKlass: garmanKlass(5),
    rogersSatchell: rogersSatchell(5),
    yangZhang: yangZhang(5),
  };

  test("do not depend on the price's unit", () => {
    return fc.assert(
      fc.property(barShapes, fc.constantFrom(1e-6, 0.37, 1e6), (shape, unit) => {
        const bars = randomBars(shape);
        const scaled = { ...bars };
        for (const name of ["open", "high", "low", "close"] as const)
          scaled[name] = bars[name].map((value) => value * unit);
        const [one, other] = [features(all).compute(bars), features(all).compute(scaled)];
        for (const name of one.names) {
          one.column(name).forEach((value, i) => {
            const twin = other.column(name)[i]!;
            if (Number.isNaN(value)) expect(twin).toBeNaN();
            else expect(Math.abs(twin - value)).toBeLessThanOrEqual(1e-7 * (value + 0.001));
          });
        }
      }),
    );
  });

  test("pass over a price that is not above 0, and go on as if it had not been", () => {
    const bars = randomBars({ seed: 9, length: 60, gaps: 0, jumps: 0, deviation: 0.02 });
    const broken = { ...bars };
    for (const name of ["time", "open", "high", "low", "close", "volume"] as const) {
      const column = bars[name];
      const wrong = name === "time" ? column[20]! + 1 : name === "volume" ? 1 : -3;
      broken[name] = Float64Array.from([...column.subarray(0, 21), wrong, ...column.subarray(21)]);
    }
    const [whole, holed] = [features(all).compute(bars), features(all).compute(broken)];
    for (const name of whole.names) {
      expect(holed.column(name)[21]).toBeNaN();
      expect([...holed.column(name).subarray(22)]).toEqual([...whole.column(name).subarray(21)]);
    }
  });

  test("are 0, not NaN, for a price that does not move", () => {
    const bars = randomBars({ seed: 9, length: 30, gaps: 0, jumps: 0, deviation: 0 });
    expect(Object.values(features(all).compute(bars).row(29))).toEqual([0, 0, 0, 0, 0, 0]);
  });
});
