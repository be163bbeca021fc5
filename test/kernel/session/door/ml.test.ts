/** Machine learning as a notebook has it: rows, models, validation, export, registry, challenge, drift. */
import { tmpdir } from "node:os";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createRng, decodeValue, encodeValue, isTickbookError, silentProgress } from "#core";
import { features, returns, rsi, volatility } from "#features";
import { direction, forwardReturn, mlp, purgedKFold, trees, uniqueness, walkForward } from "#ml";
import { type Bars, sliceBars } from "#model";
import { dataset } from "../../../../kernel/session/door/ml/dataset.ts";
import { exportOnnx } from "../../../../kernel/session/door/ml/export.ts";
import {
  challenge,
  drift,
  listModels,
  model,
  registerModel,
  stageModel,
} from "../../../../kernel/session/door/ml/models.ts";
import { train } from "../../../../kernel/session/door/ml/train.ts";
import { crossValidate, icDecay, importance } from "../../../../kernel/session/door/ml/validate.ts";
import { type RunFact, registerSession } from "../../../../kernel/session/ports.ts";
import { walkBars } from "../../../lib/ml/bars.ts";
import { temporaryFolder } from "../../../temporary-folder.ts";

/** A market that turns back: a fall is followed by a rise more often than not, so that there is something to learn. */
function turningBars(length: number, seed: number): Bars {
  const rng = createRng(seed);
  const bars = walkBars(length, seed);
  const close = new Float64Array(length);
  let [price, change] = [100, 0];
  for (let i = 0; i < length; i++) {
    change = -0.5 * change + 0.01 * rng.nextNormal();
    price *= Math.exp(change);
    close[i] = price;
  }
  const high = close.map((value) => value * 1.002);
  return { ...bars, open: close, high, low: close.map((value) => value * 0.998), close };
}

const set = features({ day: returns(1), two: returns(2), strength: rsi(5), vol: volatility(10) });
const bars = turningBars(1500, 3);
const table = set.compute(bars);
const labels = direction(bars, { horizon: 1 });
const day = (i: number) => bars.time[i]!;
const boosted = trees({ rounds: 40, maxDepth: 3, learningRate: 0.1 });

let facts: RunFact[] = [];
let home = "";

/** A session of a plain script. */
function open(folder: string): void {
  facts = [];
  home = folder;
  registerSession({
    root: home,
    home,
    display: () => {},
    startProgress: silentProgress,
    record: (fact) => facts.push(fact),
  });
}

async function codeOf(run: () => Promise<unknown>): Promise<string> {
  try {
    await run();
  } catch (error) {
    if (isTickbookError(error)) return error.code;
    throw error;
  }
  return "no error";
}

