/** One call of one layer, as its writer sees it: what it reads, what it is told, and where its nodes go. */
import { fail } from "#core";
import type { NetWeights } from "#ml";
import type { Attribute, GraphBuilder, TensorValues } from "../builder.ts";

/** A tensor of the graph; `shape` without the batch. */
export interface Operand {
  readonly tensor: string;
  readonly shape: readonly number[];
}

/** Writes a layer's nodes. @returns the name of the tensor that the layer gives. */
export type LayerWriter = (call: LayerCall) => string;

/** How a layer is written, and what the page of layers says of it. */
export interface LayerSupport {
  readonly write: LayerWriter;
  /** What it becomes in ONNX. */
  readonly becomes: string;
  /** What is refused or otherwise than one may think. */
  readonly limits?: string;
}

/** What all calls of one graph share. */
export interface NetWriting {
  readonly builder: GraphBuilder;
  readonly isInt8: boolean;
  /** The writer of a class of layers, for the layers within wrappers. */
  readonly writerOf: (call: LayerCall) => LayerWriter;
  /** Constants by what they are, so that a shared layer's weights are in the file once. */
  readonly constants: Map<string, string>;
}

export interface CallParts {
  /** The layer's name, or its place within a wrapper: "bidirectional_1/forward". */
  readonly name: string;
  readonly type: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly weights: readonly NetWeights[];
  readonly inputs: readonly Operand[];
  /** Of what the layer gives, without the batch. */
  readonly shape: readonly number[];
  /** Where the call stands, for errors: "call 3 of 7". */
  readonly place: string;
}

type Attributes = Readonly<Record<string, Attribute>>;

export class LayerCall {
  readonly parts: CallParts;
  private readonly writing: NetWriting;

  constructor(writing: NetWriting, parts: CallParts) {
    this.writing = writing;
    this.parts = parts;
  }

  get isInt8(): boolean {
    return this.writing.isInt8;
  }

  /** The first input; most layers have no other. */
  get input(): Operand {
    return this.parts.inputs[0]!;
  }

  node(opType: string, inputs: readonly string[], hint: string, attributes: Attributes = {}): string {
    return this.writing.builder.node(opType, inputs, `${this.parts.name}/${hint}`, attributes);
  }

  nodes(opType: string, inputs: readonly string[], hints: readonly string[], attributes: Attributes = {}) {
    const named = hints.map((hint) => (hint === "" ? "" : `${this.parts.name}/${hint}`));
    return this.writing.builder.nodeOf(opType, inputs, named, attributes);
  }

  /** A weight in ONNX's layout; made once however often the layer is called. */
  weight(hint: string, dims: readonly number[], make: () => TensorValues): string {
    const name = `${this.parts.name}/${hint}`;
    return this.constant(`weight ${name}`, () => this.writing.builder.constant(name, make(), dims));
  }

  scalar(value: number): string {
    return this.constant(`scalar ${Object.is(value, -0) ? "-0" : value}`, () =>
      this.writing.builder.scalar(`scalar/${value}`, value),
    );
  }

  /** An int64 vector. */
  ints(values: readonly number[]): string {
    const text = values.join(",");
    return this.constant(`ints ${text}`, () => this.writing.builder.ints(`ints/${text}`, values));
  }

  /** An int64 scalar: an index. */
  index(value: number): string {
    return this.constant(`index ${value}`, () =>
      this.writing.builder.constant(`index/${value}`, BigInt64Array.of(BigInt(value)), []),
    );
  }

  reshape(x: string, shape: readonly number[], hint: string): string {
    return this.node("Reshape", [x, this.ints(shape)], hint);
  }

  transpose(x: string, perm: readonly number[], hint: string): string {
    if (perm.every((axis, i) => axis === i)) return x;
    return this.node("Transpose", [x], hint, { perm: { ints: perm } });
  }

  /** Writes a layer that this one is made of. */
  within(part: string, inner: Partial<CallParts> & Pick<CallParts, "type" | "config">): string {
    const call = new LayerCall(this.writing, {
      ...this.parts,
      ...inner,
      name: `${this.parts.name}/${part}`,
    });
    return this.writing.writerOf(call)(call);
  }

  /** A setting that may be left out. */
  setting(key: string, otherwise: number): number;
  setting(key: string, otherwise: string): string;
  setting(key: string, otherwise: boolean): boolean;
  setting(key: string, otherwise: number | string | boolean): number | string | boolean {
    const value = this.parts.config[key] ?? otherwise;
    if (typeof value !== typeof otherwise) this.refuseSetting(key, `a ${typeof otherwise}`);
    return value as typeof otherwise;
  }

  /** A setting of `count` numbers; one number stands for all. */
  sizes(key: string, count: number, otherwise?: number): number[] {
    const value = this.parts.config[key] ?? otherwise;
    const list = typeof value === "number" ? Array<number>(count).fill(value) : value;
    if (!Array.isArray(list) || list.length !== count || !list.every(Number.isInteger))
      return this.refuseSetting(key, `${count} whole numbers`);
    return list as number[];
  }

  private refuseSetting(key: string, rule: string): never {
    const value = JSON.stringify(this.parts.config[key]);
    return this.refuse(`has ${key} ${value}, and it must be ${rule}`, `Give ${key} as tfjs documents it.`);
  }

  /** The values of a weight by its position; refuses one that is not there or has another rank. */
  values(position: number, rank?: number): NetWeights {
    const found = this.parts.weights[position];
    if (found === undefined || (rank !== undefined && found.shape.length !== rank)) {
      return this.refuse(
        `has ${this.parts.weights.length} weights of shapes ${this.parts.weights.map(({ shape }) => `[${shape.join(", ")}]`).join(", ")}, which its class does not have`,
        "Take the network from graphFromModel, as it was trained.",
      );
    }
    return found;
  }

  /** Errors: always `exports.unsupported-layer`. */
  refuse(what: string, instead: string): never {
    const { name, type, place, inputs } = this.parts;
    const from = inputs.map(({ tensor, shape }) => `${tensor} [${shape.join(", ")}]`).join(", ");
    return fail("exports.unsupported-layer", {
      message: `the layer "${name}" (${type}, ${place}, reads ${from}) ${what}`,
      hint: instead,
      fields: { layer: name, type, place, from: inputs.map(({ tensor }) => tensor) },
    });
  }

  private constant(key: string, make: () => string): string {
    const known = this.writing.constants.get(key);
    if (known !== undefined) return known;
    const name = make();
    this.writing.constants.set(key, name);
    return name;
  }
}
