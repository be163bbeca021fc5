/**
 * Rows to learn from and rows to judge by, without leaks between them (López de Prado 2018, chapters 7 and 12).
 *
 * The label of a row is made from its bar's start to `labelEnd`. A test block is a run of rows next to each other in
 * time; it lasts from its first bar's start to its last label's end.
 *   purge    a training row whose label overlaps a test block is left out
 *   embargo  so is one that begins within `embargo` bars after a test block: what moves slowly leaks past the label
 * Rows of one moment (several instruments) stay together.
 *
 * Features look back: what a training row after a test block is fed (its window, a long moving average) holds bars in
 * which test labels were decided. Its own label does not, so that nothing is learnt from a test's outcome by itself; an
 * embargo of at least the dataset's window takes this link away too.
 */
import { fail, timeText } from "#core";
import type { Dataset } from "./dataset.ts";
import { needOption, needOptions } from "./label/labels.ts";

export interface Split {
  /** "2 of 5". */
  readonly name: string;
  /** Row indices, ascending. */
  readonly train: Uint32Array;
  readonly test: Uint32Array;
  /** The dataset that it was made for: its rows, and its first and last time. A split of one's own may leave it out. */
  readonly of?: readonly [rows: number, first: number, last: number];
}

type Timed = Pick<Dataset, "length" | "time" | "labelEnd">;

export interface WalkForwardOptions {
  /** Test blocks, one after another, at least 1. */
  readonly folds: number;
  /** Share of the moments before the first test block, in (0, 1). Default: as long as one of folds + 1 equal parts. */
  readonly firstTrain?: number;
  /** "anchored" learns from all that came before, "rolling" from as many moments as the first fold. Default "anchored". */
  readonly mode?: "anchored" | "rolling";
  /** Moments between training and test rows, beside the purge. Default 0. */
  readonly gap?: number;
}

/** Learns from the past and tests on what follows, fold after fold. Errors: `ml.bad-option`, `ml.too-few-rows`. */
export function walkForward(dataset: Timed, options: WalkForwardOptions): Split[] {
  needOptions("walkForward", options, ["folds", "firstTrain", "mode", "gap"]);
  const { folds, mode = "anchored", gap = 0 } = options;
  const first = options.firstTrain ?? 1 / (folds + 1);
  const need = (holds: boolean, option: keyof WalkForwardOptions, rule: string) =>
    needOption(holds, "walkForward", option, options[option], rule);
  need(Number.isInteger(folds) && folds >= 1, "folds", "a whole number, at least 1");
  need(first > 0 && first < 1, "firstTrain", "a share in (0, 1)");
  need(mode === "anchored" || mode === "rolling", "mode", '"anchored" or "rolling"');
  need(Number.isInteger(gap) && gap >= 0, "gap", "a whole number of bars, 0 or more");
  const moments = momentsOf(dataset);
  const count = moments.length - 1;
  const before = Math.round(first * count);
  needMoments(count - before, folds, "walkForward");
  return Array.from({ length: folds }, (_, fold) => {
    const from = before + Math.floor((fold * (count - before)) / folds);
    const to = before + Math.floor(((fold + 1) * (count - before)) / folds);
    const start = mode === "rolling" ? from - before : 0;
    const test = range(moments[from]!, moments[to]!);
    const candidates = range(moments[start]!, moments[Math.max(start, from - gap)]!);
    return splitOf(`${fold + 1} of ${folds}`, dataset, candidates, [test], 0);
  });
}

export interface KFoldOptions {
  /** Blocks, at least 2. */
  readonly folds: number;
  /** Bars after a test block that are not learnt from, at least 0; see above for windows. Default 0. */
  readonly embargo?: number;
}

/** Every row is tested once; training rows lie before and after, purged. Errors: `ml.bad-option`, `ml.too-few-rows`. */
export function purgedKFold(dataset: Timed, options: KFoldOptions): Split[] {
  needOptions("purgedKFold", options, ["folds", "embargo"]);
  const { folds, embargo = 0 } = options;
  needOption(
    Number.isInteger(folds) && folds >= 2,
    "purgedKFold",
    "folds",
    folds,
    "a whole number, at least 2",
  );
  const blocks = blocksOf(dataset, folds, embargo, "purgedKFold");
  const all = range(0, dataset.length);
  return blocks.map((test, fold) => splitOf(`${fold + 1} of ${folds}`, dataset, all, [test], embargo));
}

