/**
 * A model's file made elsewhere, opened without losing anything: nodes, weights and functions stay the bytes they are,
 * because a message within a message is written as its bytes are.
 * Field numbers: onnx.proto of the ONNX specification.
 */
import type { INamespace, Type } from "protobufjs";
import { fail } from "#core";
import { DESCRIPTOR, type OnnxNode, type OnnxTensor, type OnnxValue } from "./schema.ts";

export interface ForeignModel {
  readonly irVersion: number;
  readonly opsetImport: readonly { readonly domain: string; readonly version: number }[];
  readonly metadataProps: readonly { readonly key: string; readonly value: string }[];
  readonly producerName: string;
  readonly docString: string;
  readonly functions: readonly Uint8Array[];
  readonly graph: ForeignGraph;
}

export interface ForeignGraph {
  readonly name: string;
  readonly node: readonly Uint8Array[];
  readonly initializer: readonly Uint8Array[];
  readonly sparseInitializer: readonly Uint8Array[];
  readonly valueInfo: readonly Uint8Array[];
  readonly input: readonly OnnxValue[];
  readonly output: readonly OnnxValue[];
}

const raw = (id: number) => ({ rule: "repeated", type: "bytes", id });
const many = (type: string, id: number) => ({ rule: "repeated", type, id, options: { packed: false } });
const one = (type: string, id: number) => ({ type, id });

const FOREIGN: INamespace = {
  nested: {
    ...DESCRIPTOR.nested,
    ForeignModel: {
      fields: {
        irVersion: one("int64", 1),
        producerName: one("string", 2),
        docString: one("string", 6),
        graph: one("ForeignGraph", 7),
        opsetImport: many("OperatorSet", 8),
        metadataProps: many("Entry", 14),
        functions: raw(25),
      },
    },
    ForeignGraph: {
      fields: {
        node: raw(1),
        name: one("string", 2),
        initializer: raw(5),
        input: many("ValueInfo", 11),
        output: many("ValueInfo", 12),
        valueInfo: raw(13),
        sparseInitializer: raw(15),
      },
    },
  },
};

async function typeOf(name: string): Promise<Type> {
  const { default: protobuf } = await import("protobufjs");
  return protobuf.Root.fromJSON(FOREIGN).lookupType(name);
}

/** Errors: `exports.bad-model` for what is no ONNX file, or keeps its weights in another file. */
export async function foreignFromBytes(bytes: Uint8Array): Promise<ForeignModel> {
  const type = await typeOf("ForeignModel");
  try {
    const message = type.decode(bytes);
    const model = type.toObject(message, { longs: Number, arrays: true, defaults: true }) as ForeignModel;
    if (!(model.irVersion > 0) || !model.graph || model.graph.node.length === 0) throw new Error("no graph");
    return model;
  } catch (cause) {
    return fail("exports.bad-model", {
      message: `${bytes.length} bytes are not an ONNX model: ${cause instanceof Error ? cause.message : String(cause)}`,
      hint: "Give the content of a .onnx file whose weights are in the file itself.",
      fields: { bytes: bytes.length },
      cause,
    });
  }
}

/** The tensors that the file itself holds. */
export async function initializerNames({ initializer }: ForeignGraph): Promise<ReadonlySet<string>> {
  const type = await typeOf("Tensor");
  return new Set(initializer.map((each) => (type.decode(each) as unknown as OnnxTensor).name));
}

/** The names that its nodes give their outputs and read, nodes within nodes left out. */
export async function tensorNames({ node }: ForeignGraph): Promise<ReadonlySet<string>> {
  const type = await typeOf("Node");
  return new Set(
    node.flatMap((each) => {
      const { input, output } = type.decode(each) as unknown as OnnxNode;
      return [...input, ...output];
    }),
  );
}

/** The file with nodes and constants of ours around its own. */
export async function bytesFromForeign(
  model: ForeignModel,
  around: {
    readonly before: readonly OnnxNode[];
    readonly after: readonly OnnxNode[];
    readonly initializer: readonly OnnxTensor[];
  },
): Promise<Uint8Array> {
  const [type, node, tensor] = [await typeOf("ForeignModel"), await typeOf("Node"), await typeOf("Tensor")];
  const nodes = (list: readonly OnnxNode[]) => list.map((each) => node.encode(each).finish());
  const { graph } = model;
  const whole = {
    ...model,
    graph: {
      ...graph,
      node: [...nodes(around.before), ...graph.node, ...nodes(around.after)],
      initializer: [...graph.initializer, ...around.initializer.map((each) => tensor.encode(each).finish())],
    },
  };
  return Uint8Array.from(type.encode(type.fromObject(whole)).finish());
}
