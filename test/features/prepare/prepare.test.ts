/** Pre-processing: learns from the train range only, and is the same in a table, a batch and a stream, bit for bit. */

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRng, decodeValue, encodeValue, isTickbookError } from "#core";
import { atr, type FeatureTable, fearGreed, features, prepare, rsi, type TimedBars } from "#features";
import { fitScaling, scaleRows } from "#ml";
import { barAt, randomBars } from "../random-bars.ts";
import { createPublisher, randomSeries } from "../random-series.ts";

const MINUTE = 6e4;

const oneStep: fc.Arbitrary<prepare.Step> = fc.oneof(
  fc.constantFrom(
    ...[prepare.standard(), prepare.robust(), prepare.minMax(), prepare.log(), prepare.signLog()],
    ...[prepare.winsorise(), prepare.winsorise(0.2, 0.7), prepare.clip(-1, 40), prepare.clip(0.2, 0.3)],
    ...[prepare.fill("median"), prepare.fill("mean"), prepare.fill(0), prepare.fill(-3.5)],
  ),
  fc.integer({ min: 1, max: 5 }).map(prepare.carry),
);
const lastStep = fc.constantFrom<prepare.Step[]>(
  ...[[], [prepare.oneHot([0, 1, 3])], [prepare.ordinal([3, 0])], [prepare.standard()]],
);
const plans = fc.record({
  seed: fc.nat(),
  length: fc.integer({ min: 60, max: 160 }),
  steps: fc.tuple(fc.array(oneStep, { maxLength: 4 }), lastStep).map(([list, last]) => [...list, ...last]),
  cut: fc.double({ min: 0.4, max: 0.9, noNaN: true }),
});

const set = features({
  rsi: rsi(3),
  range: atr(4),
  mood: fearGreed({ maxAge: "4m" }),
  slow: rsi(3).on("5m"),
});

function world(seed: number, length: number) {
  const bars: TimedBars = {
    ...randomBars({ seed, length, gaps: 0.05, jumps: 0.02, deviation: 0.01 }),
    timeframeMs: MINUTE,
  };
  const series = randomSeries(set, seed);
  return { bars, series, table: set.compute(bars, { series }) };
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isTickbookError(error)) return error.code;
    throw error;
  }
  return "no error";
}

/** A fit; undefined where the steps leave nothing to learn from. */
function tryFit(table: FeatureTable, steps: readonly prepare.Step[], to: number): prepare.Fitted | undefined {
  try {
    return prepare.fit(table, steps, { to });
  } catch (error) {
    if (isTickbookError(error) && error.code === "features.bad-prepare") return undefined;
    throw error;
  }
}

function expectSameTable(actual: FeatureTable, expected: FeatureTable) {
  expect(actual.names).toEqual(expected.names);
  expect(actual.ids).toEqual(expected.ids);
  actual.columns.forEach((column, k) => {
    column.forEach((value, i) => {
      if (!Object.is(value, expected.columns[k]![i]))
        expect.fail(`${actual.names[k]}, row ${i}: ${value} is not ${expected.columns[k]![i]}`);
    });
  });
}

/** A table of given columns, a row a minute. */
function tableOf(columns: Readonly<Record<string, readonly number[]>>): FeatureTable {
  const names = Object.keys(columns);
  const first = columns[names[0]!]!;
  const bars = randomBars({ seed: 1, length: first.length, gaps: 0, jumps: 0, deviation: 0 });
  const base = features(Object.fromEntries(names.map((name, i) => [name, rsi(i + 2)]))).compute(bars);
  names.forEach((name, k) => {
    base.columns[k]!.set(columns[name]!);
  });
  return base;
}

const fitOne = (values: readonly number[], ...steps: prepare.Step[]) =>
  prepare.fit(tableOf({ a: values }), steps, { to: values.length * MINUTE });
const applyOne = (fitted: prepare.Fitted, values: readonly number[]) =>
  prepare.apply(fitted, tableOf({ a: values })).columns.map((column) => [...column]);

