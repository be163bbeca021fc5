/** Averages, volatilities and VWAPs that TA-Lib does not have, against what prices.py computed with pandas. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createFeature, definitionOf, features } from "#features";
import type { BarColumns } from "#model";

interface Reference {
  readonly bars: Readonly<Record<keyof BarColumns, string>>;
  readonly cases: readonly {
    readonly feature: string;
    readonly params: readonly (number | string)[];
    readonly columns: Readonly<Record<string, string>>;
  }[];
}

const reference = JSON.parse(readFileSync(new URL("prices.json", import.meta.url), "utf8")) as Reference;
const bars = numbersOf(reference.bars) as BarColumns;
const cases = reference.cases.map((one) => ({ ...one, columns: numbersOf(one.columns) }));

function numbersOf<K extends string>(texts: Readonly<Record<K, string>>): Record<K, Float64Array> {
  const columns = Object.entries<string>(texts).map(([name, text]) => [
    name,
    Float64Array.from(text.split(" "), Number),
  ]);
  return Object.fromEntries(columns) as Record<K, Float64Array>;
}

test.each(cases.map((one) => [`${one.feature}(${one.params.join(", ")})`, one] as const))("%s", (_, one) => {
  const definition = definitionOf(one.feature);
  const names = Object.keys(definition.params);
  expect(names).toHaveLength(one.params.length);
  const params = Object.fromEntries(names.map((name, i) => [name, one.params[i] as number]));
  const whole = createFeature(definition, params);
  expect(Object.keys(one.columns)).toEqual([...definition.outputs]);
  const set = features(Object.fromEntries(definition.outputs.map((output) => [output, whole[output]!])));
  const table = set.compute({ ...bars, timeframeMs: 6 * 36e5 });
  for (const [output, expected] of Object.entries(one.columns)) {
    const known = expected.filter(Number.isFinite);
    const size = known.reduce((sum, value) => sum + Math.abs(value), 0) / known.length;
    const actual = table.column(output);
    expected.forEach((want, i) => {
      const got = actual[i]!;
      const slack = 1e-9 * Math.max(Math.abs(want), 1e-3 * size);
      if (!(Number.isNaN(want) ? Number.isNaN(got) : Math.abs(got - want) <= slack))
        expect.fail(`${output}, bar ${i}: ${got} against ${want}`);
    });
  }
});

test("the reference has values to compare, but where the anchor lies before the history", () => {
  const empty = cases.filter(({ columns }) =>
    Object.values(columns).every((column) => column.every(Number.isNaN)),
  );
  expect(empty.map(({ feature, params }) => [feature, params[0]])).toEqual([
    ["technical.anchored-vwap", bars.time[0]! - 36e5],
  ]);
});
