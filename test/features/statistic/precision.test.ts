/**
 * Rolling statistics of a price of 30,000 that hardly moves: their error against two passes over each window is below
 * 1e-8, and never above that of sums that roll by adding and subtracting; nor, where Python has it, above TA-Lib's.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createRng } from "#core";
import { beta, correlation, type Feature, features, linearRegSlope, stddev, tsf, variance } from "#features";
import type { BarColumns } from "#model";
import { temporaryFolder } from "../../temporary-folder.ts";

const LENGTH = 120_000;
const N = 20;

function quietBars(): BarColumns {
  const rng = createRng(29);
  const column = () => new Float64Array(LENGTH);
  const [time, high, low, volume] = [column(), column(), column(), column()];
  let [a, b] = [30_000, 30_000];
  for (let i = 0; i < LENGTH; i++) {
    const common = rng.nextNormal();
    a += 0.002 * (common + 0.5 * rng.nextNormal());
    b += 0.002 * (common + 0.5 * rng.nextNormal());
    time[i] = i * 6e4;
    high[i] = Math.max(a, b);
    low[i] = Math.min(a, b);
    volume[i] = 1;
  }
  return { time, open: low, high, low, close: high, volume };
}

const bars = quietBars();
type Window = Float64Array;
const mean = (w: Window) => w[0]! + w.reduce((sum, value) => sum + (value - w[0]!), 0) / w.length;
const co = (x: Window, y: Window) => {
  const [mx, my] = [mean(x), mean(y)];
  return x.reduce((sum, value, i) => sum + (value - mx) * (y[i]! - my), 0);
};
const places = Float64Array.from({ length: N }, (_, i) => i);

interface Judged {
  readonly feature: Feature;
  readonly talib: string;
  readonly exact: (x: Window, y: Window) => number;
}

const judged: Record<string, Judged> = {
  stddev: { feature: stddev(N).of("high"), talib: "STDDEV(h, n)", exact: (x) => Math.sqrt(co(x, x) / N) },
  variance: { feature: variance(N).of("high"), talib: "VAR(h, n)", exact: (x) => co(x, x) / N },
  correlation: {
    feature: correlation(N),
    talib: "CORREL(h, l, n)",
    exact: (x, y) => co(x, y) / Math.sqrt(co(x, x) * co(y, y)),
  },
  slope: {
    feature: linearRegSlope(N).of("high"),
    talib: "LINEARREG_SLOPE(h, n)",
    exact: (x) => co(places, x) / co(places, places),
  },
  forecast: {
    feature: tsf(N).of("high"),
    talib: "TSF(h, n)",
    exact: (x) => mean(x) + (co(places, x) / co(places, places)) * ((N + 1) / 2),
  },
};

/** Largest error of a column at bars all over it, against the exact answer: relative, but of small numbers absolute. */
function worst(column: Float64Array, exact: Judged["exact"], least: number): number {
  let error = 0;
  for (let i = 100; i < LENGTH; i += 37) {
    const [x, y] = [bars.high, bars.low].map((one) => one.subarray(i - N + 1, i + 1)) as [Window, Window];
    const want = exact(x, y);
    error = Math.max(error, Math.abs(column[i]! - want) / Math.max(Math.abs(want), least));
  }
  return error;
}

/** Sums that add the new value and take off the old one. */
function rolledDeviation(): Float64Array {
  let [s, q] = [0, 0];
  return bars.high.map((x, i) => {
    s += x;
    q += x * x;
    const n = Math.min(i + 1, N);
    const value = Math.sqrt(Math.max(0, q / n - (s / n) * (s / n)));
    if (i >= N - 1) {
      const old = bars.high[i - N + 1]!;
      s -= old;
      q -= old * old;
    }
    return value;
  });
}

const table = features(
  Object.fromEntries(Object.entries(judged).map(([name, { feature }]) => [name, feature])),
).compute(bars);

test.each(Object.keys(judged))("%s is right to 1e-8", (name) => {
  expect(worst(table.column(name), judged[name]!.exact, 1e-6)).toBeLessThan(1e-8);
});

test("sums that roll are not: so the test can fail", () => {
  expect(worst(rolledDeviation(), judged.stddev!.exact, 1e-6)).toBeGreaterThan(1e-4);
});

test("beta of returns is right to 1e-8", () => {
  const returnsOf = (w: Window) =>
    w.map((value, i) => (i === 0 ? 0 : (value - w[i - 1]!) / w[i - 1]!)).subarray(1);
  const column = features({ beta: beta(N) })
    .compute(bars)
    .column("beta");
  for (let i = 100; i < LENGTH; i += 97) {
    const [x, y] = [bars.high, bars.low].map((one) => returnsOf(one.subarray(i - N, i + 1))) as [
      Window,
      Window,
    ];
    const want = co(x, y) / co(x, x);
    expect(Math.abs(column[i]! - want)).toBeLessThanOrEqual(1e-8 * Math.max(1, Math.abs(want)));
  }
});

const python = process.env.PYTHON;
const hasTalib = python !== undefined && canImport(python);

describe.skipIf(!hasTalib)("beside TA-Lib itself", () => {
  test("no error is above TA-Lib's", () => {
    const folder = temporaryFolder();
    const input = join(folder, "in.f64");
    const names = Object.keys(judged);
    writeFileSync(input, Buffer.concat([bars.high, bars.low].map((one) => Buffer.from(one.buffer))));
    const script = [
      "import sys, numpy as np",
      "from talib import *",
      `h, l = np.fromfile(sys.argv[1]).reshape(2, -1); n = ${N}`,
      `np.concatenate([${names.map((name) => judged[name]!.talib).join(", ")}]).tofile(sys.argv[1] + ".out")`,
    ].join("\n");
    execFileSync(python!, ["-c", script, input]);
    const content = readFileSync(`${input}.out`);
    names.forEach((name, k) => {
      const theirs = new Float64Array(LENGTH);
      Buffer.from(theirs.buffer).set(content.subarray(k * 8 * LENGTH, (k + 1) * 8 * LENGTH));
      const { exact } = judged[name]!;
      const [ours, other] = [worst(table.column(name), exact, 1e-6), worst(theirs, exact, 1e-6)];
      // Two passes are themselves no better than a few units in the last place.
      expect(ours, `${name}: TA-Lib is off by ${other}`).toBeLessThanOrEqual(Math.max(other, 1e-12));
    });
  });
});

function canImport(command: string): boolean {
  try {
    execFileSync(command, ["-c", "import talib, numpy"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
