/**
 * Invariants of every definition in the catalog, for bars with gaps, 10x jumps and prices that never move:
 * stream = batch; a snapshot through JSON goes on bit for bit; no value depends on a later bar;
 * a bar that is not finite changes nothing; the declared warm-up is exact.
 */

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createFeature, FEATURE_CATALOG, type FeatureDefinition, features, type InputSpec } from "#features";
import type { BarColumns } from "#model";
import { barAt, barShapes, randomBars } from "./random-bars.ts";
import { createPublisher, randomSeries } from "./random-series.ts";

/** The column of the bar that an input reads; undefined for a series. */
function columnOf(input: InputSpec): string | undefined {
  if (typeof input === "string") return input;
  return "from" in input ? input.from : undefined;
}

/** All outputs of a definition as one set. */
function setOf(definition: FeatureDefinition, params: Record<string, number>) {
  const whole = createFeature(definition, params);
  return features(Object.fromEntries(definition.outputs.map((name) => [name, whole[name]!])));
}

/** Small parameters, so that short series pass the warm-up. */
function paramsOf(definition: FeatureDefinition): fc.Arbitrary<Record<string, number>> {
  const one = Object.entries(definition.params).map(([name, spec]) => {
    if (spec.kind === "choice") return [name, fc.constantFrom(...spec.options)] as const;
    const { kind, min } = spec;
    const max = Math.min(spec.max, min + 20);
    return [name, kind === "int" ? fc.integer({ min, max }) : fc.double({ min, max, noNaN: true })] as const;
  });
  return fc
    .record(Object.fromEntries(one) as Record<string, fc.Arbitrary<number | string>>)
    .filter((params) => definition.check?.(params as Record<string, number>) === undefined) as fc.Arbitrary<
    Record<string, number>
  >;
}

function expectSameBits(actual: ArrayLike<number>, expected: ArrayLike<number>) {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    if (!Object.is(actual[i], expected[i])) expect.fail(`index ${i}: ${actual[i]} is not ${expected[i]}`);
  }
}

function prefix(bars: BarColumns, end: number): BarColumns {
  const { time, open, high, low, close, volume } = bars;
  const cut = (column: Float64Array) => column.slice(0, end);
  return {
    time: cut(time),
    open: cut(open),
    high: cut(high),
    low: cut(low),
    close: cut(close),
    volume: cut(volume),
  };
}

describe.each(FEATURE_CATALOG.map((definition) => [definition.id, definition] as const))(
  "%s",
  (_, definition) => {
    const cases = fc.record({
      params: paramsOf(definition),
      shape: barShapes,
      cut: fc.double({ min: 0, max: 1, noNaN: true }),
    });

    test("streams what it computes in a batch, also from a snapshot on", () => {
      return fc.assert(
        fc.property(cases, ({ params, shape, cut }) => {
          const bars = randomBars(shape);
          const set = setOf(definition, params);
          const series = randomSeries(set, shape.seed);
          const publish = createPublisher(series);
          const table = set.compute(bars, { series });
          const middle = Math.floor(cut * shape.length);
          let stream = set.stream();
          for (let i = 0; i < shape.length; i++) {
            if (i === middle) {
              const stored = JSON.parse(JSON.stringify(stream.snapshot()));
              stream = set.stream();
              stream.restore(stored);
            }
            publish(stream, bars.time[i]! + 6e4);
            const row = stream.push(barAt(bars, i));
            expectSameBits(
              row,
              table.columns.map((column) => column[i]!),
            );
          }
        }),
        { numRuns: 40 },
      );
    });

    if (definition.outputs.length > 1)
      test("streams one output alone as with all others", () => {
        return fc.assert(
          fc.property(cases, fc.nat(), ({ params, shape }, pick) => {
            const bars = randomBars(shape);
            const name = definition.outputs[pick % definition.outputs.length]!;
            const set = setOf(definition, params);
            const series = randomSeries(set, shape.seed);
            const [publish, publishAll] = [createPublisher(series), createPublisher(series)];
            const [alone, all] = [
              features({ [name]: createFeature(definition, params)[name]! }).stream(),
              set.stream(),
            ];
            for (let i = 0; i < shape.length; i++) {
              publish(alone, bars.time[i]! + 6e4);
              publishAll(all, bars.time[i]! + 6e4);
              const row = all.push(barAt(bars, i));
              expectSameBits(alone.push(barAt(bars, i)), [row[set.names.indexOf(name)]!]);
            }
          }),
          { numRuns: 10 },
        );
      });

    test("does not look ahead", () => {
      return fc.assert(
        fc.property(cases, ({ params, shape, cut }) => {
          const bars = randomBars(shape);
          const end = Math.floor(cut * shape.length);
          const set = setOf(definition, params);
          const series = randomSeries(set, shape.seed);
          const whole = set.compute(bars, { series });
          set.compute(prefix(bars, end), { series }).columns.forEach((column, k) => {
            expectSameBits(column, whole.columns[k]!.subarray(0, end));
          });
        }),
        { numRuns: 40 },
      );
    });

    test("has its first values exactly after the warm-up", () => {
      return fc.assert(
        fc.property(paramsOf(definition), fc.nat(), (params, seed) => {
          const bars = randomBars({ seed, length: 600, gaps: 0, jumps: 0, deviation: 0.01 });
          const set = setOf(definition, params);
          for (const column of set.compute(bars, { series: randomSeries(set, seed) }).columns) {
            if (definition.sparse) {
              expect(column.subarray(0, set.warmup).every(Number.isNaN)).toBe(true);
              continue;
            }
            expect(column.findIndex(Number.isFinite)).toBe(set.warmup);
            expect(column.subarray(set.warmup).every(Number.isFinite)).toBe(true);
          }
        }),
        { numRuns: 40 },
      );
    });

    const column = definition.inputs.map(columnOf).findLast((one) => one !== undefined);
    if (column !== undefined)
      test("answers a bar that is not finite with NaN and forgets it", () => {
        return fc.assert(
          fc.property(
            cases,
            fc.constantFrom(Number.NaN, Infinity, -Infinity),
            ({ params, shape, cut }, hole) => {
              const bars = randomBars({ ...shape, gaps: 0 });
              const middle = Math.floor(cut * shape.length);
              const set = setOf(definition, params);
              const series = randomSeries(set, shape.seed);
              const publish = createPublisher(series);
              const table = set.compute(bars, { series });
              const stream = set.stream();
              for (let i = 0; i < shape.length; i++) {
                const bar = barAt(bars, i);
                publish(stream, bar.time + 6e4 - 0.5);
                if (i === middle) {
                  const row = stream.push({
                    ...bar,
                    time: bar.time - 0.5,
                    [column]: hole,
                  });
                  expect(row.every(Number.isNaN)).toBe(true);
                }
                publish(stream, bar.time + 6e4);
                expectSameBits(
                  stream.push(bar),
                  table.columns.map((column) => column[i]!),
                );
              }
            },
          ),
          { numRuns: 40 },
        );
      });
  },
);
