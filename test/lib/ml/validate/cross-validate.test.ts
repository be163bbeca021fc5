/** What cross-validation itself promises, whatever model it trains. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  combinatorialPurged,
  crossValidate,
  type Dataset,
  direction,
  makeDataset,
  purgedKFold,
  type Split,
  type TrainedModel,
  walkForward,
} from "#ml";
import { walkBars } from "../bars.ts";

const bars = walkBars(240, 5);
const table = {
  names: ["day"],
  ids: ["test.day()@1"],
  length: 240,
  time: bars.time,
  columns: [bars.close.map((close, i) => (i === 0 ? Number.NaN : close / bars.close[i - 1]! - 1))],
} as unknown as Parameters<typeof makeDataset>[0]["table"];
const rowsOf = (horizon: number) => makeDataset({ table, labels: direction(bars, { horizon }) });
const rows = rowsOf(1);

/** Predicts the share of ones that it was shown. */
async function trainMean(part: Dataset): Promise<TrainedModel> {
  const share = part.target.reduce((sum, one) => sum + one / part.length, 0);
  return {
    names: part.names,
    ids: part.ids,
    window: 1,
    scaling: { mean: new Float64Array(1), scale: new Float64Array(1), fill: new Float64Array(1) },
    required: [true],
    outputs: ["probability"],
    sample: [],
    origin: { label: "", dataHash: "", seed: 1, library: "", from: 0, to: 0, metrics: {} },
    predict: async ([column]) => [column!.map(() => share)],
  };
}

const refusal = (splits: unknown, more: object = {}) =>
  crossValidate({ dataset: rows, splits: splits as Split[], train: trainMean, ...more }).then(
    () => "no error",
    (error: { code?: string }) => error.code ?? String(error),
  );

describe("crossValidate", () => {
  test("takes all splits that are made here, whatever the labels", () => {
    return fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 2, max: 5 }),
        fc.integer({ min: 0, max: 9 }),
        async (horizon, folds, embargo) => {
          const dataset = rowsOf(horizon);
          for (const splits of [
            walkForward(dataset, { folds, gap: embargo }),
            purgedKFold(dataset, { folds, embargo }),
            combinatorialPurged(dataset, { groups: folds + 1, tests: 2, embargo }),
          ])
            await crossValidate({ dataset, splits, train: trainMean, scores: { resamples: 0 } });
        },
      ),
      { numRuns: 15 },
    );
  });

  test("refuses splits whose training labels look into test rows, or that are of other rows", async () => {
    const long = rowsOf(20);
    const splits = purgedKFold(rows, { folds: 4 });
    expect(await refusal(splits)).toBe("no error");
    // Made for labels of one bar, and used with labels of twenty.
    const short = splits.map((split) => ({
      ...split,
      train: split.train.filter((row) => row < long.length),
      test: split.test.filter((row) => row < long.length),
    }));
    expect(await refusal(short, { dataset: long })).toBe("ml.bad-option");
    const stray = [{ name: "stray", train: Uint32Array.of(0, 1), test: Uint32Array.of(500) }];
    expect(await refusal(stray)).toBe("ml.bad-option");
    const both = [{ name: "both", train: Uint32Array.of(5, 50), test: Uint32Array.of(50, 51) }];
    expect(await refusal(both)).toBe("ml.bad-option");
  });

  test.each([[undefined], [null], [[]], ["5"], [{ folds: 3 }], [[{}]]])(
    "refuses %j for splits",
    async (splits) => {
      expect(await refusal(splits)).toBe("ml.bad-option");
    },
  );

  test.each([0, Number.NaN, 1.5, "2"])("refuses %j trainings at a time", async (parallel) => {
    expect(await refusal(walkForward(rows, { folds: 3 }), { parallel })).toBe("ml.bad-option");
  });

  test("a training that fails ends it: no split is begun after it", async () => {
    let begun = 0;
    const train = async (part: Dataset) => {
      if (++begun === 1) throw new Error("no luck");
      await new Promise((resolve) => setTimeout(resolve, 20));
      return trainMean(part);
    };
    await expect(
      crossValidate({ dataset: rows, splits: walkForward(rows, { folds: 8 }), train }),
    ).rejects.toThrow("no luck");
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(begun).toBe(2);
  });

  test("a stop during the last training is a stop: half a model is no fold", async () => {
    const stop = new AbortController();
    let begun = 0;
    const train = (part: Dataset) => {
      if (++begun === 3) stop.abort();
      return trainMean(part);
    };
    const run = crossValidate({
      dataset: rows,
      splits: walkForward(rows, { folds: 3 }),
      train,
      parallel: 1,
      signal: stop.signal,
    });
    await expect(run).rejects.toMatchObject({ code: "ml.interrupted" });
  });
});
