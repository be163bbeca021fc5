/** A tfjs model as an ONNX file in onnxruntime, beside the model itself. */
import * as tf from "@tensorflow/tfjs";
import type { InferenceSession } from "onnxruntime-node";
import { GraphBuilder } from "../../../../exports/onnx/builder.ts";
import { type WriteNetOptions, writeNet } from "../../../../exports/onnx/net/write-net.ts";
import { bytesFromModel, ELEMENT, type OnnxModel } from "../../../../exports/onnx/schema.ts";
import { createRng, type Rng } from "../../../../lib/core/index.ts";
import { graphFromModel } from "../../../../lib/ml/net/convert.ts";
import type { NetGraph } from "../../../../lib/ml/net/graph.ts";
import { ownLayers } from "../../../../lib/ml/net/layers.ts";

export { tf };

process.env.ORT_DISABLE_TELEMETRY = "1";
const ort = await import("onnxruntime-node");
// Without this the cpu backend prints an advertisement.
tf.env().set("PROD", true);
await tf.setBackend("cpu");
ownLayers(tf);

/** One input's values for some rows. */
export interface Rows {
  readonly count: number;
  /** One an input, row by row. */
  readonly inputs: readonly Float32Array[];
}

/** A model file with one float32 input and output for each of the network's. */
export function onnxFromGraph(graph: NetGraph, options: WriteNetOptions = {}): OnnxModel {
  const builder = new GraphBuilder();
  const inputs = graph.inputs.map(({ tensor }) => builder.name(`in/${tensor}`));
  const given = writeNet(builder, graph, inputs, options);
  const outputs = given.map((tensor, i) => builder.node("Identity", [tensor], `out${i}`));
  const shapes = new Map(graph.inputs.map(({ tensor, shape }) => [tensor, shape]));
  for (const { to, shape } of graph.calls) shapes.set(to, shape);
  return {
    irVersion: 8,
    producerName: "tickbook",
    docString: "",
    opsetImport: [{ domain: "", version: 17 }],
    metadataProps: [],
    graph: {
      name: "net",
      node: builder.nodes,
      initializer: builder.initializers,
      input: inputs.map((name, i) => valueInfo(name, graph.inputs[i]!.shape)),
      output: outputs.map((name, i) => valueInfo(name, shapes.get(graph.outputs[i]!)!)),
    },
  };
}

function valueInfo(name: string, shape: readonly number[]) {
  const dim = [{ dimParam: "N" }, ...shape.map((dimValue) => ({ dimValue }))];
  return { name, type: { tensorType: { elemType: ELEMENT.float32, shape: { dim } } } };
}

export interface OnnxRun {
  /** One an output. */
  run(rows: Rows): Promise<Float32Array[]>;
  release(): Promise<void>;
}

export async function openOnnx(model: OnnxModel): Promise<OnnxRun> {
  const session: InferenceSession = await ort.InferenceSession.create(await bytesFromModel(model), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: "sequential",
    logSeverityLevel: 4,
  });
  const shapes = model.graph.input.map(({ type }) =>
    type.tensorType.shape.dim.slice(1).map((dim) => ("dimValue" in dim ? dim.dimValue : 0)),
  );
  return {
    async run({ count, inputs }) {
      const feeds = Object.fromEntries(
        session.inputNames.map((name, i) => [
          name,
          new ort.Tensor("float32", inputs[i]!, [count, ...shapes[i]!]),
        ]),
      );
      const out = await session.run(feeds);
      return session.outputNames.map((name) => out[name]!.data as Float32Array);
    },
    release: () => session.release(),
  };
}

/** Random weights about as large as trained ones. */
export function randomWeights(model: tf.LayersModel, rng: Rng): void {
  for (const weight of model.weights) {
    const shape = weight.shape as number[];
    const fan = shape.slice(0, -1).reduce((all, size) => all * size, 1);
    const size = shape.reduce((all, each) => all * each, 1);
    const isVariance = weight.originalName.includes("variance");
    const values = Float32Array.from({ length: size }, () => {
      const value = (shape.length > 1 ? 1 / Math.sqrt(fan) : 0.5) * rng.nextNormal();
      return isVariance ? 0.05 + Math.abs(value) : value;
    });
    const tensor = tf.tensor(values, shape);
    weight.write(tensor);
    tensor.dispose();
  }
}

export interface RowOptions {
  /** The largest value of an edge row, about. Default 1e6. */
  readonly largest?: number | undefined;
  /** The inputs are whole numbers from 0 to this, not included. */
  readonly below?: number | undefined;
}

export function normalRows(graph: NetGraph, count: number, rng: Rng, { below }: RowOptions = {}): Rows {
  const inputs = graph.inputs.map(({ shape }) =>
    Float32Array.from({ length: count * shape.reduce((all, size) => all * size, 1) }, () =>
      below === undefined ? 1.5 * rng.nextNormal() : rng.nextInt(below),
    ),
  );
  return { count, inputs };
}

/** Rows of zeros, of minus zeros, of denormals, of large values of one sign and of both. */
export function edgeRows(graph: NetGraph, rng: Rng, largest = 1e6): Rows {
  const kinds = [
    () => 0,
    () => -0,
    () => 1e-40 * rng.nextNormal(),
    () => 1e-3 * largest * (1 + rng.next()),
    () => 1e-3 * largest * rng.nextNormal(),
    () => largest * rng.nextNormal(),
    () => (rng.next() < 0.5 ? 0 : 1e-3 * rng.nextNormal()),
  ];
  const inputs = graph.inputs.map(({ shape }) => {
    const size = shape.reduce((all, each) => all * each, 1);
    return Float32Array.from(kinds.flatMap((draw) => Array.from({ length: size }, draw)));
  });
  return { count: kinds.length, inputs };
}

