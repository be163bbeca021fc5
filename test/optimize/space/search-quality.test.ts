/**
 * Guided search against random search on standard functions with known minima, same number of trials: the sampler
 * wins on most seeds, and its median is better by a stated factor. Seeds are 0 to 8.
 */
import { describe, expect, it } from "vitest";
import { createRng } from "#core";
import { float, type ParamSpace, type Params } from "#model";
import { createBayesSampler, createGeneticSampler, type Sampler } from "#optimize";

const SEEDS = [0, 1, 2, 3, 4, 5, 6, 7, 8];
const TRIALS = 200;

interface Case {
  readonly name: string;
  readonly space: ParamSpace;
  readonly minimum: number;
  cost(params: Params): number;
}

const numbers = (params: Params) => Object.values(params) as number[];
const box = (n: number, min: number, max: number): ParamSpace =>
  Object.fromEntries(Array.from({ length: n }, (_, i) => [`x${i}`, float(min, max)]));

const cases: Case[] = [
  {
    name: "sphere in 5 dimensions",
    space: box(5, -5, 7),
    minimum: 0,
    cost: (params) => numbers(params).reduce((sum, x) => sum + x * x, 0),
  },
  {
    name: "Branin",
    space: { x: float(-5, 10), y: float(0, 15) },
    minimum: 0.397887,
    cost(params) {
      const [x, y] = numbers(params) as [number, number];
      const bend = y - (5.1 / (4 * Math.PI ** 2)) * x * x + (5 / Math.PI) * x - 6;
      return bend * bend + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10;
    },
  },
  {
    name: "Rosenbrock in 3 dimensions",
    space: box(3, -2, 2),
    minimum: 0,
    cost: (params) =>
      numbers(params).reduce((sum, x, i, all) => {
        const next = all[i + 1];
        return next === undefined ? sum : sum + 100 * (next - x * x) ** 2 + (1 - x) ** 2;
      }, 0),
  },
];

function randomSearch(space: ParamSpace, seed: number): Sampler {
  const rng = createRng(seed, 1_000_000);
  return {
    ask: () =>
      Object.fromEntries(
        Object.entries(space).map(([name, range]) => {
          const { min, max } = range as { min: number; max: number };
          return [name, min + rng.next() * (max - min)];
        }),
      ),
    tell() {},
  };
}

/** Least cost above the known minimum. */
function regret({ cost, minimum }: Case, sampler: Sampler): number {
  let least = Infinity;
  for (let trial = 0; trial < TRIALS; trial++) {
    const params = sampler.ask()!;
    const found = cost(params);
    least = Math.min(least, found);
    sampler.tell({ params, value: -found });
  }
  expect(least).toBeGreaterThan(minimum - 1e-6);
  return least - minimum;
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;

const samplers: [string, (space: ParamSpace, seed: number) => Sampler][] = [
  ["genetic", (space, seed) => createGeneticSampler({ space, seed, trials: TRIALS })],
  ["bayesian", (space, seed) => createBayesSampler({ space, seed })],
];

describe.each(samplers)("%s search", (_, create) => {
  it.each(cases)("beats random search on $name", (each) => {
    const guided = SEEDS.map((seed) => regret(each, create(each.space, seed)));
    const random = SEEDS.map((seed) => regret(each, randomSearch(each.space, seed)));
    const wins = guided.filter((value, i) => value < random[i]!).length;
    const seen = `seeds ${SEEDS}: guided ${guided.map((v) => v.toPrecision(3))}, random ${random.map((v) => v.toPrecision(3))}`;
    expect(wins, seen).toBeGreaterThanOrEqual(6);
    expect(median(guided), seen).toBeLessThan(median(random) / 1.5);
  });
});
