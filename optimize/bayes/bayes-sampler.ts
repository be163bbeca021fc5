/**
 * The tree-structured Parzen estimator (TPE): J. Bergstra et al., NIPS 2011 (see parzen.ts).
 *
 * Of n told trials the best g = min(ceil(n / 10), 25) are good, the others bad, failed ones among them. For each axis
 * by itself, l(x) is the density of the good positions and g(x) that of the bad; of 24 draws from l the one with the
 * largest l(x) / g(x) is proposed, which maximises the expected improvement. The first 10 trials are random.
 * The newest 25 trials of each side weigh 1, older ones less, down to 1 / n: early trials were guesses.
 */
import { createRng, type Rng } from "#core";
import type { ParamSpace, Params, ParamValue } from "#model";
import {
  type Axis,
  type ChoiceAxis,
  createAxes,
  type NumberAxis,
  pointFrom,
  randomPoint,
} from "../space/axis.ts";
import { rankValue, type Sampler } from "../space/sampler.ts";
import { createParzen } from "./parzen.ts";

export interface BayesOptions {
  readonly space: ParamSpace;
  readonly seed: number;
}

const STARTUP_TRIALS = 10;
const CANDIDATES = 24;
const GOOD_SHARE = 0.1;
const GOOD_MAX = 25;
const NEWEST = 25;

/** What was told, by axis. */
interface History {
  /** Position of each trial on a number axis, index of its option on a choice axis; trials in the order told. */
  readonly places: number[][];
  /** For each axis the trials by rising place. */
  readonly sorted: number[][];
  /** The trials from best to worst; at a tie the older one first. */
  readonly ranking: number[];
  /** Rank values of the trials, -Infinity for failed ones. */
  readonly values: number[];
}

export function createBayesSampler({ space, seed }: BayesOptions): Sampler {
  const axes = createAxes(space);
  const history: History = {
    places: axes.map(() => []),
    sorted: axes.map(() => []),
    ranking: [],
    values: [],
  };
  return {
    ask() {
      // One stream of random numbers for each trial: the point depends on what was told, not on how often was asked.
      const rng = createRng(seed, history.values.length);
      const finite = history.values.filter((value) => value > -Infinity).length;
      return finite < STARTUP_TRIALS ? randomPoint(axes, rng) : propose(axes, history, finite, rng);
    },
    tell({ params, value }) {
      const trial = history.values.length;
      history.values.push(rankValue(value));
      insert(history.ranking, trial, (other) => history.values[other]! >= history.values[trial]!);
      for (const [i, axis] of axes.entries()) {
        const places = history.places[i]!;
        places.push(placeOf(axis, params[axis.name]!));
        insert(history.sorted[i]!, trial, (other) => places[other]! <= places[trial]!);
      }
    },
  };
}

function placeOf(axis: Axis, value: ParamValue): number {
  return axis.kind === "choice" ? axis.options.indexOf(value) : axis.positionOf(value as number);
}

/** Puts an item behind those for which `isBefore` holds; they all stand in front. */
function insert(items: number[], item: number, isBefore: (other: number) => boolean): void {
  let first = 0;
  let end = items.length;
  while (first < end) {
    const middle = (first + end) >>> 1;
    if (isBefore(items[middle]!)) first = middle + 1;
    else end = middle;
  }
  items.splice(first, 0, item);
}

function propose(axes: readonly Axis[], history: History, finite: number, rng: Rng): Params {
  const isGood = new Uint8Array(history.values.length);
  const goodCount = Math.min(Math.ceil(GOOD_SHARE * finite), GOOD_MAX);
  for (const trial of history.ranking.slice(0, goodCount)) isGood[trial] = 1;
  const weights = weightsByAge(isGood, goodCount);
  return pointFrom(axes, (axis, i) =>
    axis.kind === "choice"
      ? proposeOption(axis, history.places[i]!, isGood, weights, rng)
      : proposeNumber(axis, history.places[i]!, history.sorted[i]!, isGood, weights, rng),
  );
}

/** The weight of each trial within its side: a rise from 1 / m to 1 over the m - 25 oldest, then 1. */
function weightsByAge(isGood: Uint8Array, goodCount: number): Float64Array {
  const sizes = [isGood.length - goodCount, goodCount];
  const seen = [0, 0];
  return Float64Array.from(isGood, (side) => {
    const size = sizes[side]!;
    const age = seen[side]!++;
    const rising = size - NEWEST;
    return age >= rising ? 1 : 1 / size + ((1 - 1 / size) * age) / rising;
  });
}

function proposeNumber(
  axis: NumberAxis,
  places: readonly number[],
  sorted: readonly number[],
  isGood: Uint8Array,
  weights: Float64Array,
  rng: Rng,
): number {
  const densityOf = (side: number) => {
    const observed = new Float64Array(sorted.length);
    const weightOf = new Float64Array(sorted.length);
    let n = 0;
    for (const trial of sorted) {
      if (isGood[trial] !== side) continue;
      observed[n] = places[trial]!;
      weightOf[n++] = weights[trial]!;
    }
    return createParzen(axis, observed.subarray(0, n), weightOf.subarray(0, n));
  };
  const good = densityOf(1);
  const bad = densityOf(0);
  return bestOf(() => {
    const value = axis.valueAt(good.sample(rng));
    const position = axis.positionOf(value);
    return [value, good.logDensity(position) - bad.logDensity(position)];
  });
}

/** Densities of options: the share of weight that fell on each, with a prior of 1 spread over all. */
function proposeOption(
  axis: ChoiceAxis,
  places: readonly number[],
  isGood: Uint8Array,
  weights: Float64Array,
  rng: Rng,
): ParamValue {
  const size = axis.options.length;
  const shares = [new Float64Array(size).fill(1 / size), new Float64Array(size).fill(1 / size)] as const;
  for (const [trial, option] of places.entries())
    shares[isGood[trial] === 1 ? 1 : 0][option]! += weights[trial]!;
  const [bad, good] = shares.map((share) => {
    const total = share.reduce((sum, each) => sum + each, 0);
    return share.map((each) => each / total);
  }) as [Float64Array, Float64Array];
  return bestOf(() => {
    let rest = rng.next();
    let option = 0;
    while (option < size - 1 && rest >= good[option]!) rest -= good[option++]!;
    return [axis.options[option]!, Math.log(good[option]! / bad[option]!)];
  });
}

/** Of 24 candidates the one with the highest score; the first at a tie. */
function bestOf<T>(draw: () => readonly [T, number]): T {
  let [best, highest] = draw();
  for (let i = 1; i < CANDIDATES; i++) {
    const [candidate, score] = draw();
    if (score > highest) [best, highest] = [candidate, score];
  }
  return best;
}
