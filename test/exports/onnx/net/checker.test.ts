/** Models of every class of layers under ONNX's own full check, strict shape inference and onnxruntime of Python. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytesFromModel, type OnnxModel } from "../../../../exports/onnx/schema.ts";
import { createRng } from "../../../../lib/core/index.ts";
import { graphFromModel } from "../../../../lib/ml/net/convert.ts";
import { temporaryFolder } from "../../../temporary-folder.ts";
import { checkFolder, hasChecker, requireChecker, storeChecked } from "../checker.ts";
import { CASES, layerOf } from "./cases.ts";
import { modelOf, normalRows, onnxFromGraph, predictTf, type Rows, randomWeights, tf } from "./harness.ts";

requireChecker();

const COUNT = 5;
const each = Object.entries(CASES).filter(([name]) => name !== "InputLayer");

describe.skipIf(!hasChecker)("ONNX's checker", () => {
  test("takes every layer's models and gets tfjs's results", { timeout: 120_000 }, async () => {
    const folder = temporaryFolder();
    let stored = 0;
    for (const [className, cases] of each)
      for (const one of fc.sample(cases, { numRuns: 3, seed: 5 })) {
        await store(folder, className, modelOf(layerOf({ ...one, className }), one.shapes), one.below);
        stored++;
      }
    expect(checkFolder(folder)).toEqual({ models: stored, failures: [] });
  });

  test("takes int8", async () => {
    const folder = temporaryFolder();
    const layers = [tf.layers.dense({ units: 8, inputShape: [5] }), tf.layers.dense({ units: 2 })];
    await store(folder, "int8", tf.sequential({ layers }), undefined, { int8: true, tolerance: 0.05 });
    expect(checkFolder(folder)).toEqual({ models: 1, failures: [] });
  });

  test("finds what is wrong: another result, and a model that is none", async () => {
    const folder = temporaryFolder();
    const wrong = { type: "float32", dims: [1, 1], data: [0] } as const;
    const model = tf.sequential({
      layers: [tf.layers.dense({ units: 1, inputShape: [1], biasInitializer: "ones" })],
    });
    const file = onnxFromGraph(graphFromModel(model));
    const expected = {
      inputs: { [file.graph.input[0]!.name]: wrong },
      outputs: { out0: wrong },
      tolerance: 1e-5,
    };
    storeChecked(folder, "a", { bytes: await bytesFromModel(file), ...expected });
    const bad = { ...file, graph: { ...file.graph, node: file.graph.node.slice(1) } };
    storeChecked(folder, "b", { bytes: await bytesFromModel(bad), ...expected });
    const { failures } = checkFolder(folder);
    expect(failures[0]).toContain("a: output out0 differs by 1");
    expect(failures[1]).toMatch(/^b: /);
  });
});

async function store(
  folder: string,
  className: string,
  model: tf.LayersModel,
  below: number | undefined,
  { int8 = false, tolerance = 1e-5 } = {},
): Promise<void> {
  const rng = createRng(3);
  randomWeights(model, rng);
  const graph = graphFromModel(model);
  const rows = normalRows(graph, COUNT, rng, { below });
  const outputs = await predictTf(model, rows);
  const file = onnxFromGraph(graph, { int8 });
  storeChecked(folder, `${className}-${model.name}`, {
    bytes: await bytesFromModel(file),
    inputs: tensorsOf(file.graph.input, rows.inputs),
    outputs: tensorsOf(file.graph.output, outputs),
    tolerance,
  });
  model.dispose();
}

function tensorsOf(values: OnnxModel["graph"]["input"], data: Rows["inputs"]) {
  return Object.fromEntries(
    values.map(({ name, type }, i) => {
      const dims = type.tensorType.shape.dim.map((dim) => ("dimValue" in dim ? dim.dimValue : COUNT));
      return [name, { type: "float32", dims, data: data[i]! }] as const;
    }),
  );
}