describe("from rows to a validated model", () => {
  beforeEach(() => open(temporaryFolder()));

  test("rows show their label over time; training is recorded for the report", async () => {
    const rows = dataset({ features: table, labels, weights: uniqueness(labels) });
    expect(rows.plot().data).toHaveLength(2);
    const boostedModel = await train({ dataset: rows, model: boosted });
    const net = await train({ features: table, labels, model: mlp({ hidden: [4] }), epochs: 2 });
    expect(net.plot().layout).toMatchObject({ xaxis: { title: { text: "epoch" } } });
    expect(boostedModel.plot().layout).toMatchObject({ xaxis: { title: { text: "round" } } });
    expect(facts.map(({ kind, value }) => [kind, (value as { step: string }).step])).toEqual([
      ["training", "round"],
      ["training", "epoch"],
    ]);
    expect(boostedModel.report.metrics.validation!.auc).toBeGreaterThan(0.6);
  });

  test("options that do not exist, or belong to the other kind of model, are refused by name", async () => {
    const rows = dataset({ features: table, labels });
    expect(await codeOf(() => train({ dataset: rows, model: boosted, hidden: [8] } as never))).toBe(
      "ml.bad-option",
    );
    expect(await codeOf(() => train({ dataset: rows, model: boosted, epochs: 3 } as never))).toBe(
      "ml.bad-option",
    );
    expect(await codeOf(() => train({ dataset: rows, model: { kind: "tree" } } as never))).toBe(
      "ml.bad-option",
    );
  });

  test("a range beside a dataset, a misspelt range and a shared validation are refused: they would leak", async () => {
    const rows = dataset({ features: table, labels });
    const splits = purgedKFold(rows, { folds: 3 });
    for (const request of [
      () => train({ dataset: rows, model: boosted, to: day(700) } as never),
      () => train({ dataset: rows, window: 32 } as never),
      () => train({ dataset: null } as never),
      () => train({ dataset: table, model: boosted } as never),
      () => train({ features: table, labels, too: day(700) } as never),
      async () => dataset({ features: table, labels, untill: day(700) } as never),
      async () => dataset({ features: undefined, labels } as never),
      async () => dataset({ features: table, labels: undefined } as never),
      async () => dataset({ features: "rsi", labels } as never),
      () => crossValidate({ dataset: rows, splits, model: boosted, validation: rows } as never),
      async () => purgedKFold(rows, { folds: 3, embargoBars: 5 } as never),
      async () => icDecay([1, 2, 3] as never, bars),
    ])
      expect(await codeOf(request)).toBe("ml.bad-option");
  });

  test("cross-validation finds the turning, names the feature that tells it, and says how long it holds", async () => {
    const rows = dataset({ features: table, labels });
    const result = await crossValidate({
      dataset: rows,
      splits: purgedKFold(rows, { folds: 4, embargo: 2 }),
      model: boosted,
    });
    expect(result.folds).toHaveLength(4);
    expect(result.predictions[0]!.every(Number.isFinite)).toBe(true);
    const { auc } = result.scores.metrics;
    expect(auc!.low).toBeGreaterThan(0.55);
    for (const what of ["implied", "splits", "calibration"] as const)
      expect(result.plot(what).data.length).toBeGreaterThan(0);
    for (const method of ["permutation", "gain", "shap"] as const) {
      const found = await importance(result, { method });
      expect(["day", "two", "strength"], method).toContain(found.features[0]!.name);
      expect(found.plot().data.length).toBeGreaterThan(0);
    }
    const { points } = icDecay(result, bars, { lags: [1, 10] });
    expect(points[0]!.rankIc.low).toBeGreaterThan(0.1);
    expect(points[1]!.rankIc.value).toBeLessThan(points[0]!.rankIc.value);
    expect(await codeOf(async () => result.plot("scores" as never))).toBe("ml.bad-option");
  });

  test("nothing is found where there is nothing: the interval holds one half", async () => {
    const noise = walkBars(1200, 9);
    const rows = dataset({ features: set.compute(noise), labels: direction(noise, { horizon: 1 }) });
    const result = await crossValidate({
      dataset: rows,
      splits: walkForward(rows, { folds: 4 }),
      model: boosted,
    });
    const { auc } = result.scores.metrics;
    expect(auc!.low).toBeLessThan(0.5);
    expect(auc!.high).toBeGreaterThan(0.5);
    expect(Number.isNaN(result.predictions[0]![0])).toBe(true);
  });

  test("gain and SHAP need trees; calibration needs chances", async () => {
    const real = dataset({ features: table, labels: forwardReturn(bars, { horizon: 1 }) });
    const result = await crossValidate({
      dataset: real,
      splits: walkForward(real, { folds: 2 }),
      model: mlp({ hidden: [3] }),
      epochs: 2,
    });
    expect(await codeOf(() => importance(result, { method: "shap" }))).toBe("ml.bad-option");
    expect(await codeOf(async () => result.plot("calibration"))).toBe("ml.bad-option");
    expect(Object.keys(result.scores.metrics)).toEqual(expect.arrayContaining(["rmse", "ic", "sharpe"]));
  });
});

