/** Features side by side in a set, of columns and of each other, over bars with gaps: what each gives is its own. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  createFeature,
  createFeatureColumns,
  FEATURE_CATALOG,
  type Feature,
  type FeatureDefinition,
  features,
  type SourceLike,
} from "#features";
import { barAt, barShapes, randomBars } from "./random-bars.ts";

const isFree = ({ inputs }: FeatureDefinition) =>
  inputs.every((input) => typeof input !== "string" && "from" in input);
const ofAnything = FEATURE_CATALOG.filter(isFree);
const ofBars = FEATURE_CATALOG.filter(({ inputs }) => inputs.every((input) => typeof input === "string"));

/** With short windows where there can be, so that few bars pass the warm-up. */
function short(definition: FeatureDefinition): Feature {
  const all = Object.entries(definition.params).map(([name, spec]) => {
    const isShort = name === "period" && spec.kind === "int";
    return [name, isShort ? Math.min(spec.max, Math.max(spec.min, 6)) : spec.default];
  });
  const params = Object.fromEntries(all);
  const isLegal = definition.check?.(params) === undefined;
  return createFeature(definition, isLegal ? params : {})[definition.outputs[0]!]!;
}

// Few, so that several read the same.
const column = fc.constantFrom<SourceLike>("close", "volume");
const first = fc.constantFrom(...ofBars).map(short);
const source = fc.oneof(column, first);
const pairs = ofAnything.filter(({ inputs }) => inputs.length === 2);
/** Of columns, or of features of bars, which begin later. */
const second = fc
  .oneof(fc.constantFrom(...pairs), fc.constantFrom(...ofAnything))
  .chain((one) =>
    fc
      .tuple(...one.inputs.map(() => source))
      .map((sources) => (sources.length === 0 ? short(one) : (short(one).of(...sources) as Feature))),
  );

test("a feature gives the same alone, beside others, and in a stream", () => {
  expect(ofAnything.length).toBeGreaterThan(80);
  return fc.assert(
    fc.property(
      fc.array(fc.oneof(second, second, first), { minLength: 2, maxLength: 6 }),
      barShapes,
      (list, shape) => {
        const bars = randomBars(shape);
        const set = features(Object.fromEntries(list.map((feature, k) => [`f${k}`, feature])));
        const { columns } = set.compute(bars);
        const stream = set.stream();
        const rows = createFeatureColumns(list.length, shape.length);
        for (let i = 0; i < shape.length; i++)
          for (const [k, value] of stream.push(barAt(bars, i)).entries()) rows[k]![i] = value;
        list.forEach((feature, k) => {
          const [alone] = features({ alone: feature }).compute(bars).columns;
          for (let i = 0; i < shape.length; i++) {
            const [value, own, row] = [columns[k]![i], alone![i], rows[k]![i]];
            if (!Object.is(value, own) || !Object.is(value, row))
              expect.fail(
                `${set.ids.join(", ")}: ${set.ids[k]}, bar ${i}: ${value}, alone ${own}, stream ${row}`,
              );
          }
        });
      },
    ),
    { numRuns: 1500 },
  );
});