export interface CombinatorialOptions {
  /** Blocks, at least 3. */
  readonly groups: number;
  /** Of them tested at a time, from 1 to groups - 1. */
  readonly tests: number;
  /** Bars after each test block that are not learnt from. Default 0. */
  readonly embargo?: number;
}

export interface CombinatorialSplits {
  /** One for each choice of test blocks: groups over tests. */
  readonly splits: readonly Split[];
  /** The rows of each block. */
  readonly blocks: readonly Uint32Array[];
  /**
   * Backtest paths, (groups over tests) * tests / groups: each takes every block once, `paths[p][block]` being the split
   * whose model is tested there. No two paths take a block from the same split.
   */
  readonly paths: readonly (readonly number[])[];
}

/** All choices of `tests` blocks out of `groups`, and the paths through them. Errors: `ml.bad-option`, `ml.too-few-rows`. */
export function combinatorialPurged(dataset: Timed, options: CombinatorialOptions): CombinatorialSplits {
  const name = "combinatorialPurged";
  needOptions(name, options, ["groups", "tests", "embargo"]);
  const { groups, tests, embargo = 0 } = options;
  needOption(
    Number.isInteger(groups) && groups >= 3 && groups <= 30,
    name,
    "groups",
    groups,
    "a whole number from 3 to 30",
  );
  needOption(
    Number.isInteger(tests) && tests >= 1 && tests < groups,
    name,
    "tests",
    tests,
    "a whole number from 1 to groups - 1",
  );
  needOption(
    binomial(groups, tests) <= 1000,
    name,
    "groups and tests",
    [groups, tests],
    "so that there are at most 1000 splits",
  );
  const choices = choose(groups, tests);
  const blocks = blocksOf(dataset, groups, embargo, name);
  const all = range(0, dataset.length);
  const splits = choices.map((chosen) => {
    const title = `blocks ${chosen.map((block) => block + 1).join(", ")} of ${groups}`;
    return splitOf(
      title,
      dataset,
      all,
      chosen.map((block) => blocks[block]!),
      embargo,
    );
  });
  const testing = blocks.map((_, block) =>
    choices.flatMap((chosen, s) => (chosen.includes(block) ? [s] : [])),
  );
  const paths = testing[0]!.map((_, p) => testing.map((splitsOfBlock) => splitsOfBlock[p]!));
  return { splits, blocks, paths };
}

/** @param tests blocks of rows next to each other. */
function splitOf(
  name: string,
  { time, labelEnd, length }: Timed,
  candidates: Uint32Array,
  tests: readonly Uint32Array[],
  embargo: number,
): Split {
  const isTested = new Uint8Array(length);
  const bounds = tests.map((rows) => {
    let end = Number.NEGATIVE_INFINITY;
    for (const row of rows) {
      isTested[row] = 1;
      end = Math.max(end, labelEnd[row]!);
    }
    return { start: time[rows[0]!]!, end, free: embargoEnd(time, end, embargo) };
  });
  const train = candidates.filter(
    (row) =>
      isTested[row] === 0 && bounds.every(({ start, free }) => labelEnd[row]! <= start || time[row]! >= free),
  );
  if (train.length === 0) {
    fail("ml.too-few-rows", {
      message: `split ${name}: no row is left to learn from once labels that overlap its ${isTested.reduce((sum, each) => sum + each, 0)} test rows are purged`,
      hint: "Use more bars, fewer folds, a shorter horizon or a shorter embargo.",
      fields: { split: name, rows: length, embargo },
    });
  }
  const test = Uint32Array.from(isTested.keys()).filter((row) => isTested[row] === 1);
  return { name, train, test, of: [length, time[0]!, time[length - 1]!] };
}

/**
 * Whether splits are of this dataset and keep its labels apart: made for other rows or longer labels they would leak.
 * Errors: `ml.bad-option`.
 */
