/** A network's layers as nodes of an ONNX graph: opset 17, operators of ai.onnx only. */
import type { NetGraph } from "#ml";
import { GraphBuilder } from "../builder.ts";
import { LayerCall, type LayerWriter, type NetWriting, type Operand } from "./layer-call.ts";
import { LAYERS, REFUSED } from "./table.ts";

export interface WriteNetOptions {
  /** Products of Dense with 8-bit weights, each row quantised on its own. Default false. */
  readonly int8?: boolean;
}

/**
 * Writes a network after what the builder holds.
 *
 * @param inputs float32 tensors of the builder, one an input of the network, each [N, ...shape].
 * @returns the names of the float32 tensors that the network gives, in the order of `graph.outputs`; never those of
 *   inputs.
 * Errors: `exports.unsupported-layer`, with the builder as it was.
 */
export function writeNet(
  builder: GraphBuilder,
  graph: NetGraph,
  inputs: readonly string[],
  { int8 = false }: WriteNetOptions = {},
): string[] {
  // A first time for its errors alone.
  write(new GraphBuilder(), graph, inputs, int8);
  return write(builder, graph, inputs, int8);
}

function write(builder: GraphBuilder, graph: NetGraph, inputs: readonly string[], isInt8: boolean): string[] {
  const writing: NetWriting = { builder, isInt8, writerOf, constants: new Map() };
  const made = new Map<string, Operand>(
    graph.inputs.map(({ tensor, shape }, i) => [tensor, { tensor: inputs[i]!, shape }]),
  );
  graph.calls.forEach(({ layer, from, to, shape }, at) => {
    const { type, config, weights } = graph.layers[layer]!;
    const place = `call ${at + 1} of ${graph.calls.length}`;
    const operands = from.map((name) => made.get(name)!);
    const call = new LayerCall(writing, {
      name: layer,
      type,
      config,
      weights,
      inputs: operands,
      shape,
      place,
    });
    made.set(to, { tensor: writerOf(call)(call), shape });
  });
  return graph.outputs.map((name) => {
    const { tensor } = made.get(name)!;
    return inputs.includes(tensor) ? builder.node("Identity", [tensor], `${name}/out`) : tensor;
  });
}

function writerOf(call: LayerCall): LayerWriter {
  const { type } = call.parts;
  if (Object.hasOwn(LAYERS, type)) return LAYERS[type]!.write;
  return call.refuse(
    "cannot be written as ONNX",
    Object.hasOwn(REFUSED, type)
      ? REFUSED[type]!
      : `Build it of ${Object.keys(LAYERS).slice(0, 4).join(", ")} and the other layers in docs/onnx-layers.md.`,
  );
}
