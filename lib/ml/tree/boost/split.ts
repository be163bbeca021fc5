/**
 * The best split of a node by one feature, from its histogram.
 *
 * Symbols: G, H sums of gradients and hessians of a node, of its left and right part; lambda, alpha the L2 and L1
 * penalty; T(G) = sign(G) max(|G| - alpha, 0).
 *   leaf value v = -T(G) / (H + lambda), kept within the bounds of the node
 *   score(G, H, v) = -(2 G v + (H + lambda) v^2 + 2 alpha |v|), which is T(G)^2 / (H + lambda) without bounds
 *   gain = score left + score right - score node (Chen and Guestrin 2016, without their factor 1/2)
 * Gains within 1e-12 of the scores are rounding. Of equal gains the lower bin and the lower feature win. The sums are
 * exact (see gridOf in boost.ts), so a bin without rows has the sums 0 and never parts a node.
 */
import type { TreeSettings } from "../options.ts";
import { type Memory, MISSING_BIN, RESULT, STRIDE } from "./memory.ts";

const ROUNDING = 1e-12;

/** A split by one feature; the gain is 0 without one. */
export interface Split {
  gain: number;
  bin: number;
  /** Where rows without a value go. */
  missingLeft: boolean;
  gradient: number;
  hessian: number;
}

/** The search of one node and feature. */
interface Search {
  readonly histogram: Float64Array;
  readonly at: number;
  readonly bins: number;
  readonly G: number;
  readonly H: number;
  readonly lower: number;
  readonly upper: number;
  readonly sign: number;
}

export function leafValue(
  G: number,
  H: number,
  { lambda, alpha }: TreeSettings,
  lower: number,
  upper: number,
): number {
  const shrunk = G > alpha ? G - alpha : G < -alpha ? G + alpha : 0;
  const value = shrunk === 0 || H + lambda <= 0 ? 0 : -shrunk / (H + lambda);
  return value < lower ? lower : value > upper ? upper : value;
}

function scoreOf(G: number, H: number, value: number, { lambda, alpha }: TreeSettings): number {
  return -(2 * G * value + (H + lambda) * value * value + 2 * alpha * Math.abs(value));
}

/** Searches feature `f` of `node` and writes what it finds to row `place` of the results. */
export function searchSplit(
  memory: Memory,
  settings: TreeSettings,
  node: number,
  slot: number,
  f: number,
  place: number,
): void {
  const { results } = memory;
  const search = searchOf(memory, settings, node, slot, f);
  const best = settings.categorical[f]
    ? searchCategories(search, settings).split
    : searchNumbers(search, settings, memory.hasMissing[f] === 1);
  const to = place * RESULT;
  results[to] = best.gain;
  results[to + 1] = best.bin;
  results[to + 2] = best.missingLeft ? 1 : 0;
  results[to + 3] = best.gradient;
  results[to + 4] = best.hessian;
}

/** The categories that go left, where the search of a categorical feature found a split. */
export function splitCategories(
  memory: Memory,
  settings: TreeSettings,
  node: number,
  slot: number,
  f: number,
): number[] {
  return searchCategories(searchOf(memory, settings, node, slot, f), settings).categories;
}

function searchOf(
  { histograms, slotDoubles, binCount, node: tree }: Memory,
  settings: TreeSettings,
  node: number,
  slot: number,
  f: number,
): Search {
  // The bounds of a quantile are in units of the target; values by gradients are not.
  const isBound = settings.objective !== "quantile";
  return {
    histogram: histograms,
    at: slot * slotDoubles + f * STRIDE,
    bins: binCount[f]!,
    G: tree.gradient[node]!,
    H: tree.hessian[node]!,
    lower: isBound ? tree.lower[node]! : Number.NEGATIVE_INFINITY,
    upper: isBound ? tree.upper[node]! : Number.POSITIVE_INFINITY,
    sign: settings.monotone[f]!,
  };
}

function searchNumbers(search: Search, settings: TreeSettings, mayMiss: boolean): Split {
  const { histogram, at, bins, H } = search;
  const best: Split = { gain: 0, bin: 0, missingLeft: false, gradient: 0, hessian: 0 };
  if (bins === 0) return best;
  const missingG = mayMiss ? histogram[at + 2 * MISSING_BIN]! : 0;
  const missingH = mayMiss ? histogram[at + 2 * MISSING_BIN + 1]! : 0;
  const scan = settings.alpha === 0 && settings.monotone.every((sign) => sign === 0) ? scanFast : scanBounded;
  if (missingH > 0) {
    scan(search, settings, 0, 0, bins, false, best);
    scan(search, settings, missingG, missingH, bins - 1, true, best);
  } else {
    scan(search, settings, 0, 0, bins - 1, false, best);
    // Nothing is known about missing values: they go with most rows.
    best.missingLeft = 2 * best.hessian >= H;
  }
  return best;
}