export async function predictTf(model: tf.LayersModel, rows: Rows): Promise<Float32Array[]> {
  const inputs = rows.inputs.map((values, i) => {
    const shape = (model.inputs[i]!.shape as number[]).slice(1);
    return tf.tensor(values, [rows.count, ...shape]);
  });
  const out = [model.predict(inputs.length === 1 ? inputs[0]! : inputs, { batchSize: 4096 })].flat();
  const values = out.map((tensor) => Float32Array.from(tensor.dataSync()));
  tf.dispose([inputs, out]);
  return values;
}

/**
 * The largest error, in units of what is allowed: 1e-5 of the row's scale (at least 1), and eight times the most
 * that small changes of the inputs (a millionth) do to the row.
 */
export async function worstError(
  model: tf.LayersModel,
  onnx: OnnxRun,
  rows: Rows,
  rng: Rng,
): Promise<number> {
  const [expected, found] = [await predictTf(model, rows), await onnx.run(rows)];
  const moved: Float32Array[][] = [];
  for (let i = 0; i < 4; i++) {
    const inputs = rows.inputs.map((x) => x.map((value) => value * (1 + (rng.next() - 0.5) * 2 ** -19)));
    moved.push(await predictTf(model, { ...rows, inputs }));
  }
  let worst = 0;
  expected.forEach((want, output) => {
    const width = want.length / rows.count;
    if (found[output]!.length !== want.length)
      throw new Error(`${found[output]!.length} values, not ${want.length}`);
    for (let row = 0; row < rows.count; row++) {
      const at = (values: Float32Array) => values.subarray(row * width, (row + 1) * width);
      const [w, f] = [at(want), at(found[output]!)];
      const scale = Math.max(1, ...w.map(Math.abs).filter(Number.isFinite));
      const others = moved.map((each) => at(each[output]!));
      const sway = Math.max(
        0,
        ...others.flatMap((m) => [...w.map((value, i) => Math.abs(value - m[i]!))]).filter(Number.isFinite),
      );
      w.forEach((value, i) => {
        if (Object.is(value, f[i]!) || value === f[i]) return;
        const error = Math.abs(value - f[i]!) / (1e-5 * scale + 8 * sway);
        worst = Math.max(worst, Number.isNaN(error) ? Number.POSITIVE_INFINITY : error);
      });
    }
  });
  return worst;
}

/** How many rows at once: all counts to 70, or some about those at which kernels change their blocking. */
export const COUNTS = {
  all: Array.from({ length: 69 }, (_, i) => i + 2),
  some: [2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 129, 257, 600],
} as const;

/** Places in batches whose bits are not those of the row alone: "row 3 of 17". */
export async function rowsThatDiffer(
  onnx: OnnxRun,
  rows: Rows,
  counts: readonly number[],
): Promise<string[]> {
  const part = (from: number, count: number): Rows => ({
    count,
    inputs: rows.inputs.map((x) =>
      x.slice((from * x.length) / rows.count, ((from + count) * x.length) / rows.count),
    ),
  });
  const alone: Float32Array[][] = [];
  for (let row = 0; row < Math.max(...counts); row++) alone.push(await onnx.run(part(row, 1)));
  const found: string[] = [];
  for (const count of counts) {
    const outputs = await onnx.run(part(0, count));
    outputs.forEach((values, output) => {
      const width = values.length / count;
      for (let row = 0; row < count; row++)
        for (let i = 0; i < width; i++)
          if (!Object.is(values[row * width + i], alone[row]![output]![i])) {
            found.push(`row ${row} of ${count}`);
            break;
          }
    });
  }
  return found;
}

export interface Comparison {
  /** Errors in units of what is allowed. */
  readonly random: number;
  readonly edge: number;
  readonly differing: readonly string[];
}

/** Everything at once for one model, a large one on fewer rows; the model is disposed of. */
export async function compare(
  model: tf.LayersModel,
  seed: number,
  { below, largest, counts = COUNTS.all }: RowOptions & { readonly counts?: readonly number[] } = {},
): Promise<Comparison> {
  const rng = createRng(seed);
  randomWeights(model, rng);
  const graph = graphFromModel(model);
  const onnx = await openOnnx(onnxFromGraph(graph));
  try {
    const rows = normalRows(graph, Math.max(...counts), rng, { below });
    const isLarge = counts !== COUNTS.all;
    const random = await worstError(model, onnx, firstRows(rows, isLarge ? 4 : 24), rng);
    const edge =
      below === undefined && !isLarge ? await worstError(model, onnx, edgeRows(graph, rng, largest), rng) : 0;
    return { random, edge, differing: await rowsThatDiffer(onnx, rows, counts) };
  } finally {
    model.dispose();
    await onnx.release();
  }
}

function firstRows({ count, inputs }: Rows, first: number): Rows {
  return { count: first, inputs: inputs.map((x) => x.slice(0, (first * x.length) / count)) };
}

/** A model of one layer. */
export function modelOf(layer: tf.layers.Layer, shapes: readonly (readonly number[])[]): tf.LayersModel {
  const inputs = shapes.map((shape) => tf.input({ shape: [...shape] }));
  const outputs = layer.apply(inputs.length === 1 ? inputs[0]! : inputs) as tf.SymbolicTensor;
  return tf.model({ inputs, outputs });
}
