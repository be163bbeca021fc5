import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isTickbookError } from "#core";
import { exportOnnx, importOnnx } from "#exports";
import { features, prepare, returns, rsi, sma, volatility } from "#features";
import {
  autoencoder,
  forwardReturn,
  gru,
  loadPredictor,
  lstm,
  makeDataset,
  mlp,
  type TrainedNet,
  tcn,
  transformer,
  tripleBarrier,
} from "#ml";
import { GraphBuilder } from "../../../exports/onnx/builder.ts";
import { modelGraph, valueInfo } from "../../../exports/onnx/graph.ts";
import { writeNet } from "../../../exports/onnx/net/write-net.ts";
import { bytesFromModel, type OnnxModel } from "../../../exports/onnx/schema.ts";
import { bars, dataset, set, smallNet, smallTrees, table, windowed } from "./nets.ts";

async function failureOf(run: () => Promise<unknown>) {
  try {
    await run();
  } catch (error) {
    if (isTickbookError(error)) return error;
    throw error;
  }
  return expect.fail("no error");
}

const ARCHITECTURES = {
  mlp: mlp({ hidden: [6], activation: "tanh", dropout: 0.2, batchNorm: true }),
  lstm: lstm({ units: [4] }),
  gru: gru({ units: [4] }),
  tcn: tcn({ filters: 4, kernelSize: 2, dilations: [1, 2] }),
  transformer: transformer({ heads: 2, keyDim: 3, layers: 1, feedForward: 6 }),
} as const;