export function assertSplits({ time, labelEnd, length }: Timed, splits: readonly Split[]): void {
  const isSplit = (each: Split) => each?.train?.length > 0 && each.test?.length > 0;
  needOption(splits.every(isSplit), "crossValidate", "splits", `${splits.length} splits`, MADE_BY);
  for (const { name, train, test, of } of splits) {
    const own = [length, time[0]!, time[length - 1]!] as const;
    if (of?.some((value, i) => value !== own[i]))
      needOption(
        false,
        "crossValidate",
        `splits: ${name}`,
        `of ${of[0]} rows from ${timeText(of[1])} to ${timeText(of[2])}, and the dataset has ${length} from ${timeText(own[1])} to ${timeText(own[2])}`,
        MADE_BY,
      );
    const isRow = (row: number) => Number.isInteger(row) && row >= 0 && row < length;
    const stray = [train, test].flatMap((rows) => rows.find((row) => !isRow(row)) ?? []);
    if (stray.length > 0)
      needOption(false, "crossValidate", `splits: ${name}`, `of row ${stray[0]}`, `of rows below ${length}`);
    const spans = spansOf(test.toSorted(), time, labelEnd);
    const leak = train.find((row) => {
      const next = firstEndingAfter(spans, time[row]!);
      return next !== undefined && !(labelEnd[row]! <= next.start);
    });
    if (leak !== undefined)
      needOption(
        false,
        "crossValidate",
        `splits: ${name}`,
        `leaking: the label of training row ${leak} overlaps test rows`,
        MADE_BY,
      );
  }
}

const MADE_BY = "what walkForward, purgedKFold or combinatorialPurged make of this dataset";

/** Times in which test labels are made, rising and apart. */
function spansOf(test: Uint32Array, time: Float64Array, labelEnd: Float64Array) {
  const spans: { start: number; end: number }[] = [];
  for (const row of test) {
    const last = spans.at(-1);
    if (last && time[row]! <= last.end) last.end = Math.max(last.end, labelEnd[row]!);
    else spans.push({ start: time[row]!, end: labelEnd[row]! });
  }
  return spans;
}

function firstEndingAfter<T extends { readonly end: number }>(
  spans: readonly T[],
  at: number,
): T | undefined {
  let [low, high] = [0, spans.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (spans[middle]!.end > at) high = middle;
    else low = middle + 1;
  }
  return spans[low];
}

/** The first moment at which a row may begin that is learnt from: `embargo` moments after `end`. */
function embargoEnd(time: Float64Array, end: number, embargo: number): number {
  if (embargo === 0) return end;
  let left = embargo;
  let last = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < time.length; i++) {
    if (time[i]! < end || time[i] === last) continue;
    if (left-- === 0) return time[i]!;
    last = time[i]!;
  }
  return Number.POSITIVE_INFINITY;
}

/** First row of each moment, then the number of rows. */
function momentsOf({ time, length }: Timed): number[] {
  const moments: number[] = [];
  for (let i = 0; i < length; i++) if (i === 0 || time[i] !== time[i - 1]) moments.push(i);
  return [...moments, length];
}

function blocksOf(dataset: Timed, count: number, embargo: number, name: string): Uint32Array[] {
  needOption(
    Number.isInteger(embargo) && embargo >= 0,
    name,
    "embargo",
    embargo,
    "a whole number of bars, 0 or more",
  );
  const moments = momentsOf(dataset);
  const total = moments.length - 1;
  needMoments(total, count, name);
  const edge = (block: number) => moments[Math.floor((block * total) / count)]!;
  return Array.from({ length: count }, (_, block) => range(edge(block), edge(block + 1)));
}

function needMoments(moments: number, parts: number, name: string): void {
  if (moments >= parts) return;
  fail("ml.too-few-rows", {
    message: `${name}: ${moments} bars cannot be cut into ${parts} parts`,
    hint: "Use more bars or fewer parts.",
    fields: { bars: moments, parts },
  });
}

function range(from: number, to: number): Uint32Array {
  return Uint32Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
}

function binomial(n: number, k: number): number {
  let count = 1;
  for (let i = 1; i <= k; i++) count = (count * (n - k + i)) / i;
  return count;
}

/** All ascending choices of k out of 0..n-1, in order. */
function choose(n: number, k: number, from = 0): number[][] {
  if (k === 0) return [[]];
  const found: number[][] = [];
  for (let first = from; first <= n - k; first++)
    for (const rest of choose(n, k - 1, first + 1)) found.push([first, ...rest]);
  return found;
}