/** Without bounds and without L1: the loop in which most of the search is spent. */
function scanFast(
  { histogram, at, G, H }: Search,
  { lambda, minChildWeight }: TreeSettings,
  startG: number,
  startH: number,
  bins: number,
  missingLeft: boolean,
  best: Split,
): void {
  const least = Math.max(minChildWeight, Number.MIN_VALUE);
  const own = (G * G) / (H + lambda);
  let floor = best.gain + own;
  let gradient = startG;
  let hessian = startH;
  const end = at + 2 * bins;
  for (let p = at; p < end; p += 2) {
    gradient += histogram[p]!;
    hessian += histogram[p + 1]!;
    const hr = H - hessian;
    if (hessian < least) continue;
    if (hr < least) break;
    const gr = G - gradient;
    const score = (gradient * gradient) / (hessian + lambda) + (gr * gr) / (hr + lambda);
    if (score <= floor || score - own <= ROUNDING * score) continue;
    floor = score;
    best.gain = score - own;
    best.bin = (p - at) >> 1;
    best.missingLeft = missingLeft;
    best.gradient = gradient;
    best.hessian = hessian;
  }
}

function scanBounded(
  search: Search,
  settings: TreeSettings,
  startG: number,
  startH: number,
  bins: number,
  missingLeft: boolean,
  best: Split,
): void {
  let gradient = startG;
  let hessian = startH;
  for (let bin = 0; bin < bins; bin++) {
    gradient += search.histogram[search.at + 2 * bin]!;
    hessian += search.histogram[search.at + 2 * bin + 1]!;
    const gain = gainOf(search, settings, gradient, hessian);
    if (gain > best.gain) Object.assign(best, { gain, bin, missingLeft, gradient, hessian });
  }
}

/** Of parting a node with so much on the left; 0 where it may not be parted so. */
function gainOf(
  { G, H, lower, upper, sign }: Search,
  settings: TreeSettings,
  gl: number,
  hl: number,
): number {
  const least = Math.max(settings.minChildWeight, Number.MIN_VALUE);
  if (hl < least || H - hl < least) return 0;
  const left = leafValue(gl, hl, settings, lower, upper);
  const right = leafValue(G - gl, H - hl, settings, lower, upper);
  if (sign * (right - left) < 0) return 0;
  const score = scoreOf(gl, hl, left, settings) + scoreOf(G - gl, H - hl, right, settings);
  const own = scoreOf(G, H, leafValue(G, H, settings, lower, upper), settings);
  return score - own > ROUNDING * Math.abs(score) ? score - own : 0;
}

/**
 * Categories in the order of G / H; the best cut of that order is the best of all sets (Fisher 1958). Missing values
 * are tried on either side. The shorter list of categories goes left, so that unknown ones go with the longer.
 */
function searchCategories(search: Search, settings: TreeSettings): { split: Split; categories: number[] } {
  const { histogram, at, G, H, bins } = search;
  const order: number[] = [];
  for (let c = 0; c < bins; c++) if (histogram[at + 2 * c + 1]! > 0) order.push(c);
  const ratio = (c: number) => histogram[at + 2 * c]! / histogram[at + 2 * c + 1]!;
  order.sort((a, b) => ratio(a) - ratio(b) || a - b);
  const missingG = histogram[at + 2 * MISSING_BIN]!;
  const missingH = histogram[at + 2 * MISSING_BIN + 1]!;
  const split: Split = { gain: 0, bin: 0, missingLeft: false, gradient: 0, hessian: 0 };
  for (const missingLeft of missingH > 0 ? [false, true] : [false]) {
    let gradient = missingLeft ? missingG : 0;
    let hessian = missingLeft ? missingH : 0;
    for (let i = 0; i < order.length; i++) {
      gradient += histogram[at + 2 * order[i]!]!;
      hessian += histogram[at + 2 * order[i]! + 1]!;
      const gain = gainOf(search, settings, gradient, hessian);
      if (gain > split.gain) Object.assign(split, { gain, bin: i, missingLeft, gradient, hessian });
    }
  }
  if (missingH === 0) split.missingLeft = 2 * split.hessian >= H;
  let categories = order.slice(0, split.bin + 1);
  const rest = order.slice(split.bin + 1);
  if (rest.length > 0 && rest.length < categories.length) {
    categories = rest;
    split.gradient = G - split.gradient;
    split.hessian = H - split.hessian;
    split.missingLeft = !split.missingLeft;
  }
  return { split, categories: categories.sort((a, b) => a - b) };
}
