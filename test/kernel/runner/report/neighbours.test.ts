import { expect, test } from "vitest";
import { float, type Params } from "#model";
import type { StudyFact } from "../../../../kernel/runner/report/facts.ts";
import { gridSlice, medianOf, nearestTrials } from "../../../../kernel/runner/report/neighbours.ts";

/** Value = 10 x + y on the grid x, y = 0..3; z is 0 or 1 and adds 100. */
function gridStudy(): StudyFact {
  const points = [0, 1].flatMap((z) => [0, 1, 2, 3].flatMap((x) => [0, 1, 2, 3].map((y) => ({ x, y, z }))));
  const trials = points.map((params, number) => ({
    number,
    params: params as Params,
    value: 10 * params.x + params.y + 100 * params.z,
    state: "complete" as const,
  }));
  const space = { x: float(0, 3), y: float(0, 3), z: float(0, 1) };
  const place = { strategy: "s", objective: "sharpe", from: 0, to: 1, seconds: 1 };
  return { method: "grid", seed: 1, space, trials, best: trials.at(-1)!, ...place };
}

test("a slice of a grid holds the other parameters at the used point", () => {
  const slice = gridSlice(gridStudy(), { x: 1, y: 2, z: 0 }) ?? expect.fail("no slice");
  expect([slice.x, slice.y, slice.xs, slice.used]).toEqual(["x", "y", [0, 1, 2, 3], { column: 1, row: 2 }]);
  expect(slice.valueAt(3, 0)).toBe(30);
  expect(slice.neighbours.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 11, 13, 21, 22, 23]);
});

test("a used point in a corner has three neighbours, one off the grid has no slice", () => {
  expect(gridSlice(gridStudy(), { x: 0, y: 0, z: 1 })?.neighbours).toHaveLength(3);
  expect(gridSlice(gridStudy(), { x: 0.5, y: 0, z: 1 })).toBeUndefined();
});

test("the nearest trials are measured by the range of each parameter, without the point itself", () => {
  const near = nearestTrials(gridStudy(), { x: 1, y: 1, z: 0 });
  expect(near).toHaveLength(8);
  expect(near.every(({ params }) => params.z === 0)).toBe(true);
  expect(near.some(({ params }) => params.x === 1 && params.y === 1)).toBe(false);
});

test("the median of an even number of values lies between the middle ones; of none it is NaN", () => {
  expect(medianOf([4, 1, 3, 2])).toBe(2.5);
  expect(medianOf([3, 1, 2])).toBe(2);
  expect(medianOf([])).toBeNaN();
});