describe("exportOnnx of nets", () => {
  test("any network predicts in onnxruntime what it predicts in the trainer", () => {
    return fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 3 }),
        fc.constantFrom("relu", "tanh", "sigmoid", "elu"),
        fc.constantFrom("wasm", "cpu"),
        fc.nat(1000),
        async (hidden, activation, backend, seed) => {
          const net = await smallNet({ model: mlp({ hidden, activation }), backend, seed });
          const { parity } = await exportOnnx(net, { features: set });
          expect(parity).toMatchObject({ passed: true, limit: 1e-5 });
          expect(parity.maxError).toBeLessThanOrEqual(1e-5);
          expect(parity.batch).toEqual({ isBatched: true, rows: 315, equalRows: 315 });
          const counted = parity.histogram.reduce((sum, bin) => sum + bin.rows, parity.exactRows);
          expect(counted).toBe(parity.rows);
          expect(parity.groups.reduce((sum, group) => sum + group.rows, 0)).toBe(parity.rows);
        },
      ),
      { numRuns: 10 },
    );
  });

  test.each(Object.keys(ARCHITECTURES) as (keyof typeof ARCHITECTURES)[])("%s", async (name) => {
    const rows = name === "mlp" ? dataset : windowed;
    const net = await smallNet({ model: ARCHITECTURES[name], dataset: rows });
    const model = await exportOnnx(net, { features: set });
    expect(model.parity.passed).toBe(true);
    expect(model.window).toBe(rows.window);
    const predictor = await loadPredictor(model);
    expect(predictor.window).toBe(rows.window);
    const p = await predictor.predict(table.columns);
    expect(p.findIndex(Number.isFinite)).toBe(set.warmup + rows.window - 1);
    await predictor.close();
  });

  test("an autoencoder, quantiles, values and classes", async () => {
    const auto = await smallNet({ model: autoencoder({ hidden: [5], code: 2 }) });
    expect((await exportOnnx(auto, { features: set })).parity.passed).toBe(true);
    const real = makeDataset({ table, labels: forwardReturn(bars, { horizon: 3 }) });
    const value = await exportOnnx(await smallNet({ dataset: real }), { features: set });
    expect(value.parity.passed).toBe(true);
    expect(Object.keys(value.parity)).not.toContain("classErrors");
    const spread = await smallNet({ dataset: real, objective: "quantile", quantiles: [0.1, 0.9] });
    const failure = await failureOf(() => exportOnnx(spread, { features: set }));
    expect(failure.code).toBe("exports.bad-option");
    expect(failure.hint).toContain('output: "q0.9"');
    expect((await exportOnnx(spread, { features: set, output: "q0.9" })).parity.passed).toBe(true);
    const barriers = tripleBarrier(bars, { horizon: 5, width: 0.01, vertical: "class" });
    const classes = await smallNet({ dataset: makeDataset({ table, labels: barriers }) });
    const third = await exportOnnx(classes, { features: set, output: "p2" });
    const predictor = await loadPredictor(third);
    const [chosen, all] = [await predictor.predict(table.columns), await predictor.predictAll(table.columns)];
    expect(all).toHaveLength(3);
    expect(chosen).toEqual(all[2]);
    await predictor.close();
  });

  test("a net that fills missing values predicts them in the graph as in training", async () => {
    const holed = table.columns.map((column, j) =>
      column.map((x, i) => ((i * 7 + j) % 11 === 0 ? Number.NaN : x)),
    );
    const { labels: label } = { labels: tripleBarrier(bars, { horizon: 3, width: 0.01 }) };
    const gaps = {
      ...table,
      columns: holed,
      length: table.length,
      time: table.time,
      names: table.names,
      ids: table.ids,
    };
    const kept = makeDataset({ table: gaps as typeof table, labels: label, missing: "keep" });
    const net = await smallNet({ dataset: kept, fill: "median" });
    const model = await exportOnnx(net, { features: set });
    expect(model.parity.groups.map(({ name }) => name)).toContain("missing");
    const predictor = await loadPredictor(model);
    const p = await predictor.predict(holed);
    expect(p.filter(Number.isFinite).length).toBeGreaterThan(390);
    await predictor.close();
  });

  test("gives the same bytes for the same net, with names and ids of the contract", async () => {
    const first = await exportOnnx(await smallNet(), { features: set });
    const second = await exportOnnx(await smallNet(), { features: set });
    expect(second.hash).toBe(first.hash);
    expect(second.bytes).toEqual(first.bytes);
    expect(second.parity).toEqual(first.parity);
    expect(first.inputs).toEqual(["strength", "ret", "mean", "vol"]);
    expect(first.features).toEqual(set.ids);
    const text = Buffer.from(first.bytes).toString("latin1");
    expect(text).toContain(JSON.stringify(set.ids));
    expect(text).toContain("ab".repeat(32));
  });

  test("scales in float64: a large mean takes no digits from a prediction", async () => {
    const net = await smallNet();
    // An exact shift: a float32 of this size would keep steps of 64.
    const shift = 2 ** 30;
    const shifted = (columns: readonly Float64Array[], by: number) =>
      columns.map((c) => c.map((x) => x + by));
    const moved: TrainedNet = {
      ...net,
      scaling: { ...net.scaling, mean: net.scaling.mean.map((mean) => mean + shift) },
      sample: shifted(net.sample, shift),
      predict: (columns) => net.predict(shifted(columns, -shift)),
    };
    const { parity } = await exportOnnx(moved, { features: set });
    expect(parity.groups[0]?.maxAbsolute).toBeLessThan(1e-5);
  });

  test("8-bit weights make a smaller file, and the loss is told", async () => {
    const net = await smallNet({ model: mlp({ hidden: [64, 64] }) });
    const { quantisation, bytes } = await exportOnnx(net, { features: set, int8: true });
    expect(quantisation!.bytes).toBe(bytes.length);
    expect(quantisation!.bytes).toBeLessThan(quantisation!.wholeBytes - 8000);
    expect(quantisation!.maxAbsolute).toBeGreaterThan(0);
    expect(quantisation!.maxAbsolute).toBeLessThan(0.05);
  });

  test("small values are held to five digits: an error of a thousandth of them fails", async () => {
    const real = makeDataset({ table, labels: forwardReturn(bars, { horizon: 3 }) });
    const net = await smallNet({ dataset: real });
    const { parity } = await exportOnnx(net, { features: set });
    expect(parity.passed).toBe(true);
    const off: TrainedNet = {
      ...net,
      predict: async (columns) => (await net.predict(columns)).map((p) => p.map((value) => 1.001 * value)),
    };
    const { code, fields } = await failureOf(() => exportOnnx(off, { features: set }));
    // What differs on training rows is below 1e-5, and is found all the same.
    const training = (fields.groups as { name: string; maxAbsolute: number }[])[0]!;
    expect([code, training.name, training.maxAbsolute < 1e-4]).toEqual([
      "exports.parity-failed",
      "training",
      true,
    ]);
  });

  test("a network that is sound is not refused for rows on which float32 cannot tell", async () => {
    // Prices where returns were expected: sums of large numbers that cancel.
    let unsteady = 0;
    for (const [hidden, activation, seed] of [
      [[26, 28], "relu", 152],
      [[36], "elu", 920],
      [[10, 8, 16], "elu", 433],
      [[6], "relu", 28],
    ] as const) {
      const net = await smallNet({ model: mlp({ hidden, activation }), backend: "wasm", seed });
      unsteady += (await exportOnnx(net, { features: set })).parity.unsteadyRows;
      const shifted: TrainedNet = {
        ...net,
        predict: async (columns) => (await net.predict(columns)).map((p) => p.map((value) => value + 2e-5)),
      };
      expect((await failureOf(() => exportOnnx(shifted, { features: set }))).code).toBe(
        "exports.parity-failed",
      );
    }
    expect(unsteady).toBeGreaterThan(0);
  });

  test("a model that predicts nothing is not exported, and neither is what is no model", async () => {
    const net = await smallNet();
    const codeOf = async (...given: unknown[]) =>
      (await failureOf(() => exportOnnx(...(given as Parameters<typeof exportOnnx>)))).code;
    const blank = { ...net, sample: net.sample.map((column) => column.map(() => Number.NaN)) };
    expect(await codeOf(blank, { features: set })).toBe("exports.bad-option");
    for (const given of [
      [undefined, { features: set }],
      [Promise.resolve(net), { features: set }],
      [net],
      [net, {}],
      [net, { features: null }],
      [net, { features: set, int8: true, metdata: {} }],
      [net, { features: set, metadata: { rows: 3 } }],
      [net, { features: set, metadata: { "tickbook.names": "x" } }],
    ])
      expect(await codeOf(...given)).toBe("exports.bad-option");
  });

  test("refuses another feature set: names, ids, order or count", async () => {
    const net = await smallNet();
    const [strength, ret, mean, vol] = [rsi(5), returns(1), sma(3), volatility(5)];
    for (const other of [
      features({ strength: rsi(6), ret, mean, vol }),
      features({ power: strength, ret, mean, vol }),
      features({ ret, strength, mean, vol }),
      features({ strength, ret, mean }),
      features({ strength, ret, mean, vol, more: sma(9) }),
    ]) {
      const { code } = await failureOf(() => exportOnnx(net, { features: other }));
      expect(code).toBe("exports.contract-mismatch");
    }
    const first = await failureOf(() =>
      exportOnnx(net, { features: features({ strength: rsi(6), ret, mean, vol }) }),
    );
    expect(first.message).toContain('feature 1 is "strength = technical.rsi(6)@1"');
  });

  test("fails with the numbers if the file predicts otherwise", async () => {
    const net = await smallNet();
    const skewed: TrainedNet = {
      ...net,
      predict: async (columns) => (await net.predict(columns)).map((output) => output.map((p) => p + 2e-5)),
    };
    const { code, fields } = await failureOf(() => exportOnnx(skewed, { features: set }));
    expect(code).toBe("exports.parity-failed");
    expect(fields.maxAbsolute).toBeGreaterThan(1.9e-5);
    const unsure: TrainedNet = { ...net, predict: async (columns) => [columns[0]!.map(() => Number.NaN)] };
    expect((await failureOf(() => exportOnnx(unsure, { features: set }))).fields.maxAbsolute).toBe(Infinity);
  });
});

