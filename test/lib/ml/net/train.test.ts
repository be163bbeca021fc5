import * as tf from "@tensorflow/tfjs";
import { describe, expect, test } from "vitest";
import { createRng, isTickbookError, type Progress } from "#core";
import { type Dataset, logLoss, type TrainedNet, type TrainOptions, trainNet } from "#ml";

/** Two features, of which the first decides the class but for some noise. */
function learnable(rows: number, seed = 1): Dataset {
  const rng = createRng(seed);
  const a = Float64Array.from({ length: rows }, () => 50 + 10 * rng.nextNormal());
  const b = Float64Array.from({ length: rows }, () => rng.nextNormal());
  const time = a.map((_, i) => i * 864e5);
  return {
    names: ["a", "b"],
    ids: ["test.a()@1", "test.b()@1"],
    length: rows,
    columns: [a, b],
    target: a.map((x) => (x - 50 + 3 * rng.nextNormal() > 0 ? 1 : 0)),
    time,
    labelEnd: time.map((start) => start + 2 * 864e5),
    label: "direction(1)",
    kind: "class",
    dataHash: "00".repeat(32),
    dropped: { missing: 0, unlabelled: 0, purged: 0 },
  };
}

const quick = { dataset: learnable(400), epochs: 8, learningRate: 0.01 } satisfies TrainOptions;

async function codeOf(run: () => Promise<unknown>): Promise<string> {
  try {
    await run();
  } catch (error) {
    if (isTickbookError(error)) return error.code;
    throw error;
  }
  return "no error";
}

const numbersOf = (net: TrainedNet) => net.layers.flatMap(({ weights, bias }) => [...weights, ...bias]);

describe.each(["wasm", "cpu"] as const)("trainNet on %s", (backend) => {
  test("learns, reports, and leaves no tensor behind", async () => {
    await (await trainNet({ ...quick, backend, epochs: 1 })).predict(quick.dataset.columns);
    const before = tf.memory().numTensors;
    const net = await trainNet({ ...quick, backend });
    const p = await net.predict(quick.dataset.columns);
    expect(tf.memory().numTensors).toBe(before);

    const { report } = net;
    expect(report).toMatchObject({ backend, seed: 1, sizes: [2, 16, 16, 1], weights: 337, purged: 1 });
    expect(report.metrics.train.rows).toBe(319);
    expect(report.metrics.validation?.rows).toBe(80);
    expect(report.metrics.validation?.auc).toBeGreaterThan(0.85);
    expect(report.loss.train).toHaveLength(report.epochs);
    expect(report.loss.validation).toHaveLength(report.epochs);
    // The kept weights are those of the best epoch, and predict uses them.
    expect(report.loss.validation[report.bestEpoch - 1]).toBe(Math.min(...report.loss.validation));
    const { target } = quick.dataset;
    expect(logLoss(p.subarray(320), target.subarray(320))).toBe(Math.min(...report.loss.validation));
  });

  test("gives the same net for a seed, and another for another", async () => {
    const options = { ...quick, backend, dropout: 0.3, epochs: 3 };
    const first = await trainNet(options);
    const second = await trainNet(options);
    expect(numbersOf(second)).toEqual(numbersOf(first));
    expect(second.report).toEqual(first.report);
    expect(numbersOf(await trainNet({ ...options, seed: 2 }))).not.toEqual(numbersOf(first));
  });
});

