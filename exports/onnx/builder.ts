import { ELEMENT, type OnnxAttribute, type OnnxNode, type OnnxTensor } from "./schema.ts";

/** An attribute's value with its type in ONNX. */
export type Attribute =
  | { readonly i: number }
  | { readonly f: number }
  | { readonly s: string }
  | { readonly ints: readonly number[] }
  | { readonly floats: readonly number[] | Float32Array }
  | { readonly strings: readonly string[] };

export type TensorValues = Float32Array | Float64Array | BigInt64Array | Int32Array | Int8Array | Uint8Array;

/** The codes that ONNX gives to the types of attributes. */
const ATTRIBUTE = { f: 1, i: 2, s: 3, floats: 6, ints: 7, strings: 8 } as const;

/** Collects the nodes and constants of a graph, in order. Tensors are known by their names. */
export class GraphBuilder {
  readonly nodes: OnnxNode[] = [];
  readonly initializers: OnnxTensor[] = [];
  /** Operator domains in use beside the default one. */
  readonly domains = new Set<string>();
  private readonly taken: Map<string, number>;

  /** @param taken names that stand already. */
  constructor(taken: Iterable<string> = []) {
    this.taken = new Map(Array.from(taken, (name) => [name, 1]));
  }

  /** A name that no other tensor has: `hint`, or `hint.2`. */
  name(hint: string): string {
    const count = (this.taken.get(hint) ?? 0) + 1;
    this.taken.set(hint, count);
    return count === 1 ? hint : this.name(`${hint}.${count}`);
  }

  /** A tensor of the file. @param dims [] for a scalar. */
  constant(hint: string, values: TensorValues, dims: readonly number[]): string {
    const name = this.name(hint);
    this.initializers.push({ name, dataType: elementOf(values), dims, rawData: littleEndian(values) });
    return name;
  }

  /** One int64 vector: shapes, axes, starts. */
  ints(hint: string, values: readonly number[]): string {
    return this.constant(hint, BigInt64Array.from(values, BigInt), [values.length]);
  }

  /** A float32 scalar. */
  scalar(hint: string, value: number): string {
    return this.constant(hint, Float32Array.of(value), []);
  }

  /**
   * A node with one output, and its name.
   * @param hint the output's name. @param inputs "" for an optional input that is left out.
   */
  node(
    opType: string,
    inputs: readonly string[],
    hint: string,
    attributes: Readonly<Record<string, Attribute>> = {},
    domain = "",
  ): string {
    return this.nodeOf(opType, inputs, [hint], attributes, domain)[0]!;
  }

  /** Gives a tensor a name that something outside reads. */
  copy(from: string, to: string): void {
    this.nodes.push({ name: this.name(to), opType: "Identity", input: [from], output: [to] });
  }

  /**
   * A tensor under another name, for the outside to read. Its node gives it that name, because a node of its own would
   * cost time in each prediction; one is made where other nodes read the tensor, or none gives it.
   */
  rename(from: string, hint: string): string {
    const at = this.nodes.findIndex(({ output }) => output.includes(from));
    if (at < 0 || this.nodes.some(({ input }) => input.includes(from)))
      return this.node("Identity", [from], hint);
    const name = this.name(hint);
    const node = this.nodes[at]!;
    this.nodes[at] = { ...node, output: node.output.map((each) => (each === from ? name : each)) };
    return name;
  }

  /** The same as `node` with several outputs; "" leaves one out. */
  nodeOf(
    opType: string,
    inputs: readonly string[],
    hints: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    domain = "",
  ): string[] {
    const output = hints.map((hint) => (hint === "" ? "" : this.name(hint)));
    if (domain !== "") this.domains.add(domain);
    this.nodes.push({
      name: output.find((each) => each !== "")!,
      opType,
      input: inputs,
      output,
      attribute: Object.entries(attributes).map(([name, value]) => attributeOf(name, value)),
      ...(domain === "" ? {} : { domain }),
    });
    return output;
  }
}

function attributeOf(name: string, value: Attribute): OnnxAttribute {
  const [key] = Object.keys(value) as (keyof typeof ATTRIBUTE)[];
  const type = ATTRIBUTE[key!];
  if ("s" in value) return { name, type, s: new TextEncoder().encode(value.s) };
  if ("strings" in value)
    return { name, type, strings: value.strings.map((text) => new TextEncoder().encode(text)) };
  if ("floats" in value) return { name, type, floats: Array.from(value.floats) };
  return { name, type, ...value };
}

function elementOf(values: TensorValues): number {
  if (values instanceof Float32Array) return ELEMENT.float32;
  if (values instanceof Float64Array) return ELEMENT.float64;
  if (values instanceof BigInt64Array) return ELEMENT.int64;
  if (values instanceof Int32Array) return ELEMENT.int32;
  return values instanceof Int8Array ? ELEMENT.int8 : ELEMENT.uint8;
}

/** The values' bytes in the order of ONNX. Every processor that Node runs on is little-endian. */
function littleEndian({ buffer, byteOffset, byteLength }: TensorValues): Uint8Array {
  return Uint8Array.from(new Uint8Array(buffer, byteOffset, byteLength));
}