describe("what leaves research", () => {
  beforeEach(() => open(temporaryFolder()));

  test("the export of every objective can be frozen, and shows itself", async () => {
    const real = dataset({ features: table, labels: forwardReturn(bars, { horizon: 1 }) });
    const classes = dataset({ features: table, labels });
    for (const request of [
      { dataset: real, model: trees({ rounds: 5 }) },
      { dataset: real, model: trees({ rounds: 5, objective: "quantile", quantile: 0.9 }) },
      { dataset: real, model: mlp({ hidden: [3] }), epochs: 1 },
      { dataset: classes, model: mlp({ hidden: [3] }), epochs: 1 },
    ]) {
      const exported = await exportOnnx(await train(request as never), { features: set });
      const back = decodeValue(encodeValue(exported, "model")) as typeof exported;
      expect(back.hash).toBe(exported.hash);
      expect(exported.plot().data).toHaveLength(1);
    }
  });

  test("a model predicts tables, datasets and columns alike", async () => {
    const rows = dataset({ features: table, labels });
    const model = await train({ dataset: rows, model: trees({ rounds: 5 }) });
    const [whole] = await model.predict(table);
    expect(await model.predict(table.columns)).toEqual([whole]);
    const [own] = await model.predict(rows);
    expect([...own!]).toEqual(Array.from(rows.place, (place) => whole![place]));
    expect(await codeOf(() => model.predict("rows" as never))).toBe("ml.bad-option");
  });

  test("what would be passed over is refused: windows of trees, splits of other rows, methods, labels, stages", async () => {
    const rows = dataset({ features: table, labels });
    const windows = dataset({ features: table, labels, window: 5 });
    expect(await codeOf(() => train({ dataset: windows, model: boosted }))).toBe("ml.bad-option");
    const others = purgedKFold(dataset({ features: table, labels, from: day(200) }), { folds: 3 });
    expect(await codeOf(() => crossValidate({ dataset: rows, splits: others, model: boosted }))).toBe(
      "ml.bad-option",
    );
    const result = await crossValidate({
      dataset: rows,
      splits: walkForward(rows, { folds: 2 }),
      model: trees({ rounds: 3 }),
    });
    expect(await codeOf(() => importance(result, { method: "shapley" as never }))).toBe("ml.bad-option");
    const exported = await exportOnnx(await train({ dataset: rows, model: trees({ rounds: 3 }) }), {
      features: set,
    });
    expect(await codeOf(() => registerModel("turn", exported, { stage: "Champion" }))).toBe("ml.bad-option");
    const real = dataset({ features: table, labels: forwardReturn(bars, { horizon: 1 }) });
    expect(await codeOf(() => challenge({ name: "turn", challenger: exported, dataset: real }))).toBe(
      "ml.bad-option",
    );
  });
});