describe("trainNet", () => {
  test("starts with the same weights on every backend and ends close", async () => {
    const [wasm, cpu] = [
      await trainNet({ ...quick, backend: "wasm" }),
      await trainNet({ ...quick, backend: "cpu" }),
    ];
    const others = numbersOf(cpu);
    numbersOf(wasm).forEach((weight, i) => {
      expect(weight).toBeCloseTo(others[i]!, 2);
    });
  });

  test("gives the same nets at the same time as one after the other", async () => {
    const options = (["wasm", "cpu"] as const).map((backend) => ({ ...quick, epochs: 3, backend }));
    const together = await Promise.all(options.map(trainNet));
    for (const [i, each] of options.entries()) {
      expect(numbersOf(together[i]!)).toEqual(numbersOf(await trainNet(each)));
    }
  });

  test("stops when the validation loss has not fallen for `patience` epochs", async () => {
    const dataset = learnable(300);
    const rng = createRng(9);
    const noise = { ...dataset, target: dataset.target.map(() => rng.nextInt(2)) };
    const { report } = await trainNet({ dataset: noise, epochs: 100, learningRate: 0.02, patience: 3 });
    expect(report.epochs).toBe(report.bestEpoch + 3);
    expect(report.epochs).toBeLessThan(100);
  });

  test("learns without validation rows and without hidden layers", async () => {
    const { report, layers } = await trainNet({ ...quick, validation: 0, hidden: [], learningRate: 0.1 });
    expect(report.metrics.validation).toBeUndefined();
    expect(report.loss.validation).toEqual([]);
    expect(report.bestEpoch).toBe(8);
    expect(report.metrics.train.auc).toBeGreaterThan(0.85);
    expect(layers.map(({ inputs, units }) => [inputs, units])).toEqual([[2, 1]]);
  });

  test("fits the scaler on the training rows alone", async () => {
    const dataset = learnable(400);
    const changed = {
      ...dataset,
      columns: dataset.columns.map((column) => column.map((x, i) => (i < 320 ? x : 99 * x))),
    };
    const { scaler } = await trainNet({ dataset, epochs: 1 });
    expect((await trainNet({ dataset: changed, epochs: 1 })).scaler).toEqual(scaler);
  });

  test("predicts NaN for a row that is not finite, and the others as before", async () => {
    const net = await trainNet({ ...quick, epochs: 1 });
    const columns = [Float64Array.of(50, NaN, 50, 51), Float64Array.of(0, 0, Infinity, 1)];
    const p = await net.predict(columns);
    expect([...p].map(Number.isNaN)).toEqual([false, true, true, false]);
    const clean = await net.predict([Float64Array.of(50, 51), Float64Array.of(0, 1)]);
    expect([p[0], p[3]]).toEqual([...clean]);
    expect(await net.predict([new Float64Array(0), new Float64Array(0)])).toEqual(new Float64Array(0));
  });

  test("gives tfjs its backend back", async () => {
    await tf.setBackend("cpu");
    await trainNet({ ...quick, epochs: 1, backend: "wasm" });
    expect(tf.getBackend()).toBe("cpu");
  });

  test("tells the progress, and ends it also after an error", async () => {
    const seen: number[] = [];
    let ends = 0;
    const progress: Progress = { update: (done) => seen.push(done), end: () => ends++ };
    await trainNet({ ...quick, epochs: 3, startProgress: () => progress });
    expect([seen, ends]).toEqual([[1, 2, 3], 1]);
    const failing = trainNet({
      ...quick,
      startProgress: () => ({ ...progress, update: () => expect.fail("stop") }),
    });
    await expect(failing).rejects.toThrow("stop");
    expect(ends).toBe(2);
  });

  test("refuses what it cannot learn from", async () => {
    const { dataset } = quick;
    const oneClass = { ...dataset, target: dataset.target.map(() => 1) };
    expect(await codeOf(() => trainNet({ dataset: oneClass }))).toBe("ml.bad-target");
    const lastOnly = { ...dataset, target: dataset.target.map((_, i) => (i < 320 ? 0 : 1)) };
    expect(await codeOf(() => trainNet({ dataset: lastOnly }))).toBe("ml.bad-target");
    expect(await codeOf(() => trainNet({ dataset: { ...dataset, kind: "real" } }))).toBe("ml.bad-target");
    const late = { ...dataset, labelEnd: dataset.time.map(() => Infinity) };
    expect(await codeOf(() => trainNet({ dataset: late }))).toBe("ml.empty-dataset");
    const net = await trainNet({ ...quick, epochs: 1 });
    expect(await codeOf(() => net.predict([new Float64Array(1)]))).toBe("ml.ragged-rows");
    expect(await codeOf(() => net.predict([new Float64Array(1), new Float64Array(2)]))).toBe(
      "ml.ragged-rows",
    );
  });

  test("says so when the numbers overflow, in scaling or in the network", async () => {
    const { dataset } = quick;
    const withColumns = (change: (x: number, i: number) => number): Dataset => ({
      ...dataset,
      columns: dataset.columns.map((column) => column.map(change)),
    });
    const wild = withColumns((_, i) => (i % 2 === 0 ? 1e308 : -1e308));
    expect(await codeOf(() => trainNet({ dataset: wild }))).toBe("ml.extreme-feature");
    const wildLater = withColumns((x, i) => (i < 320 ? x : 1e300));
    expect(await codeOf(() => trainNet({ dataset: wildLater, activation: "tanh", backend: "cpu" }))).toBe(
      "ml.diverged",
    );
  });

  test("refuses native TensorFlow where only its alias is installed", async () => {
    expect(await codeOf(() => trainNet({ ...quick, backend: "node" }))).toBe("ml.no-backend");
  });

  test.each<Partial<TrainOptions>>([
    { validation: 1 },
    { hidden: [0] },
    { activation: "softplus" as "relu" },
    { dropout: 1 },
    { epochs: 0 },
    { batchSize: 1.5 },
    { learningRate: 0 },
    { seed: -1 },
    { patience: 0 },
    { backend: "webgl" as "wasm" },
  ])("refuses %o", async (option) => {
    expect(await codeOf(() => trainNet({ ...quick, ...option }))).toBe("ml.bad-option");
  });
});
