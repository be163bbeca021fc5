import { describe, expect, test } from "vitest";
import { createRng } from "#core";
import {
  adx,
  atr,
  bollinger,
  createFeature,
  defineFeature,
  ema,
  FEATURE_CATALOG,
  type FeatureStream,
  factory,
  features,
  macd,
  rsi,
  sma,
  stoch,
} from "#features";
import { PlanStream } from "../../features/drive/stream.ts";
import { planFeatures } from "../../features/plan.ts";
import { barAt, randomBars } from "./random-bars.ts";

/** Bars after which every stream of a set has been in its fast lane, and has been asked to leave it. */
const LENGTH = 270_000;
const bars = randomBars({ seed: 11, length: LENGTH, gaps: 0.01, jumps: 0, deviation: 0.001 });

function eight() {
  const [lines, bands, swing] = [macd(12, 26, 9), bollinger(20, 2), stoch(14, 3, 3)];
  return features({
    sma: sma(20),
    ema: ema(20),
    rsi: rsi(14),
    ...{ macd: lines.macd, signal: lines.signal, upper: bands.upper, lower: bands.lower },
    ...{ atr: atr(14), adx: adx(14), k: swing.k, d: swing.d, smooth: sma(5).of(rsi(14)) },
  });
}

function createChecker(set: ReturnType<typeof features>) {
  const { columns } = set.compute(bars);
  const row = new Float64Array(set.names.length);
  return (stream: FeatureStream, i: number) => {
    stream.push(barAt(bars, i), row);
    columns.forEach((column, k) => {
      if (!Object.is(row[k], column[i]))
        expect.fail(`bar ${i}, ${set.names[k]}: ${row[k]}, not ${column[i]}`);
    });
  };
}

describe("a stream of many bars", () => {
  test("gives what compute gives, also when others take the lane from it", () => {
    const set = eight();
    const check = createChecker(set);
    const first = set.stream();
    for (let i = 0; i < LENGTH - 10_000; i++) check(first, i);
    // The lane is there now: who comes later asks for it soon, and takes it from the others.
    const [second, third] = [set.stream(), set.stream()];
    const rng = createRng(5);
    const at = new Map([
      [first, LENGTH - 10_000],
      [second, 0],
      [third, 0],
    ]);
    for (let turn = 0; turn < 40; turn++) {
      const stream = [first, second, third][Math.floor(3 * rng.next())]!;
      const from = at.get(stream)!;
      const until = Math.min(from + Math.floor(7000 * rng.next()), LENGTH);
      for (let i = from; i < until; i++) check(stream, i);
      at.set(stream, until);
      expect(stream.time).toBe(until === 0 ? Number.NEGATIVE_INFINITY : bars.time[until - 1]! + 60_000);
    }
  });

  test("goes on from a snapshot taken in the lane, and takes one there", () => {
    const set = eight();
    const check = createChecker(set);
    const stream = set.stream();
    for (let i = 0; i < LENGTH - 100; i++) check(stream, i);
    const snapshot = JSON.parse(JSON.stringify(stream.snapshot()));
    const other = set.stream();
    other.restore(snapshot);
    for (let i = LENGTH - 100; i < LENGTH; i++) check(other, i);
    check(stream, LENGTH - 100);
    stream.restore(snapshot);
    for (let i = LENGTH - 100; i < LENGTH; i++) check(stream, i);
    expect(stream.snapshot()).toEqual(other.snapshot());
    expect(() => stream.push(barAt(bars, 5))).toThrow(expect.objectContaining({ code: "features.late-bar" }));
    check(stream, LENGTH - 1);
  });

  test("gives the same values for every feature of bars alone, also where bars are not finite", () => {
    const ofBars = FEATURE_CATALOG.filter(({ inputs }) => !inputs.some((input) => "series" in Object(input)));
    const list = ofBars.flatMap((one) => one.outputs.map((output) => createFeature(one)[output]!));
    // Also one that gets what is not finite from a bar that is.
    const plan = planFeatures([...list, ema(5).of(rsi(14))]);
    expect(plan.clocks.length + plan.series.length).toBe(1);
    expect(ofBars.length).toBeGreaterThan(200);
    const [own, shared] = [new PlanStream(plan, 60_000, true), new PlanStream(plan, 60_000)];
    const rows = [own, shared].map(() => new Float64Array(plan.outputs.length));
    for (const seed of [1, 2]) {
      const some = randomBars({ seed, length: 1500, gaps: 0.02 * (seed - 1), jumps: 0.01, deviation: 0.001 });
      for (let i = 0; i < some.time.length; i++) {
        const one = { ...barAt(some, i), time: some.time[i]! + seed * 864e5 * 30 };
        own.push(one, rows[0]!);
        shared.push(one, rows[1]!);
        expect(rows[0]).toEqual(rows[1]);
      }
    }
  });

  test("never gets the lane with a state that could not be copied", () => {
    const definition = defineFeature({
      id: "test.text",
      version: 1,
      group: "statistic",
      unit: "price",
      summary: "",
      source: "",
      inputs: ["close"],
      params: {},
      outputs: ["value"],
      warmup: () => 0,
      // Against the contract, as code without types may be.
      init: () => ({ seen: "0" as unknown as number }),
      step(state, _p, _x, out) {
        state.seen = String(Number(state.seen) + 1) as unknown as number;
        out[0] = Number(state.seen);
      },
    });
    const set = features({ seen: factory(definition, () => ({}))() });
    const check = createChecker(set);
    const first = set.stream();
    for (let i = 0; i < LENGTH - 100; i++) check(first, i);
    const second = set.stream();
    for (let i = 0; i < 6000; i++) check(second, i);
    for (let i = LENGTH - 100; i < LENGTH; i++) check(first, i);
  });
});
