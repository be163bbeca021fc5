import { describe, expect, test } from "vitest";
import { createRng } from "#core";
import { baselineOf, compareModels, driftOf, impliedPositions, score, scoreValues } from "#ml";
import {
  aucOf,
  brier,
  correlation,
  logLoss,
  mcc,
  pinball,
  r2,
  ranksOf,
} from "../../../../lib/ml/dataset/metrics.ts";

const rows = Array.from({ length: 300 }, (_, i) => i);
const p = Float64Array.from(
  rows,
  (i) => Math.round(100 * (0.5 + 0.4 * Math.sin(i * 1.7) * Math.cos(i * 0.3))) / 100,
);
const y = Float64Array.from(rows, (i) => Number(p[i]! - 0.5 + 0.3 * Math.sin(i * 0.9) > 0.05));
const r = Float64Array.from(rows, (i) => 0.01 * (p[i]! - 0.5) + 0.004 * Math.cos(i * 2.3));
const w = Float64Array.from(rows, (i) => 1 + (i % 3));

const DAY = 864e5;

function datasetOf(length: number, target: Float64Array, returns: Float64Array, weight?: Float64Array) {
  const time = Float64Array.from({ length }, (_, i) => i * DAY);
  return {
    length,
    target,
    returns,
    weight: weight ?? new Float64Array(length).fill(1),
    time,
    timeframeMs: DAY,
    labelEnd: time.map((start) => start + 2 * DAY),
    kind: "class" as const,
    classes: 2,
  };
}

describe("metrics", () => {
  // numpy 2.4 and scipy 1.17 over the same rows, weights by repeating rows: mannwhitneyu, corrcoef, spearmanr.
  test("are those of numpy and scipy, weighted too", () => {
    expect(aucOf(p)(y)).toBeCloseTo(0.8420138888888888, 12);
    expect(aucOf(p)(y, w)).toBeCloseTo(0.8538337133166365, 12);
    expect(brier(p, y, w)).toBeCloseTo(0.17106183333333333, 12);
    expect(logLoss(p, y, w)).toBeCloseTo(0.5195365431882467, 12);
    const given = p.map((each) => Number(each >= 0.5));
    expect(mcc(given, y, w)).toBeCloseTo(0.5227314181723081, 12);
    expect(correlation(p, r, w)).toBeCloseTo(0.5661478143856774, 12);
    expect(r2(p, y, w)).toBeCloseTo(0.3083675692673997, 12);
    expect(correlation(ranksOf(p), ranksOf(r))).toBeCloseTo(0.5338954184598177, 12);
    expect(pinball(p, y, 0.3)).toBeCloseTo(0.20465333333333333, 12);
    const classes = Float64Array.from(rows, (i) => i % 3);
    const guesses = Float64Array.from(rows, (i) => (i % 2 === 0 ? i % 3 : (i * 7 + Math.floor(i / 5)) % 3));
    expect(mcc(guesses, classes)).toBeCloseTo(0.5025189076296059, 12);
  });
});

describe("score", () => {
  test("leaves rows without a prediction out, and gives intervals around the value", () => {
    const dataset = datasetOf(300, y, r, w);
    const holed = p.map((each, i) => (i % 10 === 0 ? Number.NaN : each));
    const {
      rows: count,
      metrics,
      calibration,
    } = score({
      dataset,
      predictions: [holed],
      outputs: ["probability"],
    });
    expect(count).toBe(270);
    for (const [name, { value, low, high }] of Object.entries(metrics)) {
      expect(low, name).toBeLessThanOrEqual(value);
      expect(high, name).toBeGreaterThanOrEqual(value);
    }
    expect(calibration.reduce((sum, bin) => sum + bin.rows, 0)).toBe(
      w.filter((_, i) => i % 10 !== 0).reduce((a, b) => a + b, 0),
    );
  });

  test("a 90 % interval of the AUC holds the truth in about 90 % of samples", () => {
    // Normal scores one deviation apart: the true AUC is Phi(1 / sqrt 2).
    const truth = 0.7602499389065233;
    const rng = createRng(11);
    let held = 0;
    for (let sample = 0; sample < 150; sample++) {
      const target = Float64Array.from({ length: 200 }, () => Number(rng.next() < 0.5));
      const chances = target.map((one) => 1 / (1 + Math.exp(-(rng.nextNormal() + one))));
      const dataset = datasetOf(
        200,
        target,
        target.map((one) => one - 0.5),
      );
      const options = { confidence: 0.9, resamples: 120, block: 1, seed: sample };
      const { auc } = score({ dataset, predictions: [chances], outputs: ["probability"] }, options).metrics;
      if (auc!.low <= truth && truth <= auc!.high) held++;
    }
    expect(held / 150).toBeGreaterThan(0.8);
    expect(held / 150).toBeLessThan(0.97);
  });

  test("implied positions earn what they would: a perfect forecast is never wrong", () => {
    const dataset = datasetOf(300, y, r);
    const perfect = r.map((each) => (each > 0 ? 1 : 0));
    const values = scoreValues({ dataset, predictions: [perfect], outputs: ["probability"] });
    expect(values.hitRate).toBe(1);
    expect(values.sharpe).toBeGreaterThan(0);
    const wrong = scoreValues({
      dataset,
      predictions: [perfect.map((each) => 1 - each)],
      outputs: ["probability"],
    });
    expect(wrong.hitRate).toBe(0);
    expect(wrong.sharpe).toBeCloseTo(-values.sharpe!, 10);
    const three = impliedPositions(
      [Float64Array.of(1, 0, 0.2), Float64Array.of(0, 0, 0.6), Float64Array.of(0, 1, 0.2)],
      ["p0", "p1", "p2"],
    );
    expect([...three]).toEqual([-1, 1, 0]);
  });
});

