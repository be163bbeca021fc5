import { describe, expect, test } from "vitest";
import { subset } from "../../../../lib/ml/dataset/dataset.ts";
import { mlp } from "../../../../lib/ml/net/architectures.ts";
import { trainNet } from "../../../../lib/ml/net/train.ts";
import { lagged } from "./datasets.ts";
import { codeOf, hasNative, quick } from "./training.ts";

describe("trainNet refuses", () => {
  const { dataset } = quick;

  test("what it cannot learn from", async () => {
    const code = (changes: object) => codeOf(() => trainNet({ dataset: { ...dataset, ...changes } }));
    expect(await code({ target: dataset.target.map(() => 1) })).toBe("ml.bad-target");
    expect(await code({ target: dataset.target.map((_, i) => (i < 320 ? 0 : 1)) })).toBe("ml.bad-target");
    expect(await code({ target: dataset.target.map((y, i) => (i === 7 ? Number.NaN : y)) })).toBe(
      "ml.bad-target",
    );
    expect(await code({ target: dataset.target.map((y, i) => (i === 7 ? 0.5 : y)) })).toBe("ml.bad-target");
    expect(await code({ kind: "real", target: dataset.target.map(() => Number.POSITIVE_INFINITY) })).toBe(
      "ml.bad-target",
    );
    // Its scale would not fit the float32 weights that take it.
    expect(await code({ kind: "real", target: dataset.target.map((y) => 1e39 * (y + 1)) })).toBe(
      "ml.bad-target",
    );
    for (const weight of [0, -1, Number.NaN, 1e7])
      expect(await code({ weight: dataset.weight.map((w, i) => (i === 3 ? weight : w)) })).toBe(
        "ml.bad-option",
      );
    expect(await code({ labelEnd: dataset.time.map(() => Number.POSITIVE_INFINITY) })).toBe(
      "ml.empty-dataset",
    );
    expect(await codeOf(() => trainNet({ dataset: subset(dataset, []) }))).toBe("ml.empty-dataset");
  });

  test("a network given as data that is none", async () => {
    const { graph } = await trainNet({ ...quick, epochs: 1 });
    const code = (model: object) =>
      codeOf(() => trainNet({ ...quick, epochs: 1, model: model as typeof graph }));
    expect(await code({ calls: 7 })).toBe("ml.bad-option");
    expect(await code({ ...graph, calls: graph.calls.slice(1) })).toBe("ml.bad-network");
    expect(await code({ ...graph, calls: [] })).toBe("ml.bad-network");
    const [name, layer] = Object.entries(graph.layers)[0]!;
    expect(await code({ ...graph, layers: { [name]: layer } })).toBe("ml.bad-network");
    // What no message can carry fails, and holds no thread.
    const strange = { ...layer, config: { ...layer.config, odd: () => 1 } };
    await expect(
      trainNet({ ...quick, epochs: 1, model: { ...graph, layers: { ...graph.layers, [name]: strange } } }),
    ).rejects.toThrow();
    expect(await code(graph)).toBe("no error");
  });

  test("rows without a window, and windows without a value", async () => {
    const windows = lagged(100, { window: 4 });
    const early = { ...windows, place: windows.place.map((at) => at - 1) };
    expect(await codeOf(() => trainNet({ dataset: early }))).toBe("ml.ragged-rows");
    const holed = [
      windows.source[0]!.map((column, j) => column.map((x, i) => (j === 1 && i === 1 ? Number.NaN : x))),
    ];
    expect(await codeOf(() => trainNet({ dataset: { ...windows, source: holed } }))).toBe("ml.missing-value");
    const later = subset(
      windows,
      Uint32Array.from({ length: 60 }, (_, i) => i + 2),
    );
    expect(await codeOf(() => trainNet({ dataset: { ...later, source: holed }, epochs: 1 }))).toBe(
      "no error",
    );
  });

  test("numbers that overflow, in scaling or in the network", async () => {
    const withColumns = (change: (x: number, i: number) => number) => ({
      ...dataset,
      columns: dataset.columns.map((column) => column.map(change)),
    });
    const wild = withColumns((_, i) => (i % 2 === 0 ? 1e308 : -1e308));
    expect(await codeOf(() => trainNet({ dataset: wild }))).toBe("ml.extreme-feature");
    const wildLater = withColumns((x, i) => (i < 320 ? x : 1e300));
    expect(await codeOf(() => trainNet({ dataset: wildLater, backend: "cpu" }))).toBe("ml.diverged");
  });

  test.skipIf(hasNative)("native TensorFlow where only its alias is installed", async () => {
    expect(await codeOf(() => trainNet({ ...quick, backend: "node" }))).toBe("ml.no-backend");
  });

  test.each<object>([
    { validation: 1 }, { validation: "half" }, { epochs: 0 }, { batchSize: 1.5 },
    { batchSize: 1, model: mlp({ batchNorm: true }) }, { learningRate: 0 },
    { learningRate: { kind: "constructor", rate: 1 } },
    { learningRate: Number.NaN }, { learningRate: { kind: "cosin", rate: 0.1 } },
    { learningRate: { kind: "step", rate: 0.1 } }, { learningRate: { kind: "plateau", rate: 0.1, factor: 2 } },
    { optimizer: "adagrad" }, { optimizer: { kind: "sgd", momentum: 1 } }, { optimizer: { kind: "sgd", beta1: 0.9 } },
    { weightDecay: -1 }, { clipNorm: 0 }, { classWeights: [1] }, { classWeights: "even" }, { seed: -1 },
    { patience: 0 }, { minDelta: -1 }, { fill: "zero" }, { scale: 1 }, { backend: "webgl" }, { model: "mlp" },
    { model: { kind: "mpl" } }, { model: { kind: "mlp", hiden: [1] } }, { model: 7 }, { objective: "ranking" }, { objective: "quantile", quantiles: [0.9, 0.1] },
    { objective: "reconstruction" }, { checkpoint: { folder: "" } }, { checkpoint: { folder: "x", resume: "last" } },
    { hidden: [16] },
  ])("%o", async (option) => {
    expect(await codeOf(() => trainNet({ ...quick, ...option }))).toBe("ml.bad-option");
  }); // biome-ignore format: a table
});
