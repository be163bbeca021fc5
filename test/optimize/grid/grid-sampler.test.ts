import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { choice, float, int, type ParamSpace, type Params } from "#model";
import { createGridSampler, type GridOptions } from "#optimize";

function grid(options: GridOptions): Params[] {
  const sampler = createGridSampler(options);
  const points: Params[] = [];
  for (let params = sampler.ask(); params; params = sampler.ask()) {
    points.push(params);
    sampler.tell({ params, value: 0 });
  }
  return points;
}

/** Every combination of the values, the last list fastest. */
function product(values: Record<string, readonly unknown[]>): unknown[] {
  return Object.entries(values).reduce<Record<string, unknown>[]>(
    (points, [name, options]) =>
      points.flatMap((point) => options.map((option) => ({ ...point, [name]: option }))),
    [{}],
  );
}

describe("grid sampler", () => {
  it("tries exactly the product of all values, in order", () => {
    const space = { a: int(2, 4), b: choice(["x", "y"]), c: float(0, 0.5, { step: 0.1 }) };
    expect(grid({ space, trials: 36 })).toEqual(
      product({ a: [2, 3, 4], b: ["x", "y"], c: [0, 0.1, 0.2, 0.3, 0.4, 0.5] }),
    );
  });

  it("spaces continuous values evenly, by ratio on log ranges", () => {
    const space = { a: float(0, 1), b: float(0.01, 100, { log: true }), c: int(1, 100, { log: true }) };
    const points = grid({ space, trials: 1000, points: { a: 3, b: 5, c: 3 } });
    const values = (name: string) => [...new Set(points.map((params) => params[name]))];
    expect(points.length).toBe(45);
    expect(values("a")).toEqual([0, 0.5, 1]);
    expect(values("b").map((value) => Number((value as number).toPrecision(12)))).toEqual([
      0.01, 0.1, 1, 10, 100,
    ]);
    expect(values("c")).toEqual([1, 10, 100]);
  });

  it("tries every value of a log range that is asked for completely", () => {
    expect(grid({ space: { a: int(1, 7, { log: true }) }, trials: 7 })).toEqual(
      product({ a: [1, 2, 3, 4, 5, 6, 7] }),
    );
  });

  it("spends the trials on all parameters until none can have one more value, and tries no point twice", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3000 }), (dimensions, trials) => {
        const names = Array.from({ length: dimensions }, (_, i) => `p${i}`);
        const space: ParamSpace = Object.fromEntries(names.map((name) => [name, float(-1, 2)]));
        const points = grid({ space, trials });
        expect(points.length).toBeLessThanOrEqual(trials);
        expect(new Set(points.map((params) => JSON.stringify(params))).size).toBe(points.length);
        const counts = names.map((name) => new Set(points.map((params) => params[name])).size);
        for (const count of counts) expect((points.length / count) * (count + 1)).toBeGreaterThan(trials);
        if (trials >= 2 ** dimensions) expect(Math.min(...counts)).toBeGreaterThanOrEqual(2);
      }),
      { numRuns: 30 },
    );
  });

  it("refuses fewer trials than the choices need, and points for nothing", () => {
    const space = { a: choice([1, 2, 3]), b: choice([1, 2, 3]), c: float(0, 1) };
    const refused = (message: string) =>
      expect.objectContaining({ code: "optimize.bad-setting", message: expect.stringContaining(message) });
    expect(() => grid({ space, trials: 8 })).toThrowError(refused("9 combinations at least"));
    expect(() => grid({ space, trials: 99, points: { d: 2 } })).toThrowError(refused('"d"'));
    expect(() => grid({ space, trials: 99, points: { c: 0 } })).toThrowError(refused("0 is not"));
  });
});
