/**
 * A trained network as one ONNX graph, preprocessing included.
 *
 * Shapes: input `features` [N, k] float64; output `probability` [N, 1] float32. The outputs `mean` and `deviation`
 *   [k] float64 repeat the scaling, so that a loader knows what typical rows look like.
 *   z = float32((features - mean) / deviation), the difference and quotient in float64, as in training
 *   h = f(h W + b) for each layer in float32, the last f a sigmoid
 * Operators: opset 17 of the ONNX specification; IR version 8.
 */
import type { Activation, TrainedNet } from "#ml";
import {
  ATTRIBUTE_INT,
  ELEMENT,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValue,
} from "./schema.ts";

const OPERATORS: Readonly<Record<Exclude<Activation, "elu">, string>> = {
  relu: "Relu",
  tanh: "Tanh",
  sigmoid: "Sigmoid",
};

export function modelFromNet(net: TrainedNet): OnnxModel {
  const { report } = net;
  const k = net.names.length;
  return {
    irVersion: 8,
    producerName: "tickbook",
    docString: `Chance of ${report.label} = 1 from ${net.names.join(", ")}`,
    opsetImport: [{ domain: "", version: 17 }],
    metadataProps: Object.entries({
      "tickbook.names": JSON.stringify(net.names),
      "tickbook.features": JSON.stringify(net.ids),
      "tickbook.label": report.label,
      "tickbook.data": report.dataHash,
      "tickbook.seed": String(report.seed),
      "tickbook.trainer": `${report.library} ${report.backend}`,
    }).map(([key, value]) => ({ key, value })),
    graph: {
      name: report.label,
      input: [valueInfo("features", ELEMENT.float64, ["N", k])],
      output: [
        valueInfo("probability", ELEMENT.float32, ["N", 1]),
        valueInfo("mean", ELEMENT.float64, [k]),
        valueInfo("deviation", ELEMENT.float64, [k]),
      ],
      node: nodesFromNet(net),
      initializer: [
        tensor("featureMean", net.scaler.mean, [k]),
        tensor("featureDeviation", net.scaler.deviation, [k]),
        ...net.layers.flatMap(({ weights, bias, inputs, units }, l) => [
          tensor(`weights${l}`, weights, [inputs, units]),
          tensor(`bias${l}`, bias, [units]),
        ]),
        ...(net.layers.some((layer) => layer.activation === "elu")
          ? [tensor("zero", Float32Array.of(0), []), tensor("one", Float32Array.of(1), [])]
          : []),
      ],
    },
  };
}

function nodesFromNet({ layers }: TrainedNet): OnnxNode[] {
  const last = layers.length - 1;
  return [
    node("Identity", ["featureMean"], "mean"),
    node("Identity", ["featureDeviation"], "deviation"),
    node("Sub", ["features", "featureMean"], "centred"),
    node("Div", ["centred", "featureDeviation"], "scaled"),
    {
      ...node("Cast", ["scaled"], "hidden0"),
      attribute: [{ name: "to", type: ATTRIBUTE_INT, i: ELEMENT.float32 }],
    },
    ...layers.flatMap(({ activation }, l) => [
      node("Gemm", [`hidden${l}`, `weights${l}`, `bias${l}`], `sum${l}`),
      ...activate(activation, `sum${l}`, l === last ? "probability" : `hidden${l + 1}`),
    ]),
  ];
}

function activate(activation: Activation, from: string, to: string): OnnxNode[] {
  if (activation !== "elu") return [node(OPERATORS[activation], [from], to)];
  // relu(x) + (exp(min(x, 0)) - 1): onnxruntime's own Elu rounds the elements at the end of a tensor otherwise than
  // those within, so that a row's prediction would depend on its place in the batch.
  return [
    node("Min", [from, "zero"], `${from}.negative`),
    node("Exp", [`${from}.negative`], `${from}.exp`),
    node("Sub", [`${from}.exp`, "one"], `${from}.left`),
    node("Relu", [from], `${from}.right`),
    node("Add", [`${from}.left`, `${from}.right`], to),
  ];
}

function node(opType: string, input: readonly string[], output: string): OnnxNode {
  return { name: output, opType, input, output: [output] };
}

function tensor(name: string, values: Float32Array | Float64Array, dims: readonly number[]): OnnxTensor {
  const isDouble = values instanceof Float64Array;
  const rawData = new Uint8Array(values.byteLength);
  const view = new DataView(rawData.buffer);
  values.forEach((value, i) => {
    if (isDouble) view.setFloat64(8 * i, value, true);
    else view.setFloat32(4 * i, value, true);
  });
  return { name, dataType: isDouble ? ELEMENT.float64 : ELEMENT.float32, dims, rawData };
}

/** @param dims a name stands for any number. */
function valueInfo(name: string, elemType: number, dims: readonly (number | string)[]): OnnxValue {
  const dim = dims.map((size) => (typeof size === "string" ? { dimParam: size } : { dimValue: size }));
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}
