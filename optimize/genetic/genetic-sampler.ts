/**
 * A real-coded genetic algorithm.
 *
 * Population of P points; generation g proposes P children, then the best P of parents and children become parents
 * (elitism). A child comes from two parents, each the better of two random ones (binary tournament).
 *
 * Simulated binary crossover, index etaC: K. Deb and R. B. Agrawal, "Simulated binary crossover for continuous search
 * space", Complex Systems 9 (1995). For each number, with u uniform in [0, 1):
 *   beta = (2u)^(1/(etaC+1)) if u <= 1/2, else (1/(2(1-u)))^(1/(etaC+1));  child = ((1+beta) x1 + (1-beta) x2) / 2.
 * Polynomial mutation, index etaM: K. Deb and M. Goyal, Computer Science and Informatics 26 (1996):
 *   delta = (2u)^(1/(etaM+1)) - 1 if u < 1/2, else 1 - (2(1-u))^(1/(etaM+1));  x += delta (high - low).
 * Positions x are those of the axes (log ranges by ratio), cut off at the bounds. Choices are inherited from either
 * parent, and mutate to any option.
 */
import { createRng, type Rng } from "#core";
import type { ParamSpace, Params, ParamValue } from "#model";
import { type Axis, createAxes, type NumberAxis, pointFrom, randomPoint } from "../space/axis.ts";
import { rankValue, type Sampler, type ToldTrial } from "../space/sampler.ts";

export interface GeneticOptions {
  readonly space: ParamSpace;
  readonly seed: number;
  /** Trials that are planned; the population grows with their root, so that there are enough generations. */
  readonly trials: number;
}

const CROSSOVER_SHARE = 0.9;
const CROSSOVER_INDEX = 2;
const MUTATION_INDEX = 5;

export function createGeneticSampler({ space, seed, trials }: GeneticOptions): Sampler {
  const axes = createAxes(space);
  const populationSize = Math.max(6, Math.round(0.8 * Math.sqrt(trials)));
  let parents: readonly ToldTrial[] = [];
  let children: ToldTrial[] = [];
  let told = 0;
  return {
    ask() {
      // One stream of random numbers for each trial: the point depends on what was told, not on how often was asked.
      const rng = createRng(seed, told);
      return parents.length === 0 ? randomPoint(axes, rng) : childOf(axes, parents, rng);
    },
    tell(trial) {
      told++;
      children.push(trial);
      if (children.length < populationSize) return;
      // The sort is stable: at a tie the older one stays.
      parents = [...parents, ...children]
        .sort((a, b) => rankValue(b.value) - rankValue(a.value) || 0)
        .slice(0, populationSize);
      children = [];
    },
  };
}

function childOf(axes: readonly Axis[], parents: readonly ToldTrial[], rng: Rng): Params {
  const first = tournament(parents, rng).params;
  const second = tournament(parents, rng).params;
  const isCrossed = rng.next() < CROSSOVER_SHARE;
  return pointFrom(axes, (axis): ParamValue => {
    const isMutated = rng.next() < 1 / axes.length;
    const isExchanged = isCrossed && rng.next() < 0.5;
    if (axis.kind === "choice") {
      if (isMutated) return axis.options[rng.nextInt(axis.options.length)]!;
      return (isExchanged ? second : first)[axis.name]!;
    }
    let position = axis.positionOf(first[axis.name] as number);
    if (isExchanged) position = crossed(position, axis.positionOf(second[axis.name] as number), rng);
    if (isMutated) position = mutated(axis, position, rng);
    return axis.valueAt(Math.min(axis.high, Math.max(axis.low, position)));
  });
}

function tournament(parents: readonly ToldTrial[], rng: Rng): ToldTrial {
  const a = parents[rng.nextInt(parents.length)]!;
  const b = parents[rng.nextInt(parents.length)]!;
  return rankValue(b.value) > rankValue(a.value) ? b : a;
}

function crossed(first: number, second: number, rng: Rng): number {
  const u = rng.next();
  const power = 1 / (CROSSOVER_INDEX + 1);
  const beta = u <= 0.5 ? (2 * u) ** power : (1 / (2 * (1 - u))) ** power;
  return ((1 + beta) * first + (1 - beta) * second) / 2;
}

function mutated({ low, high }: NumberAxis, position: number, rng: Rng): number {
  const u = rng.next();
  const power = 1 / (MUTATION_INDEX + 1);
  const delta = u < 0.5 ? (2 * u) ** power - 1 : 1 - (2 * (1 - u)) ** power;
  return position + delta * (high - low);
}
