/**
 * The contract of every sampler. Points lie inside the space and on its steps; the same seed gives the same points;
 * a new sampler that is told the same goes on in the same way; failed trials do no harm.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { choice, float, int, type ParamRange, type ParamSpace, type Params } from "#model";
import { createBayesSampler, createGeneticSampler, createGridSampler, type Sampler } from "#optimize";

type Create = (space: ParamSpace, seed: number) => Sampler;
const TRIALS = 60;
const samplers: [string, Create][] = [
  ["grid", (space) => createGridSampler({ space, trials: TRIALS })],
  ["genetic", (space, seed) => createGeneticSampler({ space, seed, trials: TRIALS })],
  ["bayesian", (space, seed) => createBayesSampler({ space, seed })],
];

const anyRange: fc.Arbitrary<ParamRange> = fc.oneof(
  fc
    .tuple(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.double({ min: 1e-3, max: 1e6, noNaN: true }))
    .filter(([min, width]) => min + width > min)
    .map(([min, width]) => float(min, min + width)),
  fc
    .tuple(fc.double({ min: 1e-6, max: 1e3, noNaN: true }), fc.double({ min: 1.5, max: 1e6, noNaN: true }))
    .map(([min, ratio]) => float(min, min * ratio, { log: true })),
  fc
    .tuple(
      fc.integer({ min: -100, max: 100 }),
      fc.integer({ min: 2, max: 50 }),
      fc.constantFrom(0.1, 0.25, 0.5),
    )
    .map(([min, steps, step]) => float(min, min + steps * step, { step })),
  fc
    .tuple(fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: 1, max: 500 }))
    .map(([min, w]) => int(min, min + w)),
  fc
    .tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 500 }))
    .map(([min, w]) => int(min, min + w, { log: true })),
  fc
    .tuple(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 7, max: 100 }))
    .map(([min, w]) => int(min, min + w, { step: 7 })),
  fc.constantFrom(choice(["ema", "sma", "wma"]), choice([true, false]), choice([10, 50]), choice(["one"])),
);
const anySpace = fc.array(anyRange, { minLength: 1, maxLength: 4 }).map((ranges): ParamSpace => {
  return Object.fromEntries(ranges.map((range, i) => [`p${i}`, range]));
});

function expectInside(space: ParamSpace, params: Params): void {
  expect(Object.keys(params)).toEqual(Object.keys(space));
  for (const [name, range] of Object.entries(space)) {
    const value = params[name]!;
    if (range.kind === "choice") {
      expect(range.options).toContain(value);
      continue;
    }
    expect(value).toBeGreaterThanOrEqual(range.min);
    expect(value).toBeLessThanOrEqual(range.max);
    if (range.kind === "int") expect(Number.isInteger(value)).toBe(true);
    if (range.step !== undefined) {
      const steps = ((value as number) - range.min) / range.step;
      expect(Math.abs(steps - Math.round(steps))).toBeLessThan(1e-6);
    }
  }
}

/** An objective that prefers large numbers and late options; every fifth trial fails if asked for. */
function objective(params: Params, trial: number, failing: boolean): number {
  if (failing && trial % 5 === 0) return [Number.NaN, Infinity, -Infinity][(trial / 5) % 3]!;
  return Object.values(params).reduce<number>((sum, value) => sum + Math.tanh(Number(value) || 0), 0);
}

function run(sampler: Sampler, trials: number, failing = false): Params[] {
  const points: Params[] = [];
  for (let trial = 0; trial < trials; trial++) {
    const params = sampler.ask();
    if (!params) break;
    points.push(params);
    sampler.tell({ params, value: objective(params, trial, failing) });
  }
  return points;
}

describe.each(samplers)("%s sampler", (_, create) => {
  it("proposes points inside the space and on its steps, also after failed trials", () => {
    fc.assert(
      fc.property(anySpace, fc.integer(), fc.boolean(), (space, seed, failing) => {
        for (const params of run(create(space, seed), 45, failing)) expectInside(space, params);
      }),
      { numRuns: 60, examples: [[{ p: float(-3, 1.2999999999999998, { step: 0.1 }) }, 0, false]] },
    );
  });

  it("gives the same points for the same seed, however often it is asked", () => {
    fc.assert(
      fc.property(anySpace, fc.integer(), (space, seed) => {
        const once = run(create(space, seed), 30);
        const eager = create(space, seed);
        const twice = run({ ask: () => [eager.ask(), eager.ask()][1], tell: eager.tell }, 30);
        expect(twice).toEqual(once);
      }),
      { numRuns: 20 },
    );
  });

  it("goes on in the same way after it was told an interrupted study", () => {
    fc.assert(
      fc.property(anySpace, fc.integer(), fc.integer({ min: 0, max: 44 }), (space, seed, cut) => {
        const whole = run(create(space, seed), 45, true);
        const resumed = create(space, seed);
        for (const [trial, params] of whole.slice(0, cut).entries()) {
          resumed.tell({ params, value: objective(params, trial, true) });
        }
        expect(resumed.ask()).toEqual(whole[cut]);
      }),
      { numRuns: 20 },
    );
  });

  it("survives a study in which every trial fails", () => {
    const space = { a: float(0, 1), b: choice(["x", "y"]) };
    const sampler = create(space, 3);
    for (let trial = 0; trial < 40; trial++) {
      const params = sampler.ask()!;
      expectInside(space, params);
      sampler.tell({ params, value: Number.NaN });
    }
  });

  it("refuses an empty space", () => {
    expect(() => create({}, 1)).toThrowError(expect.objectContaining({ code: "optimize.bad-setting" }));
  });
});

describe.each(samplers.slice(1))("%s sampler", (_, create) => {
  it("gives other points for another seed", () => {
    const space = { a: float(0, 1), b: int(1, 1000, { log: true }) };
    expect(run(create(space, 1), 5)).not.toEqual(run(create(space, 2), 5));
  });

  it("reaches every value of a small space, the first and the last as often as the others at the start", () => {
    const counts = new Map<unknown, number>();
    for (let seed = 0; seed < 1500; seed++) {
      const { a } = create({ a: int(1, 5) }, seed).ask()!;
      counts.set(a, (counts.get(a) ?? 0) + 1);
    }
    // 300 expected, deviation 15.5: five deviations.
    for (const value of [1, 2, 3, 4, 5]) expect(Math.abs(counts.get(value)! - 300)).toBeLessThan(78);
  });

  it("moves to the better side: higher is better", () => {
    const space = { a: float(0, 1), b: choice(["bad", "good"]), c: int(1, 10_000, { log: true }) };
    const sampler = create(space, 5);
    const points: Params[] = [];
    for (let trial = 0; trial < 150; trial++) {
      const params = sampler.ask()!;
      points.push(params);
      const value = (params.a as number) + (params.b === "good" ? 1 : 0) - Math.log10(params.c as number);
      // Failed trials at the other end must not draw the search there.
      sampler.tell({ params, value: (params.a as number) < 0.2 ? Infinity : value });
    }
    const late = points.slice(-40);
    const mean = (of: (params: Params) => number) =>
      late.reduce((sum, params) => sum + of(params), 0) / late.length;
    expect(mean(({ a }) => a as number)).toBeGreaterThan(0.75);
    // The genetic sampler mutates a third of the choices to any option: five in six are good at best.
    expect(mean(({ b }) => (b === "good" ? 1 : 0))).toBeGreaterThan(0.65);
    expect(mean(({ c }) => Math.log10(c as number))).toBeLessThan(1);
  });
});