describe("pre-processing", () => {
  test("gives the same in a table, as a set in a batch and in a stream, from a snapshot on", () => {
    let judged = 0;
    void fc.assert(
      fc.property(plans, ({ seed, length, steps, cut }) => {
        const { bars, series, table } = world(seed, length);
        const fitted = tryFit(table, steps, Math.floor(cut * length) * MINUTE);
        if (fitted === undefined) return;
        judged++;
        const thawed = decodeValue(encodeValue(fitted)) as prepare.Fitted;
        expect(JSON.parse(JSON.stringify(fitted))).toEqual(thawed);
        const ready = prepare.features(set, thawed);
        const batch = ready.compute(bars, { series });
        expectSameTable(prepare.apply(fitted, table), batch);
        const publish = createPublisher(series);
        let stream = ready.stream({ timeframe: "1m" });
        for (let i = 0; i < length; i++) {
          if (i === length >> 1) {
            const snapshot = JSON.parse(JSON.stringify(stream.snapshot()));
            stream = ready.stream({ timeframe: "1m" });
            stream.restore(snapshot);
          }
          publish(stream, bars.time[i]! + MINUTE);
          stream.push(barAt(bars, i)).forEach((value, k) => {
            if (!Object.is(value, batch.columns[k]![i]))
              expect.fail(`${batch.names[k]}, bar ${i}: ${value} is not ${batch.columns[k]![i]}`);
          });
        }
      }),
      { numRuns: 80 },
    );
    expect(judged).toBeGreaterThan(30);
  });

  test("learns nothing from rows after the train range, and its table nothing from later rows", () => {
    return fc.assert(
      fc.property(plans, ({ seed, length, steps, cut }) => {
        const { table } = world(seed, length);
        const end = Math.floor(cut * length);
        const fitted = tryFit(table, steps, end * MINUTE);
        const rng = createRng(seed);
        const bent = world(seed, length).table;
        for (const column of bent.columns)
          for (let i = end; i < length; i++) column[i] = rng.next() < 0.1 ? Number.NaN : 1e9 * rng.next();
        expect(tryFit(bent, steps, end * MINUTE)).toEqual(fitted);
        if (fitted === undefined) return;
        const [one, other] = [prepare.apply(fitted, table), prepare.apply(fitted, bent)];
        one.columns.forEach((column, k) => {
          expect(other.columns[k]!.subarray(0, end)).toEqual(column.subarray(0, end));
        });
      }),
      { numRuns: 60 },
    );
  });

  test("standard scaling is the scaling that networks are trained with", () => {
    return fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 80 }),
        (values) => {
          const fitted = fitOne(values, prepare.fill("mean"), prepare.standard());
          const { mean, scale, fill } = prepare.scaling(fitted);
          const scaler = fitScaling([Float64Array.from(values)]);
          expect([mean[0], scale[0]]).toEqual([scaler.mean[0], scaler.scale[0]]);
          expect(fill[0]).toBe(mean[0]);
          const rows = scaleRows({ mean, scale, fill }, [Float64Array.from(values)]);
          expect(Float32Array.from(applyOne(fitted, values)[0]!)).toEqual(rows);
        },
      ),
    );
  });

  test("the other numbers are those of numpy", () => {
    const values = [5, 1, 4, Number.NaN, 2, 8, Number.POSITIVE_INFINITY];
    const ops = (...steps: prepare.Step[]) => fitOne(values, ...steps).columns[0]!.ops.at(-1);
    // numpy.percentile([5, 1, 4, 2, 8], [25, 50, 75, 10, 90]) = 2, 4, 5, 1.4, 6.8
    expect(ops(prepare.robust())).toEqual({ op: "scale", mean: 4, scale: 3 });
    expect(ops(prepare.winsorise(0.1, 0.9))).toEqual({ op: "clip", low: 1.4, high: 6.800000000000001 });
    expect(ops(prepare.minMax())).toEqual({ op: "scale", mean: 1, scale: 7 });
    expect(ops(prepare.fill("median"))).toEqual({ op: "fill", fill: 4 });
    expect(ops(prepare.fill("mean"))).toEqual({ op: "fill", fill: 4 });
    expect(ops(prepare.oneHot())).toEqual({ op: "one-hot", values: [1, 2, 4, 5, 8] });
    const flat = fitOne([3, 3, 3], prepare.standard());
    expect(applyOne(flat, [3, 4])).toEqual([[0, 1]]);
  });

  test("fills, carries, encodes and transforms", () => {
    const _ = Number.NaN;
    const train = [1, 2, 3];
    const run = (values: number[], ...steps: prepare.Step[]) => applyOne(fitOne(train, ...steps), values);
    expect(run([_, 5, _, _, _, 7, _], prepare.carry(2))).toEqual([[_, 5, 5, 5, _, 7, 7]]);
    expect(run([_, 5, _, _, _, 7, _], prepare.carry(2), prepare.fill(0))).toEqual([[0, 5, 5, 5, 0, 7, 7]]);
    expect(run([_, Number.POSITIVE_INFINITY, 9], prepare.fill("median"))).toEqual([[2, 2, 9]]);
    expect(run([1, 3, _, 4], prepare.oneHot([1, 3]))).toEqual([
      [1, 0, _, 0],
      [0, 1, _, 0],
    ]);
    expect(run([1, 3, _, 4], prepare.ordinal([3, 1]))).toEqual([[1, 0, _, _]]);
    expect(run([0, 5, 1], prepare.clip(1, 2))).toEqual([[1, 2, 1]]);
    expect(run([1, 0, -1, Math.E], prepare.log())).toEqual([[0, _, _, 1]]);
    expect(
      run([0, Math.E - 1, 1 - Math.E], prepare.signLog())[0]!.map((x) => Math.round(x * 1e12) / 1e12),
    ).toEqual([0, 1, -1]);
    const names = prepare.apply(fitOne(train, prepare.oneHot()), tableOf({ a: [2] })).names;
    expect(names).toEqual(["a=1", "a=2", "a=3"]);
  });

  test("its ids tell fitted numbers apart", () => {
    const { table } = world(3, 100);
    const ready = (to: number) =>
      prepare.features(set, prepare.fit(table, { rsi: [prepare.standard()] }, { to: to * MINUTE }));
    const [one, same, other] = [ready(50), ready(50), ready(60)];
    expect(one.ids).toEqual(same.ids);
    expect(one.ids[0]).not.toBe(other.ids[0]);
    expect(one.ids.slice(1)).toEqual(set.ids.slice(1));
    expect(one.ids[0]).toMatch(/^prepare\.fitted-[0-9a-f]{16}\(\)@1 of \(technical\.rsi\(3\)@\d+\)$/);
    expect(one.warmupOn("1m")).toBe(set.warmupOn("1m"));
    // FNV-1a of the text [{"op":"log"}], worked out elsewhere: ids stay what they are from version to version.
    expect(fitOne([1], prepare.log()).columns[0]!.hash).toBe("c5bfab0e6320bc58");
    expect(one.names).toEqual(set.names);
  });

  test("refuses what makes no sense, what was changed, and other features", () => {
    const { table } = world(4, 100);
    const fitRsi = (...steps: prepare.Step[]) => prepare.fit(table, { rsi: steps }, { to: 50 * MINUTE });
    const bad: readonly prepare.Step[][] = [
      ...[[prepare.winsorise(0.9, 0.1)], [prepare.winsorise(-1, 2)], [prepare.clip(2, 1)]],
      ...[
        [prepare.clip(0, Number.NaN)],
        [prepare.fill(Number.NaN)],
        [prepare.carry(0)],
        [prepare.carry(1.5)],
      ],
      ...[
        [prepare.oneHot([]), prepare.standard()],
        [prepare.oneHot([1]), prepare.standard()],
      ],
      ...[[prepare.oneHot([1, 1])], [prepare.ordinal([Number.NaN])]],
      ...[[prepare.clip(-5, -4), prepare.log(), prepare.standard()]],
      [{ step: "scale" } as never],
    ];
    for (const steps of bad)
      expect(
        codeOf(() => fitRsi(...steps)),
        JSON.stringify(steps),
      ).toBe("features.bad-prepare");
    expect(codeOf(() => prepare.fit(table, { rsi: [] }, { to: 0 }))).toBe("features.bad-prepare");
    expect(codeOf(() => prepare.fit(table, { rsi: [] }, { to: "never" }))).toBe("core.bad-time");
    expect(codeOf(() => prepare.fit(table, { rsj: [] } as never, { to: 50 * MINUTE }))).toBe(
      "features.unknown-name",
    );
    const good = fitRsi(prepare.standard());
    expect(codeOf(() => prepare.features(features({ rsi: rsi(4) }), good))).toBe("features.bad-prepare");
    expect(codeOf(() => prepare.features(features({ rsj: rsi(3) }), good))).toBe("features.bad-prepare");
    expect(codeOf(() => prepare.features(set, {} as never))).toBe("features.bad-prepare");
    const changed = JSON.parse(JSON.stringify(good));
    changed.columns[0].ops[0].mean += 1e-9;
    expect(codeOf(() => prepare.features(set, changed))).toBe("features.bad-prepare");
    expect(codeOf(() => prepare.apply(changed, table))).toBe("features.bad-prepare");
    expect(codeOf(() => prepare.scaling(fitRsi(prepare.clip(0, 1))))).toBe("features.bad-prepare");
    const twice = features({ a: rsi(3), "a=1": rsi(4) });
    const rows = twice.compute(world(4, 100).bars);
    const hot = prepare.fit(rows, { a: [prepare.oneHot([1])] }, { to: 50 * MINUTE });
    expect(codeOf(() => prepare.features(twice, hot))).toBe("features.bad-prepare");
  });
});