describe("the life of a model", () => {
  let first: Awaited<ReturnType<typeof exportOnnx>>;
  let second: typeof first;
  let blind: typeof first;
  const all = dataset({ features: table, labels });

  beforeAll(async () => {
    open(tmpdir());
    const exported = async (request: Parameters<typeof train>[0]) =>
      exportOnnx(await train(request as never), { features: set });
    const early = dataset({ features: table, labels, to: day(700) });
    const later = dataset({ features: table, labels, to: day(1000) });
    const noise = { ...labels, values: labels.values.map((y, i) => (Number.isNaN(y) ? y : (i * 7919) % 2)) };
    first = await exported({ dataset: early, model: trees({ rounds: 3, learningRate: 0.05 }) } as never);
    second = await exported({ dataset: later, model: boosted } as never);
    blind = await exported({
      dataset: dataset({ features: table, labels: noise, to: day(1000) }),
      model: trees({ rounds: 30, learningRate: 0.5 }),
      validation: 0,
    } as never);
  }, 60_000);
  beforeEach(() => open(temporaryFolder()));

  test("versions count up, keep what they came from, and come back byte for byte", async () => {
    const one = await registerModel("turn", first, { note: "by hand", stage: "champion" });
    await registerModel("turn", second, { metrics: { mine: 1 }, parameters: { rounds: 40 } });
    expect(one).toMatchObject({ version: 1, stages: ["champion"], note: "by hand" });
    const [newest] = await listModels("turn");
    expect(newest).toMatchObject({
      version: 2,
      metrics: { mine: 1 },
      lineage: { label: "direction(1)", parameters: { rounds: 40 } },
    });
    expect(newest!.parity!.maxError).toBeLessThanOrEqual(1e-6);
    const back = await model("turn", "champion");
    expect(Buffer.from(back.bytes)).toEqual(Buffer.from(first.bytes));
    await stageModel("turn", "champion", 2, "newer");
    expect((await model("turn", "champion")).hash).toBe(second.hash);
    expect(await codeOf(() => model("turm"))).toBe("ml.unknown-model");
  });

  test("a challenger becomes champion where there is none, when the gates pass, and not otherwise", async () => {
    const meet = (challenger: typeof first, gates?: object) =>
      challenge({ name: "turn", challenger, dataset: all, ...(gates ? { gates } : {}) });
    expect((await meet(first)).outcome).toBe("first");
    expect((await meet(first)).outcome).toBe("kept");
    const proposed = await meet(second);
    expect(proposed.outcome).toBe("proposed");
    expect(proposed.challenger.stages).toEqual(["challenger"]);
    expect(proposed.comparison!.gain.low).toBeGreaterThan(0);
    expect((await meet(second, { gain: 10 })).outcome).toBe("kept");
    expect((await meet(second, {})).outcome).toBe("promoted");
    expect((await model("turn", "champion")).hash).toBe(second.hash);
    const worse = await meet(blind, {});
    expect([worse.outcome, worse.comparison!.gain.value < 0]).toEqual(["kept", true]);
    expect((await model("turn", "champion")).hash).toBe(second.hash);
  });

  test("rows that either has learnt from do not count", async () => {
    await challenge({ name: "turn", challenger: first, dataset: all });
    const known = dataset({ features: table, labels, to: day(1050) });
    expect(await codeOf(() => challenge({ name: "turn", challenger: second, dataset: known }))).toBe(
      "ml.too-few-rows",
    );
    expect(await listModels("turn")).toHaveLength(1);
  });

  test("rows whose outcome either has learnt from in part do not count", async () => {
    await challenge({ name: "turn", challenger: first, dataset: all });
    const { comparison } = await challenge({ name: "turn", challenger: second, dataset: all });
    // The last label ends when its day and the next are over.
    const free = second.origin.to + 2 * 864e5;
    expect(comparison!.rows).toBe(all.time.filter((at) => at >= free).length);
  });

  test("a feature of the same name and other parameters is not the model's", async () => {
    const other = features({ day: returns(1), two: returns(2), strength: rsi(6), vol: volatility(10) });
    expect(await codeOf(() => drift(second, other.compute(bars)))).toBe("ml.contract-mismatch");
    await challenge({ name: "turn", challenger: first, dataset: all });
    const rows = dataset({ features: other.compute(bars), labels });
    expect(await codeOf(() => challenge({ name: "turn", challenger: second, dataset: rows }))).toBe(
      "ml.contract-mismatch",
    );
  });

  test("what is no export is not kept, and options that do not exist are refused", async () => {
    for (const given of [undefined, null, "model", Promise.resolve(first), { ...first, origin: undefined }])
      expect(await codeOf(() => registerModel("turn", given as never))).toBe("ml.bad-option");
    expect(await codeOf(() => registerModel("turn", first, { stages: "champion" } as never))).toBe(
      "ml.bad-option",
    );
    expect(await codeOf(() => registerModel("a/b", first))).toBe("ml.bad-option");
    const gates = { gian: 1 } as never;
    expect(await codeOf(() => challenge({ name: "turn", challenger: first, dataset: all, gates }))).toBe(
      "ml.bad-option",
    );
    expect(await listModels()).toEqual([]);
  });

  test("warm-up is no drift", async () => {
    const { features: found } = await drift(second, set.compute(sliceBars(bars, 200, 420)));
    expect(found.every(({ missing, rows }) => missing === 0 && rows < 220)).toBe(true);
  });

  test("drift is small on rows like those of training, and large on others", async () => {
    const same = await drift(second, set.compute(sliceBars(bars, 0, 1000)));
    expect(Math.max(...same.features.map(({ psi }) => psi))).toBeLessThan(0.1);
    expect(same.features.map(({ name }) => name)).toEqual([...set.names, "prediction"]);
    const wild = { ...bars, close: bars.close.map((price, i) => price * (i % 2 ? 1.5 : 1)) };
    const other = await drift(
      second,
      set.compute({ ...wild, open: wild.close, high: wild.close, low: wild.close }),
    );
    expect(other.features.find(({ name }) => name === "vol")!.psi).toBeGreaterThan(0.25);
    expect(other.plot().data).toHaveLength(1);
  });
});
