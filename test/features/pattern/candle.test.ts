/** Beside TA-Lib's own answers (../talib): what must hold for candle patterns whatever the bars. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createRng } from "#core";
import { candle, createFeature, FEATURE_CATALOG, features } from "#features";
import type { BarColumns } from "#model";
import { temporaryFolder } from "../../temporary-folder.ts";
import { type BarShape, barAt, randomBars } from "../random-bars.ts";

const patterns = FEATURE_CATALOG.filter(({ group }) => group === "pattern");
const all = () => features(Object.fromEntries(patterns.map((one) => [one.id, createFeature(one)])));

const shapes: fc.Arbitrary<BarShape> = fc.record({
  seed: fc.nat(),
  length: fc.constant(600),
  gaps: fc.constant(0),
  jumps: fc.constant(0),
  deviation: fc.constantFrom(0.002, 0.01, 0.03),
});

/** Bars with gaps between close and open, on a tick so coarse that prices are often equal; a tick of 0 for none. */
function candles(shape: BarShape, tick: number): BarColumns {
  const bars = randomBars(shape);
  const round = (value: number) => (tick === 0 ? value : Math.round(value / tick) * tick);
  bars.open.forEach((value, i) => {
    const open = round(value * (1 + shape.deviation * Math.sin(7 * i)));
    const close = round(bars.close[i]!);
    bars.open[i] = open;
    bars.close[i] = close;
    bars.high[i] = Math.max(open, close, round(bars.high[i]!));
    bars.low[i] = Math.min(open, close, round(bars.low[i]!));
  });
  return bars;
}

function mapped(bars: BarColumns, of: (price: number) => number): BarColumns {
  const [open, close] = [bars.open.map(of), bars.close.map(of)];
  const [a, b] = [bars.high.map(of), bars.low.map(of)];
  const high = a.map((value, i) => Math.max(value, b[i]!));
  return { ...bars, open, close, high, low: a.map((value, i) => Math.min(value, b[i]!)) };
}

/** Candles drawn at random, on whole numbers: bodies and shadows of few sizes, gaps, and runs of alike candles. */
function drawnCandles(seed: number, length: number): BarColumns {
  const rng = createRng(seed);
  const bars = randomBars({ seed, length, gaps: 0, jumps: 0, deviation: 0.01 });
  const pick = (values: readonly number[]) => values[rng.nextInt(values.length)]!;
  let [close, sign] = [5000, 1];
  for (let i = 0; i < length; i++) {
    if (rng.next() < 0.35) sign = -sign;
    // Pulled back to 5000, so that the price stays where every difference is exact.
    const open =
      close + pick([0, 0, -1, 1, -2, 2, -4, 4, -7, 7, -15, 15]) + (close < 5000 ? 1 : -1) * pick([0, 0, 1]);
    close = open + sign * pick([0, 1, 2, 3, 4, 6, 10, 20]);
    bars.open[i] = open;
    bars.close[i] = close;
    bars.high[i] = Math.max(open, close) + pick([0, 0, 0, 1, 2, 5, 15]);
    bars.low[i] = Math.min(open, close) - pick([0, 0, 0, 1, 2, 5, 15]);
  }
  return bars;
}

test("there are TA-Lib's 61, and each is found", () => {
  expect(patterns).toHaveLength(61);
  const table = all().compute(drawnCandles(3, 200_000));
  const absent = patterns.filter(({ id }) => table.column(id).every((value) => !(Math.abs(value) > 0)));
  expect(absent.map(({ id }) => id)).toEqual([]);
});

const python = process.env.PYTHON;
const hasTalib = python !== undefined && canImport(python);

test.skipIf(!hasTalib)(
  "on 200,000 drawn candles all are TA-Lib's own, to the bar",
  { timeout: 60_000 },
  () => {
    const bars = drawnCandles(5, 200_000);
    const path = join(temporaryFolder(), "candles");
    const columns = [bars.open, bars.high, bars.low, bars.close];
    writeFileSync(path, Buffer.concat(columns.map((one) => Buffer.from(one.buffer))));
    const script = [
      "import sys, numpy as np, talib",
      "prices = np.fromfile(sys.argv[1]).reshape(4, -1)",
      "out = [getattr(talib, name)(*prices) for name in sys.argv[2:]]",
      "np.concatenate(out).astype('<i4').tofile(sys.argv[1] + '.out')",
    ].join("\n");
    execFileSync(python!, ["-c", script, path, ...patterns.map(({ talib }) => talib!)]);
    const content = readFileSync(`${path}.out`);
    const theirs = new Int32Array(content.buffer, content.byteOffset, content.length / 4);
    const table = all().compute(bars);
    patterns.forEach(({ id, warmup }, k) => {
      const ours = table.column(id);
      for (let i = warmup({}); i < ours.length; i++) {
        if (ours[i] !== theirs[k * ours.length + i])
          expect.fail(`${id}, bar ${i}: ${ours[i]} against ${theirs[k * ours.length + i]}`);
      }
    });
  },
);

