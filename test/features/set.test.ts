import { describe, expect, test } from "vitest";
import { isTickbookError } from "#core";
import {
  createFeature,
  defineFeature,
  FEATURE_CATALOG,
  type FeatureDefinition,
  features,
  macd,
  rsi,
  sma,
} from "#features";
import { barAt, randomBars } from "./random-bars.ts";

const bars = randomBars({ seed: 3, length: 80, gaps: 0, jumps: 0, deviation: 0.01 });

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isTickbookError(error)) return error.code;
    throw error;
  }
  return "no error";
}

/** Counts its own steps. */
function countingDefinition(steps: { count: number }): FeatureDefinition {
  return defineFeature({
    id: "test.count",
    version: 1,
    group: "statistic",
    unit: "score",
    summary: "",
    source: "",
    inputs: ["volume"],
    params: { a: { kind: "float", min: 0, max: 1, default: 0 } },
    outputs: ["one", "two"],
    warmup: () => 0,
    init: () => ({}),
    step(_state, _p, x, out) {
      steps.count++;
      out[0] = x[0]!;
      out[1] = 2 * x[0]!;
    },
  }) as unknown as FeatureDefinition;
}

describe("features", () => {
  test("names the columns, in order, with ids", () => {
    const set = features({ strength: rsi(14), hist: macd(12, 26, 9).histogram, line: macd() });
    expect(set.names).toEqual(["strength", "hist", "line"]);
    expect(set.ids).toEqual([
      "technical.rsi(14)@1",
      "technical.macd(12,26,9).histogram@1",
      "technical.macd(12,26,9).macd@1",
    ]);
    expect(set.warmup).toBe(33);
    const table = set.compute(bars);
    expect(table.time).toBe(bars.time);
    expect(table.length).toBe(80);
    expect(table.row(79)).toEqual({
      strength: table.column("strength")[79],
      hist: table.column("hist")[79],
      line: table.column("line")[79],
    });
  });

  test("computes equal features once", () => {
    const steps = { count: 0 };
    const definition = countingDefinition(steps);
    const make = (a: number) => createFeature(definition, { a });
    const set = features({ x: make(0).one!, y: make(0).two!, again: make(0).two!, other: make(1).one! });
    const table = set.compute(bars);
    expect(steps.count).toBe(2 * bars.time.length);
    expect(table.column("x")).toEqual(bars.volume);
    expect(table.column("again")).toEqual(table.column("y"));
    expect(table.column("again")).not.toBe(table.column("y"));
    expect([...set.stream().push(barAt(bars, 5))]).toEqual(table.columns.map((column) => column[5]));
  });

  test("writes into the caller's columns", () => {
    const out = [new Float64Array(80), new Float64Array(80)];
    const set = features({ a: sma(3), b: sma(5) });
    expect(set.compute(bars, { out }).columns).toBe(out);
    expect(out).toEqual(set.compute(bars).columns);
    expect(codeOf(() => set.compute(bars, { out: [out[0]!, new Float64Array(79)] }))).toBe(
      "features.ragged-bars",
    );
  });

  test("says NaN where a step says nothing, in batch and stream", () => {
    const quiet = defineFeature({
      ...countingDefinition({ count: 0 }),
      init: () => ({ bars: 0 }),
      step(state: { bars: number }, _p, x, out) {
        if (++state.bars % 3 === 0) out[1] = x[0]!;
      },
    });
    const whole = createFeature(quiet as unknown as FeatureDefinition);
    const set = features({ one: whole.one!, two: whole.two! });
    const table = set.compute(bars);
    const stream = set.stream();
    for (let i = 0; i < 80; i++) {
      const expected = [Number.NaN, i % 3 === 2 ? bars.volume[i] : Number.NaN];
      expect(table.columns.map((column) => column[i])).toEqual(expected);
      expect([...stream.push(barAt(bars, i))]).toEqual(expected);
    }
  });

  test("takes an empty history", () => {
    const none = randomBars({ seed: 1, length: 0, gaps: 0, jumps: 0, deviation: 0 });
    expect(features({ a: sma(3) }).compute(none).length).toBe(0);
  });

  test("refuses what does not make a set", () => {
    expect(codeOf(() => features({}))).toBe("features.empty-set");
    const untyped = features as (spec: Record<string, unknown>) => unknown;
    expect(codeOf(() => untyped({ a: rsi }))).toBe("features.bad-feature");
    expect(codeOf(() => untyped({ a: null }))).toBe("features.bad-feature");
    const set = features({ close: sma(3) });
    expect(codeOf(() => set.compute({ ...bars, low: bars.low.subarray(1) }))).toBe("features.ragged-bars");
    expect(codeOf(() => set.compute(bars).column("clsoe" as "close"))).toBe("features.unknown-name");
    expect(codeOf(() => set.compute(bars).row(80))).toBe("features.no-row");
  });

  test("refuses parameters out of range, and says the range", () => {
    expect(() => rsi(1)).toThrow("technical.rsi: period is 1; it must be a whole number from 2 to 500");
    expect(codeOf(() => rsi(14.5))).toBe("features.bad-param");
    expect(codeOf(() => rsi(Number.NaN))).toBe("features.bad-param");
    expect(() => macd(26, 12, 9)).toThrow("fast must be shorter than slow");
    const definition: FeatureDefinition = FEATURE_CATALOG.find((each) => each.id === "technical.rsi")!;
    expect(codeOf(() => createFeature(definition, { perod: 14 }))).toBe("features.bad-param");
  });

  test("refuses a snapshot of other features or of another shape", () => {
    const stream = features({ a: sma(3) }).stream();
    const snapshot = stream.snapshot();
    expect(
      codeOf(() =>
        features({ a: sma(4) })
          .stream()
          .restore(snapshot),
      ),
    ).toBe("features.bad-snapshot");
    const states = [
      { ...snapshot.states[0], filled: "many" as "NaN" },
      { ...snapshot.states[0], x: [1, 2] },
      { ...snapshot.states[0], extra: 1 },
      {},
    ];
    for (const state of states) {
      expect(codeOf(() => stream.restore({ ...snapshot, states: [state] }))).toBe("features.bad-snapshot");
    }
  });
});

describe("defineFeature", () => {
  const good = countingDefinition({ count: 0 });
  test.each<[string, Partial<FeatureDefinition>]>([
    ["an id without family", { id: "count" }],
    ["a version that is not whole", { version: 0.5 }],
    ["an unknown input", { inputs: ["spread" as "close"] }],
    ["no input", { inputs: [] as unknown as ["close"] }],
    ["no output", { outputs: [] as unknown as [string] }],
    ["two outputs of one name", { outputs: ["one", "one"] }],
    ["an output that hides a field", { outputs: ["id"] }],
  ])("refuses %s", (_, change) => {
    expect(codeOf(() => defineFeature({ ...good, ...change }))).toBe("features.bad-definition");
  });

  test("refuses a default outside its range", () => {
    const params = { a: { kind: "int", min: 1, max: 2, default: 3 } } as const;
    expect(codeOf(() => defineFeature({ ...good, params }))).toBe("features.bad-param");
  });

  test("gives every definition of the catalog its own id", () => {
    const ids = FEATURE_CATALOG.map((definition) => definition.id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
