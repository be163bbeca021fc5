import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isTickbookError } from "#core";
import { exportOnnx } from "#exports";
import { features, returns, rsi, sma, volatility } from "#features";
import { loadPredictor, type TrainedNet } from "#ml";
import { modelFromNet } from "../../../exports/onnx/graph.ts";
import { bytesFromModel } from "../../../exports/onnx/schema.ts";
import { set, smallNet, table } from "./nets.ts";

async function failureOf(run: () => Promise<unknown>) {
  try {
    await run();
  } catch (error) {
    if (isTickbookError(error)) return error;
    throw error;
  }
  return expect.fail("no error");
}

describe("exportOnnx", () => {
  test("any network predicts in onnxruntime what it predicts in the trainer", () => {
    return fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 3 }),
        fc.constantFrom("relu", "tanh", "sigmoid", "elu"),
        fc.constantFrom("wasm", "cpu"),
        fc.nat(1000),
        async (hidden, activation, backend, seed) => {
          const net = await smallNet({ hidden, activation, backend, seed });
          const { parity } = await exportOnnx(net, { features: set });
          expect(parity.passed).toBe(true);
          expect(parity.maxAbsolute).toBeLessThanOrEqual(1e-5);
          expect(parity.batch).toEqual({ isBatched: true, rows: 315, equalRows: 315 });
          const counted = parity.histogram.reduce((sum, bin) => sum + bin.rows, parity.exactRows);
          expect(counted).toBe(parity.rows);
          expect(parity.groups.reduce((sum, group) => sum + group.rows, 0)).toBe(parity.rows);
        },
      ),
      { numRuns: 12 },
    );
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
      scaler: { ...net.scaler, mean: net.scaler.mean.map((mean) => mean + shift) },
      sample: shifted(net.sample, shift),
      predict: (columns) => net.predict(shifted(columns, -shift)),
    };
    const { parity } = await exportOnnx(moved, { features: set });
    expect(parity.groups[0]?.maxAbsolute).toBeLessThan(1e-5);
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
      predict: async (columns) => (await net.predict(columns)).map((p) => p + 2e-5),
    };
    const { code, fields } = await failureOf(() => exportOnnx(skewed, { features: set }));
    expect(code).toBe("exports.parity-failed");
    expect(fields.maxAbsolute).toBeGreaterThan(1.9e-5);
    const unsure: TrainedNet = { ...net, predict: async (columns) => columns[0]!.map(() => Number.NaN) };
    expect((await failureOf(() => exportOnnx(unsure, { features: set }))).fields.maxAbsolute).toBe(Infinity);
  });
});

describe("loadPredictor", () => {
  test("predicts a table with NaN rows, in a batch and row by row, with the same bits", async () => {
    const net = await smallNet({ hidden: [16, 16] });
    const predictor = await loadPredictor(await exportOnnx(net, { features: set }));
    const p = await predictor.predict(table.columns);
    const trainer = await net.predict(table.columns);
    expect(p.findIndex(Number.isFinite)).toBe(set.warmup);
    const rows = Array.from(p.keys(), (i) => Float64Array.from(table.columns, (column) => column[i]!));
    // All at once, so that calls overlap.
    const alone = await Promise.all(rows.map((row) => predictor.predictRow(row)));
    alone.forEach((value, i) => {
      expect(value).toBe(p[i]);
      if (i >= set.warmup) expect(Math.abs(value - trainer[i]!)).toBeLessThan(1e-5);
    });
    expect(await predictor.predict(table.columns.map(() => new Float64Array(0)))).toEqual(
      new Float64Array(0),
    );
    const { code } = await failureOf(() => predictor.predict(table.columns.slice(1)));
    expect(code).toBe("ml.ragged-rows");
    expect((await failureOf(() => predictor.predictRow(new Float64Array(3)))).code).toBe("ml.ragged-rows");
    await predictor.close();
  });

  test("runs a model row by row if its batches have other bits than its rows", async () => {
    const net = await smallNet({ hidden: [9] });
    const model = modelFromNet(net);
    // onnxruntime's Elu rounds by an element's place in the tensor.
    const node = model.graph.node.map((each) => (each.opType === "Relu" ? { ...each, opType: "Elu" } : each));
    const bytes = await bytesFromModel({ ...model, graph: { ...model.graph, node } });
    const predictor = await loadPredictor({ bytes, inputs: net.names });
    expect(predictor.isBatched).toBe(false);
    const p = await predictor.predict(net.sample);
    for (let i = 0; i < p.length; i++) {
      const row = Float64Array.from(net.sample, (column) => column[i]!);
      expect(await predictor.predictRow(row)).toBe(p[i]);
    }
    await predictor.close();
  });

  test("refuses a model with other inputs, outputs or types", async () => {
    const net = await smallNet();
    const model = modelFromNet(net);
    const { graph } = model;
    const rename = (from: string, to: string) => {
      const change = (list: readonly string[]) => list.map((name) => (name === from ? to : name));
      return {
        ...graph,
        node: graph.node.map((node) => ({ ...node, input: change(node.input), output: change(node.output) })),
        input: graph.input.map((value) => ({ ...value, name: value.name === from ? to : value.name })),
        output: graph.output.map((value) => ({ ...value, name: value.name === from ? to : value.name })),
      };
    };
    const float32Input = {
      ...graph,
      node: graph.node.map((node) =>
        node.name === "centred" ? { ...node, input: ["wide", "featureMean"] } : node,
      ),
      input: graph.input.map(({ name, type }) => ({
        name,
        type: { tensorType: { ...type.tensorType, elemType: 1 } },
      })),
    };
    const widen = {
      name: "wide",
      opType: "Cast",
      input: ["features"],
      output: ["wide"],
      attribute: [{ name: "to", type: 2, i: 11 }],
    };
    for (const [changed, what] of [
      [rename("features", "x"), 'takes x; it must take one input named "features"'],
      [rename("probability", "y"), "gives y, mean, deviation"],
      [{ ...float32Input, node: [widen, ...float32Input.node] }, "takes float32; it must take float64"],
    ] as const) {
      const bytes = await bytesFromModel({ ...model, graph: changed });
      const failure = await failureOf(() => loadPredictor({ bytes, inputs: net.names }));
      expect(failure.code).toBe("ml.contract-mismatch");
      expect(failure.message).toContain(what);
    }
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
