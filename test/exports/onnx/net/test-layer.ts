import * as fc from "fast-check";
import { expect, test } from "vitest";
import { FAMILIES } from "../../../../exports/onnx/net/table.ts";
import { BOUNDED, CASES, layerOf } from "./cases.ts";
import { compare, modelOf } from "./harness.ts";

export const isRecurrent = (name: string) => name in FAMILIES.recurrent || name in FAMILIES.wrappers;

/** Random settings of one class of layers, with random weights and rows. RUNS sets how many. */
export function testLayer(className: string): void {
  test(`${className} predicts what tfjs predicts, alone and in any batch`, { timeout: 60_000 }, () =>
    fc.assert(
      fc.asyncProperty(CASES[className]!, fc.nat(1e6), async (one, seed) => {
        const model = modelOf(layerOf({ ...one, className }), one.shapes);
        const { random, edge, differing } = await compare(model, seed, {
          below: one.below,
          largest: largestFor(className, one.config),
        });
        expect(random).toBeLessThanOrEqual(1);
        expect(edge).toBeLessThanOrEqual(1);
        expect(differing).toEqual([]);
      }),
      { numRuns: Number(process.env.RUNS ?? 6) },
    ),
  );
}

/** A large row through a cell without bounds is all rounding. */
function largestFor(className: string, config: Readonly<Record<string, unknown>>): number {
  const names = [...JSON.stringify(config).matchAll(/ctivation":"(\w+)"/g)].map(([, name]) => name!);
  return isRecurrent(className) && !names.every((name) => (BOUNDED as readonly string[]).includes(name))
    ? 1
    : 1e6;
}