describe("the Sharpe ratio", () => {
  test("of labels of one bar is the daily one over a year of 365.25 days, of h bars that of a year over h", () => {
    const always = { predictions: [new Float64Array(300).fill(1)], outputs: ["probability"] };
    const mean = r.reduce((sum, each) => sum + each / 300, 0);
    const deviation = Math.sqrt(r.reduce((sum, each) => sum + (each - mean) ** 2 / 300, 0));
    for (const h of [1, 5]) {
      const dataset = datasetOf(300, y, r);
      const labelEnd = dataset.time.map((start) => start + (h + 1) * DAY);
      const { sharpe } = scoreValues({ ...always, dataset: { ...dataset, labelEnd } });
      expect(sharpe).toBeCloseTo((mean / deviation) * Math.sqrt(365.25 / h), 10);
    }
  });

  test("what never moves has no correlation, and no Sharpe ratio", () => {
    const constant = new Float64Array(300).fill(0.1);
    expect(correlation(constant, r)).toBeNaN();
    const dataset = datasetOf(300, y, constant);
    const { sharpe } = scoreValues({ dataset, predictions: [constant], outputs: ["probability"] });
    expect(Number.isFinite(sharpe)).toBe(false);
  });

  test.each([
    { block: 0 },
    { block: Number.NaN },
    { resamples: -1 },
    { confidence: 2 },
    { seed: 0.5 },
    { blocks: 3 },
  ])("options that would never end or say nothing are refused: %j", (options) => {
    const scored = { dataset: datasetOf(300, y, r), predictions: [p], outputs: ["probability"] };
    expect(() => score(scored, options as never)).toThrow(expect.objectContaining({ code: "ml.bad-option" }));
  });
});

describe("compareModels", () => {
  const dataset = { ...datasetOf(300, y, r) } as Parameters<typeof compareModels>[0];
  const outputs = ["probability"];

  test("a model is as good as itself, and better than a coin", () => {
    const self = { predictions: [p], outputs };
    const same = compareModels(dataset, self, self, { metric: "logLoss" });
    expect(same.gain).toEqual({ value: 0, low: 0, high: 0 });
    const coin = { predictions: [new Float64Array(300).fill(0.5)], outputs };
    const better = compareModels(dataset, coin, self, { metric: "logLoss" });
    expect(better.gain.low).toBeGreaterThan(0);
    expect(better.chance).toBe(1);
    expect(compareModels(dataset, self, coin, { metric: "auc" }).gain.high).toBeLessThan(0);
  });
});

describe("drift", () => {
  const a = Float64Array.from({ length: 1000 }, (_, i) => Math.sin(i * 0.37) + (0.1 * i) / 1000);
  const b = Float64Array.from({ length: 400 }, (_, i) => 0.3 + 1.2 * Math.sin(i * 0.71));
  const [x] = driftOf(baselineOf([a, a]), ["x"], [b, b]);

  test("is that of scipy and numpy, as far as percentiles tell", () => {
    // scipy.stats.ks_2samp(a, b, method="asymp") and PSI over numpy.quantile's deciles.
    expect(x!.ks).toBeLessThanOrEqual(0.271);
    expect(x!.ks).toBeGreaterThan(0.261);
    expect(x!.pValue).toBeGreaterThan(4.8e-19);
    expect(x!.pValue).toBeLessThan(1e-16);
    expect(x!.psi).toBeCloseTo(0.3423933665513188, 2);
  });

  test("raises no alarm over hundreds of thousands of rows of the same distribution, ties or none", () => {
    const rng = createRng(5);
    const draw = (value: () => number) => Float64Array.from({ length: 300_000 }, value);
    for (const value of [() => rng.nextNormal(), () => Number(rng.next() < 0.305), () => rng.nextInt(7)]) {
      const [same] = driftOf(baselineOf([draw(value)]), ["x"], [draw(value)]);
      expect(same!.pValue).toBeGreaterThan(1e-3);
      const [moved] = driftOf(baselineOf([draw(value)]), ["x"], [draw(() => value() + 1)]);
      expect(moved!.pValue).toBeLessThan(1e-9);
    }
  });

  test("says nothing of the same rows, and sees missing values, ties and kinds that are gone", () => {
    const ties = a.map((value) => Math.round(value));
    const [same, tied, prediction] = driftOf(baselineOf([a, ties, a]), ["a", "ties"], [a, ties, a]);
    for (const one of [same!, tied!, prediction!]) {
      expect(one.psi).toBeLessThan(0.001);
      expect(one.ks).toBeLessThan(0.011);
      expect(one.pValue).toBeGreaterThan(0.99);
    }
    expect(prediction!.name).toBe("prediction");
    const holed = a.map((value, i) => (i % 4 === 0 ? Number.NaN : value));
    const [missing] = driftOf(baselineOf([a]), ["a"], [holed]);
    expect(missing).toMatchObject({ missing: 0.25 });
    expect(missing!.psi).toBeGreaterThan(1);
    expect(missing!.ks).toBeLessThan(0.02);
    const [gone] = driftOf(baselineOf([ties]), ["ties"], [ties.map(() => 0)]);
    expect(gone!.psi).toBeGreaterThan(1);
    const [none] = driftOf(baselineOf([a]), ["a"], [new Float64Array(0)]);
    expect(none).toMatchObject({ rows: 0, psi: NaN, ks: NaN });
  });
});
