/** Models that fail for real: above a limit of their one feature they throw, or compute for seconds. */
import { baselineOf, noScaling } from "#ml";
import type { ModelArtifact } from "#model";
import { sha256 } from "#storage";
import type { GraphBuilder } from "../../../../exports/onnx/builder.ts";
import { modelGraph } from "../../../../exports/onnx/graph.ts";
import { bytesFromModel, ELEMENT } from "../../../../exports/onnx/schema.ts";

/** A square of zeros of this size is multiplied by itself: 16 thousand million operations each time. */
const LARGE = 2000;

/** Predicts half of its feature `price`, while that is not above `limit`. @param golden its values in training. */
export async function faultModel(
  kind: "throws" | "slow",
  limit: number,
  golden: Float64Array,
  rounds = 6,
): Promise<ModelArtifact> {
  const model = {
    names: ["price"],
    ids: ["technical.sma(1)@1"],
    window: 1,
    scaling: noScaling(1),
    required: [true],
    outputs: ["value"],
    sample: [golden],
    origin: { label: kind, dataHash: "", seed: 0, library: "none", from: 0, to: 0, metrics: {} },
  };
  const expected = Float32Array.from(golden, (x) => Math.fround(x) * 0.5);
  const evidence = { golden, expected, baseline: baselineOf([golden, Float64Array.from(expected)]) };
  const graph = modelGraph({ model, output: 0, evidence, metadata: {} }, (builder, rows) => {
    const most = builder.node("ReduceMax", [rows], "most", { keepdims: { i: 0 } });
    const isFar = builder.node("Greater", [most, builder.scalar("limit", limit)], "isFar");
    const zero = kind === "throws" ? throwing(builder, isFar) : slow(builder, isFar, rounds);
    const half = builder.node("Mul", [rows, builder.scalar("half", 0.5)], "halves");
    return builder.node("Add", [half, zero], "sum");
  });
  const bytes = await bytesFromModel(graph);
  return { kind: "onnx", bytes, hash: sha256(bytes), inputs: ["price"], features: model.ids };
}

/** Place 1 of a table of one value. */
function throwing(builder: GraphBuilder, isFar: string): string {
  const place = builder.node("Cast", [isFar], "place", { to: { i: ELEMENT.int64 } });
  return builder.node("Gather", [builder.constant("table", new Float32Array(1), [1]), place], "zero");
}

function slow(builder: GraphBuilder, isFar: string, rounds: number): string {
  const size = builder.node(
    "Where",
    [isFar, builder.ints("large", [LARGE]), builder.ints("small", [2])],
    "n",
  );
  const shape = builder.node("Concat", [size, size], "square", { axis: { i: 0 } });
  const zeros = builder.node("ConstantOfShape", [shape], "zeros");
  let product = zeros;
  for (let i = 0; i < rounds; i++) product = builder.node("MatMul", [product, zeros], `product${i}`);
  return builder.node("ReduceSum", [product], "zero", { keepdims: { i: 0 } });
}