describe("exportOnnx of trees", () => {
  test("equals the trainer within 1e-6, at every threshold and a step either side too, without another class", async () => {
    const model = await exportOnnx(await smallTrees(), { features: set });
    expect(model.parity).toMatchObject({ limit: 1e-6, passed: true, classErrors: 0 });
    const edges = model.parity.groups.find(({ name }) => name === "edges")!;
    expect(edges.rows).toBeGreaterThan(100);
    expect(model.parity.batch).toMatchObject({ isBatched: true });
  });

  test("a leaf that is moved is found", async () => {
    const trees = await smallTrees();
    const wrong = trees.ensemble.trees.map((tree, t) =>
      t === 3 ? { ...tree, value: tree.value.map((x) => x + 1e-4) } : tree,
    );
    const skewed = { ...trees, ensemble: { ...trees.ensemble, trees: wrong } };
    expect((await failureOf(() => exportOnnx(skewed, { features: set }))).code).toBe("exports.parity-failed");
  });
});

describe("importOnnx", () => {
  /** A file as another library writes it: float32 input under a name of its own, no contract. */
  async function foreignFile(
    net: TrainedNet,
    input = "X",
    batch: number | string = "N",
  ): Promise<Uint8Array> {
    const builder = new GraphBuilder();
    const rows = builder.name(input);
    const [out] = writeNet(builder, net.graph, [rows]);
    const model: OnnxModel = {
      irVersion: 8,
      producerName: "elsewhere",
      docString: "",
      opsetImport: [{ domain: "", version: 17 }],
      metadataProps: [{ key: "author", value: "somebody" }],
      graph: {
        name: "foreign",
        input: [valueInfo(rows, 1, [batch, 4])],
        output: [valueInfo(out!, 1, [batch, 1])],
        node: builder.nodes,
        initializer: builder.initializers,
      },
    };
    return bytesFromModel(model);
  }

  test("lays contract, scaling and golden rows around a model made elsewhere, whatever its tensors are called", async () => {
    const net = await smallNet();
    const fitted = prepare.fit(table, [prepare.standard()], { to: bars.time.at(-1)! + 864e5 });
    const scaled = prepare.apply(fitted, table);
    const trained = await smallNet({
      scale: false,
      dataset: makeDataset({ table: scaled, labels: tripleBarrier(bars, { horizon: 2, width: 0.01 }) }),
    });
    const expected = (await trained.predict(scaled.columns))[0]!;
    for (const name of ["X", "features", "prediction", "golden"]) {
      const bytes = await foreignFile(trained, name);
      const model = await importOnnx(bytes, {
        features: set,
        sample: table,
        prepare: fitted,
        label: "mine",
        reference: expected,
      });
      expect(model.reference!.rows).toBeGreaterThan(380);
      expect(model.reference!.maxAbsolute).toBeLessThanOrEqual(1e-5);
      const predictor = await loadPredictor(model);
      const p = await predictor.predict(table.columns);
      p.forEach((value, i) => {
        if (!Number.isNaN(expected[i])) expect(value).toBeCloseTo(expected[i]!, 5);
      });
      await predictor.close();
      expect(Buffer.from(model.bytes).toString("latin1")).toContain("somebody");
    }
    const failure = await failureOf(async () =>
      importOnnx(await foreignFile(net), { features: set, sample: table, reference: expected }),
    );
    expect(failure.code).toBe("exports.parity-failed");
  });

  test("refuses what it cannot feed", async () => {
    const net = await smallNet();
    const file = await foreignFile(net);
    const codeOf = async (bytes: Uint8Array, options: object = {}) =>
      (await failureOf(() => importOnnx(bytes, { features: set, sample: table, ...options }))).code;
    expect(await codeOf(new Uint8Array(0))).toBe("exports.bad-model");
    expect(await codeOf(Uint8Array.of(9, 9, 9))).toBe("exports.bad-model");
    expect(await codeOf(file.slice(0, 300))).toMatch(/bad-model/);
    expect(await codeOf(await foreignFile(net, "X", 1))).toBe("exports.contract-mismatch");
    const few = features({ strength: rsi(5), ret: returns(1) });
    expect(await codeOf(file, { features: few, sample: few.compute(bars) })).toBe(
      "exports.contract-mismatch",
    );
    expect(await codeOf(file, { sample: few.compute(bars) })).toBe("exports.contract-mismatch");
    expect(await codeOf(file, { tensor: "nothing" })).toBe("exports.contract-mismatch");
    expect(await codeOf(file, { outputs: ["a", "b"] })).toBe("exports.contract-mismatch");
    expect(await codeOf(file, { reference: new Float64Array(3) })).toBe("exports.bad-option");
  });
});

