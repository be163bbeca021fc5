/**
 * The part of the ONNX format that tickbook writes, as a protobuf descriptor.
 * Field numbers and types: onnx.proto of the ONNX specification, IR version 8.
 */
import type { INamespace, Type } from "protobufjs";

const one = (type: string, id: number) => ({ type, id });
const many = (type: string, id: number) => ({ rule: "repeated", type, id, options: { packed: false } });

export const DESCRIPTOR: INamespace = {
  nested: {
    Model: {
      fields: {
        irVersion: one("int64", 1),
        producerName: one("string", 2),
        docString: one("string", 6),
        graph: one("Graph", 7),
        opsetImport: many("OperatorSet", 8),
        metadataProps: many("Entry", 14),
      },
    },
    OperatorSet: { fields: { domain: one("string", 1), version: one("int64", 2) } },
    Entry: { fields: { key: one("string", 1), value: one("string", 2) } },
    Graph: {
      fields: {
        node: many("Node", 1),
        name: one("string", 2),
        initializer: many("Tensor", 5),
        input: many("ValueInfo", 11),
        output: many("ValueInfo", 12),
      },
    },
    Node: {
      fields: {
        input: many("string", 1),
        output: many("string", 2),
        name: one("string", 3),
        opType: one("string", 4),
        attribute: many("Attribute", 5),
        domain: one("string", 7),
      },
    },
    Attribute: {
      fields: {
        name: one("string", 1),
        f: one("float", 2),
        i: one("int64", 3),
        s: one("bytes", 4),
        floats: many("float", 7),
        ints: many("int64", 8),
        strings: many("bytes", 9),
        type: one("int32", 20),
      },
    },
    Tensor: {
      fields: {
        dims: many("int64", 1),
        dataType: one("int32", 2),
        name: one("string", 8),
        rawData: one("bytes", 9),
      },
    },
    ValueInfo: { fields: { name: one("string", 1), type: one("ValueType", 2) } },
    ValueType: { fields: { tensorType: one("TensorType", 1) } },
    TensorType: { fields: { elemType: one("int32", 1), shape: one("Shape", 2) } },
    Shape: { fields: { dim: many("Dimension", 1) } },
    Dimension: { fields: { dimValue: one("int64", 1), dimParam: one("string", 2) } },
  },
};

/** The codes that ONNX gives to element types. */
export const ELEMENT = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float64: 11,
} as const;

export interface OnnxModel {
  readonly irVersion: number;
  readonly producerName: string;
  readonly docString: string;
  readonly graph: OnnxGraph;
  readonly opsetImport: readonly { readonly domain: string; readonly version: number }[];
  readonly metadataProps: readonly { readonly key: string; readonly value: string }[];
}

export interface OnnxGraph {
  readonly node: readonly OnnxNode[];
  readonly name: string;
  readonly initializer: readonly OnnxTensor[];
  readonly input: readonly OnnxValue[];
  readonly output: readonly OnnxValue[];
}

export interface OnnxNode {
  readonly name: string;
  readonly opType: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute?: readonly OnnxAttribute[];
  /** Empty for the operators of ONNX itself. */
  readonly domain?: string;
}

/** One of the values is set, as `type` says. */
export interface OnnxAttribute {
  readonly name: string;
  readonly type: number;
  readonly f?: number;
  readonly i?: number;
  readonly s?: Uint8Array;
  readonly floats?: readonly number[];
  readonly ints?: readonly number[];
  readonly strings?: readonly Uint8Array[];
}

export interface OnnxTensor {
  readonly name: string;
  readonly dataType: number;
  readonly dims: readonly number[];
  /** Little-endian. */
  readonly rawData: Uint8Array;
}

export interface OnnxValue {
  readonly name: string;
  readonly type: {
    readonly tensorType: {
      readonly elemType: number;
      readonly shape: {
        readonly dim: readonly ({ readonly dimValue: number } | { readonly dimParam: string })[];
      };
    };
  };
}

/** The model's file. The same model gives the same bytes: fields are written in the order of their numbers. */
export async function bytesFromModel(model: OnnxModel): Promise<Uint8Array> {
  const { default: protobuf } = await import("protobufjs");
  const type: Type = protobuf.Root.fromJSON(DESCRIPTOR).lookupType("Model");
  // A copy: the writer hands out a view into its pool.
  return Uint8Array.from(type.encode(model).finish());
}
