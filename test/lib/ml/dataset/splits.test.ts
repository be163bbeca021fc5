import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isTickbookError } from "#core";
import { features, returns } from "#features";
import {
  combinatorialPurged,
  type Dataset,
  direction,
  makeDataset,
  purgedKFold,
  type Split,
  walkForward,
} from "#ml";
import { walkBars } from "../bars.ts";

const set = features({ ret: returns(1) });

/** Rows of one or several instruments, whose labels look `horizon` bars ahead. */
function datasetOf(length: number, horizon: number, instruments = 1): Dataset {
  const all = Array.from({ length: instruments }, (_, i) => walkBars(length, i + 1));
  return makeDataset({
    table: all.map((bars) => set.compute(bars)),
    labels: all.map((bars) => direction(bars, { horizon })),
  });
}

/** Every training label against every test label, one by one. */
function assertNoLeak({ time, labelEnd }: Dataset, { name, train, test: tested }: Split): void {
  const leaks: string[] = [];
  for (const a of train)
    for (const b of tested)
      if (labelEnd[a]! > time[b]! && labelEnd[b]! > time[a]!) leaks.push(`${name}: row ${a} against ${b}`);
  expect(leaks).toEqual([]);
}

/** Training rows stand apart from what was tested before them by the embargo. */
function assertEmbargo({ time, labelEnd }: Dataset, { train, test: tested }: Split, embargo: number): void {
  const moments = [...new Set(time)];
  const tooClose = train.filter((a) => {
    const ended = tested.filter((b) => labelEnd[b]! <= time[a]!);
    const end = ended.reduce((latest, b) => Math.max(latest, labelEnd[b]!), Number.NEGATIVE_INFINITY);
    return (
      ended.length > 0 && moments.filter((moment) => moment >= end && moment < time[a]!).length < embargo
    );
  });
  expect([...tooClose]).toEqual([]);
}

const shapes = [
  fc.integer({ min: 60, max: 140 }),
  fc.integer({ min: 1, max: 6 }),
  fc.integer({ min: 1, max: 2 }),
  fc.integer({ min: 0, max: 5 }),
] as const;

describe("purgedKFold", () => {
  test("tests every row once, and learns from no label that overlaps a test label or the embargo", () => {
    return fc.assert(
      fc.property(
        ...shapes,
        fc.integer({ min: 2, max: 6 }),
        (length, horizon, instruments, embargo, folds) => {
          const dataset = datasetOf(length, horizon, instruments);
          const splits = purgedKFold(dataset, { folds, embargo });
          expect(splits.flatMap((split) => [...split.test]).sort((a, b) => a - b)).toEqual([
            ...Array(dataset.length).keys(),
          ]);
          for (const split of splits) {
            assertNoLeak(dataset, split);
            assertEmbargo(dataset, split, embargo);
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  test("leaves out no more than it must: exactly the rows next to the test block", () => {
    const dataset = datasetOf(101, 4);
    const [, split] = purgedKFold(dataset, { folds: 5, embargo: 3 });
    // Rows are bars 1 to 96. Test: rows 19 to 37; labels of 15 to 18 reach into them; the last test label (row 37)
    // ends with bar 37 + 4 of the rows, so rows 38 to 41 overlap, and three more are embargoed.
    expect([...split!.test]).toEqual(Array.from({ length: 19 }, (_, i) => 19 + i));
    const kept = new Set(split!.train);
    const left = [...Array(dataset.length).keys()].filter((row) => !kept.has(row));
    expect(left).toEqual(Array.from({ length: 30 }, (_, i) => 15 + i));
  });
});

describe("walkForward", () => {
  test("learns from the past only, and tests what follows without a hole", () => {
    return fc.assert(
      fc.property(
        ...shapes,
        fc.constantFrom("anchored", "rolling"),
        (length, horizon, instruments, gap, mode) => {
          const dataset = datasetOf(length, horizon, instruments);
          const splits = walkForward(dataset, { folds: 4, firstTrain: 0.4, mode, gap });
          const tested = splits.flatMap((split) => [...split.test]);
          expect(tested).toEqual(tested.map((_, i) => tested[0]! + i));
          expect(tested.at(-1)).toBe(dataset.length - 1);
          const lengths = splits.map(({ train }) => new Set(train.map((row) => dataset.time[row]!)).size);
          for (const split of splits) {
            assertNoLeak(dataset, split);
            expect(dataset.time[split.train.at(-1)!]!).toBeLessThan(dataset.time[split.test[0]!]!);
          }
          if (mode === "rolling") expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThanOrEqual(1);
          else expect(splits.every(({ train }) => train[0] === 0)).toBe(true);
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe("combinatorialPurged", () => {
  test("makes every choice of blocks, and paths that take each block once from splits of their own", () => {
    const dataset = datasetOf(120, 3);
    const { splits, blocks, paths } = combinatorialPurged(dataset, { groups: 6, tests: 2, embargo: 2 });
    expect(splits).toHaveLength(15);
    expect(paths).toHaveLength(5);
    expect(blocks.flatMap((rows) => [...rows])).toEqual([...Array(dataset.length).keys()]);
    for (const split of splits) {
      assertNoLeak(dataset, split);
      assertEmbargo(dataset, split, 2);
    }
    const used = new Set<string>();
    for (const path of paths) {
      expect(path).toHaveLength(6);
      path.forEach((s, block) => {
        expect([...splits[s]!.test]).toEqual(expect.arrayContaining([...blocks[block]!]));
        used.add(`${block}/${s}`);
      });
    }
    expect(used.size).toBe(30);
  });
});

test("splits that cannot be are refused", () => {
  const dataset = datasetOf(40, 3);
  const codes = [
    () => purgedKFold(dataset, { folds: 1 }),
    () => purgedKFold(dataset, { folds: 500 }),
    () => purgedKFold(dataset, { folds: 2, embargo: -1 }),
    () => purgedKFold(datasetOf(12, 8), { folds: 3 }),
    () => walkForward(dataset, { folds: 3, firstTrain: 1 }),
    () => combinatorialPurged(dataset, { groups: 6, tests: 6 }),
    () => combinatorialPurged(dataset, { groups: 30, tests: 15 }),
  ].map((run) => {
    try {
      run();
    } catch (error) {
      if (isTickbookError(error)) return error.code;
    }
    return "no error";
  });
  expect(codes).toEqual([
    "ml.bad-option",
    "ml.too-few-rows",
    "ml.bad-option",
    "ml.too-few-rows",
    "ml.bad-option",
    "ml.bad-option",
    "ml.bad-option",
  ]);
});