describe("loadPredictor", () => {
  test("predicts a table with NaN rows, in a batch and row by row, with the same bits", async () => {
    const net = await smallNet({ model: mlp({ hidden: [16, 16] }) });
    const predictor = await loadPredictor(await exportOnnx(net, { features: set }));
    const p = await predictor.predict(table.columns);
    const [trainer] = await net.predict(table.columns);
    expect(p.findIndex(Number.isFinite)).toBe(set.warmup);
    const rows = Array.from(p.keys(), (i) => Float64Array.from(table.columns, (column) => column[i]!));
    // All at once, so that calls overlap.
    const alone = await Promise.all(rows.map((row) => predictor.predictRow(row)));
    alone.forEach((value, i) => {
      expect(value).toBe(p[i]);
      if (i >= set.warmup) expect(Math.abs(value - trainer![i]!)).toBeLessThan(1e-5);
    });
    expect(await predictor.predict(table.columns.map(() => new Float64Array(0)))).toEqual(
      new Float64Array(0),
    );
    const { code } = await failureOf(() => predictor.predict(table.columns.slice(1)));
    expect(code).toBe("ml.ragged-rows");
    expect((await failureOf(() => predictor.predictRow(new Float64Array(3)))).code).toBe("ml.ragged-rows");
    await predictor.close();
  });

  /** A net's file, changed before it is written. */
  async function changedFile(net: TrainedNet, change: (model: OnnxModel) => OnnxModel): Promise<Uint8Array> {
    const [k, rows] = [net.names.length, 8];
    const golden = Float64Array.from({ length: rows * k }, (_, i) => net.sample[i % k]![Math.floor(i / k)]!);
    const evidence = { golden, expected: new Float32Array(0), baseline: new Float64Array((k + 1) * 103) };
    const model = modelGraph(
      { model: net, output: 0, evidence, metadata: {} },
      (builder, input) => writeNet(builder, net.graph, [input])[0]!,
    );
    return bytesFromModel(change(model));
  }

  test("runs a model row by row if its batches have other bits than its rows", async () => {
    const net = await smallNet({ model: mlp({ hidden: [9] }) });
    // onnxruntime's Elu rounds by an element's place in the tensor.
    const bytes = await changedFile(net, (model) => {
      const node = model.graph.node.map((each) =>
        each.opType === "Relu" ? { ...each, opType: "Elu" } : each,
      );
      return { ...model, graph: { ...model.graph, node } };
    });
    const predictor = await loadPredictor({ bytes, inputs: net.names });
    expect(predictor.isBatched).toBe(false);
    const p = await predictor.predict(net.sample);
    for (let i = 0; i < p.length; i++) {
      const row = Float64Array.from(net.sample, (column) => column[i]!);
      expect(await predictor.predictRow(row)).toBe(p[i]);
    }
    await predictor.close();
  });

  test("refuses a model without the contract's outputs, or with other types", async () => {
    const net = await smallNet();
    const few = await changedFile(net, ({ graph, ...model }) => ({
      ...model,
      graph: { ...graph, output: graph.output.slice(0, 2) },
    }));
    const failure = await failureOf(() => loadPredictor({ bytes: few, inputs: net.names }));
    expect(failure.code).toBe("ml.contract-mismatch");
    expect(failure.message).toContain("gives prediction, golden; it must give what exportOnnx writes");
  });

  test("refuses a model that predicts otherwise here than where it was exported", async () => {
    const { bytes, inputs } = await exportOnnx(await smallTrees(), { features: set });
    // The first leaf of the file's list of leaf values, moved.
    const at = Buffer.from(bytes).indexOf("nodes_");
    const changed = Uint8Array.from(bytes);
    expect(at).toBeGreaterThan(0);
    const weights = Buffer.from(bytes).indexOf("target_weights") + "target_weights".length;
    // Every float of that attribute is tagged 0x3d (field 7, 32 bits).
    let moved = 0;
    for (let i = weights; i < changed.length && moved < 60; i++) {
      if (changed[i] !== 0x3d) continue;
      changed[i + 4] = 0x3f;
      moved++;
      i += 4;
    }
    const failure = await failureOf(() => loadPredictor({ bytes: changed, inputs }));
    expect(failure.code).toBe("ml.golden-mismatch");
  });

  test("refuses a model of another width than the contract", async () => {
    const { bytes } = await exportOnnx(await smallNet(), { features: set });
    const failure = await failureOf(() => loadPredictor({ bytes, inputs: ["a", "b"] }));
    expect(failure.code).toBe("ml.contract-mismatch");
    expect(failure.message).toContain("takes rows of 4 features, and the contract lists 2: a, b");
  });

  test("refuses bytes that are no model", async () => {
    const { bytes } = await exportOnnx(await smallNet(), { features: set });
    for (const bad of [new Uint8Array(0), Uint8Array.of(1, 2, 3), bytes.slice(0, 200)]) {
      const { code } = await failureOf(() => loadPredictor({ bytes: bad, inputs: set.names }));
      expect(code).toBe("ml.bad-model");
    }
  });
});
