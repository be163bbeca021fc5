/** Rolling statistics against what statistic.py computed with numpy, pandas and scipy. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createFeature, definitionOf, FEATURE_CATALOG, features } from "#features";
import type { BarColumns } from "#model";

type Texts = Readonly<Record<string, string>>;
interface Reference {
  readonly bars: Texts;
  readonly cases: readonly {
    readonly feature: string;
    readonly params: readonly (number | string)[];
    readonly columns: Texts;
  }[];
}

const reference = JSON.parse(readFileSync(new URL("statistic.json", import.meta.url), "utf8")) as Reference;
const numbers = (text: string) => Float64Array.from(text.split(" "), Number);
const bars = Object.fromEntries(
  Object.entries(reference.bars).map(([name, text]) => [name, numbers(text)]),
) as unknown as BarColumns;

test.each(reference.cases.map((one) => [`${one.feature}(${one.params.join(", ")})`, one] as const))(
  "%s",
  (_, one) => {
    const definition = definitionOf(one.feature);
    const names = Object.keys(definition.params);
    const params = Object.fromEntries(names.map((name, i) => [name, one.params[i] as number]));
    const whole = createFeature(definition, params);
    const set = features(Object.fromEntries(definition.outputs.map((output) => [output, whole[output]!])));
    const table = set.compute({ ...bars, timeframeMs: 36e5 });
    expect(Object.keys(one.columns)).toEqual([...definition.outputs]);
    for (const [output, text] of Object.entries(one.columns)) {
      const expected = numbers(text);
      expect(expected.some(Number.isFinite)).toBe(true);
      expected.forEach((want, i) => {
        const got = table.column(output)[i]!;
        const slack = 1e-9 * Math.max(1, Math.abs(want));
        if (!(Number.isNaN(want) ? Number.isNaN(got) : Math.abs(got - want) <= slack))
          expect.fail(`${output}, bar ${i}: ${got} against ${want}`);
      });
    }
  },
);

test("every statistic beside TA-Lib's has a reference", () => {
  const own = FEATURE_CATALOG.filter(({ group, talib }) => group === "statistic" && talib === undefined);
  const judged = new Set(reference.cases.map(({ feature }) => feature));
  expect(own.map(({ id }) => id).filter((id) => id.startsWith("statistic.") && !judged.has(id))).toEqual([]);
});