function canImport(command: string): boolean {
  try {
    execFileSync(command, ["-c", "import talib, numpy"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

test("prices twice or a quarter as high have the same patterns", () => {
  return fc.assert(
    fc.property(shapes, fc.constantFrom(0, 0.5), fc.constantFrom(2, 0.25), (shape, tick, factor) => {
      const bars = candles(shape, tick);
      const set = all();
      const [one, other] = [set.compute(bars), set.compute(mapped(bars, (price) => price * factor))];
      patterns.forEach(({ id }) => {
        expect(other.column(id), id).toEqual(one.column(id));
      });
    }),
    { numRuns: 15 },
  );
});

test("upside down, what was bullish is bearish", () => {
  const odd = [
    [candle.engulfing(), candle.engulfing()],
    [candle.harami(), candle.harami()],
    [candle.haramiCross(), candle.haramiCross()],
    [candle.kicking(), candle.kicking()],
    [candle.counterattack(), candle.counterattack()],
    [candle.separatingLines(), candle.separatingLines()],
    [candle.dojiStar(), candle.dojiStar()],
    [candle.beltHold(), candle.beltHold()],
    [candle.closingMarubozu(), candle.closingMarubozu()],
    [candle.threeInside(), candle.threeInside()],
    [candle.threeOutside(), candle.threeOutside()],
    [candle.threeLineStrike(), candle.threeLineStrike()],
    [candle.tasukiGap(), candle.tasukiGap()],
    [candle.xSideGapThreeMethods(), candle.xSideGapThreeMethods()],
    [candle.riseFallThreeMethods(), candle.riseFallThreeMethods()],
    [candle.abandonedBaby(), candle.abandonedBaby()],
    [candle.breakaway(), candle.breakaway()],
    [candle.tristar(), candle.tristar()],
    [candle.hikkake(), candle.hikkake()],
    [candle.hikkakeMod(), candle.hikkakeMod()],
    [candle.morningStar(), candle.eveningStar()],
    [candle.morningDojiStar(), candle.eveningDojiStar()],
  ] as const;
  const up = features(Object.fromEntries(odd.map(([one], i) => [`f${i}`, one])));
  const down = features(Object.fromEntries(odd.map(([, other], i) => [`f${i}`, other])));
  return fc.assert(
    fc.property(fc.nat(), (seed) => {
      const bars = drawnCandles(seed, 2000);
      // A candle without body counts as white, which has no mirror image.
      bars.close.forEach((value, k) => {
        bars.close[k] = value === bars.open[k] ? value - 0.25 : value;
        bars.low[k] = Math.min(bars.low[k]!, bars.close[k]!);
      });
      const mirrored = mapped(bars, (price) => 10_000 - price);
      const [one, other] = [up.compute(bars), down.compute(mirrored)];
      odd.forEach(([feature], i) => {
        one.column(`f${i}`).forEach((value, k) => {
          if (value + other.column(`f${i}`)[k]! !== 0 && !Number.isNaN(value))
            expect.fail(`${feature.id}, bar ${k}: ${value} against ${other.column(`f${i}`)[k]}`);
        });
      });
    }),
    { numRuns: 15 },
  );
});

test("a later start gives the same patterns once the first can be judged", () => {
  return fc.assert(
    fc.property(shapes, fc.integer({ min: 1, max: 60 }), (shape, start) => {
      const bars = candles({ ...shape, length: 200 }, 0.1);
      const set = all();
      const table = set.compute(bars);
      const late = set.stream();
      for (let i = start; i < 200; i++) {
        const row = late.push(barAt(bars, i));
        patterns.forEach(({ id, warmup }, k) => {
          if (i - start < warmup({})) expect(row[k]).toBeNaN();
          else if (row[k] !== table.column(id)[i])
            expect.fail(`${id}, bar ${i}: ${row[k]} against ${table.column(id)[i]}`);
        });
      }
    }),
    { numRuns: 15 },
  );
});
