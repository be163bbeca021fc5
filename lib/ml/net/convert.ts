/**
 * A tfjs model as plain data, and back: weights bit for bit, the same layers, calls and names.
 *
 * Models within models are dissolved: what counts is which layer is called on which tensors. Wrappers (Bidirectional,
 * TimeDistributed, RNN over cells) stay one layer whose config holds what they wrap.
 */
import type { LayersModel, layers, SymbolicTensor, serialization, Tensor } from "@tensorflow/tfjs";
import { fail } from "#core";
import type { Tf } from "./backend.ts";
import type { NetCall, NetGraph, NetLayer, NetWeights } from "./graph.ts";

export type Layer = layers.Layer;
type Node = Layer["inboundNodes"][number];

/** A model that is called like a layer. */
interface Nested {
  readonly inputs: readonly SymbolicTensor[];
  readonly outputs: readonly SymbolicTensor[];
}

/** What the tensors of one model are called in one of its calls. */
interface Scope {
  readonly names: Map<number, string>;
  readonly within: Map<Node, Scope>;
}

/**
 * The network of a model with its weights as they are now.
 * Errors: `ml.unsupported-layer` for what cannot be told as plain data, `ml.bad-network` for a model without inputs or
 * with a size left open.
 */
export function graphFromModel(model: LayersModel): NetGraph {
  if (!(model.inputs?.length > 0)) {
    fail("ml.bad-network", {
      message: `the model "${model.name}" has no inputs yet`,
      hint: "Give its first layer an inputShape.",
      fields: { model: model.name },
    });
  }
  const reader = new GraphReader();
  const top = newScope();
  const inputs = model.inputs.map((tensor) => {
    const name = reader.nameOf(tensor.sourceLayer);
    top.names.set(tensor.id, name);
    return { tensor: name, shape: shapeOf(tensor) };
  });
  const outputs = model.outputs.map((tensor) => reader.read(tensor, top));
  return { inputs, outputs, layers: reader.layers, calls: reader.calls };
}

/**
 * The model of a network, with its weights; the caller disposes of it.
 * Errors: `ml.unsupported-layer` for a class that tfjs does not know here, `ml.bad-network` where layers do not fit.
 */
export function modelFromGraph(tf: Tf, graph: NetGraph): LayersModel {
  const made = new Map<string, SymbolicTensor>();
  for (const { tensor, shape } of graph.inputs)
    made.set(tensor, tf.input({ shape: [...shape], name: tensor }));
  const built = new Map<string, Layer>();
  for (const { layer: name, from, to } of graph.calls) {
    const unknown = from.find((tensor) => !made.has(tensor));
    if (!Object.hasOwn(graph.layers, name)) refuseMisfit(name, "the network has no such layer");
    if (unknown !== undefined)
      refuseMisfit(name, `it reads the tensor "${unknown}", which is not made before it`);
    const layer = built.get(name) ?? makeLayer(tf, name, graph.layers[name]!);
    built.set(name, layer);
    const given = from.map((each) => made.get(each)!);
    try {
      made.set(to, layer.apply(given.length === 1 ? given[0]! : given) as SymbolicTensor);
    } catch (cause) {
      refuseMisfit(name, cause);
    }
  }
  for (const tensor of graph.outputs)
    if (!made.has(tensor)) refuseMisfit(tensor, "the network gives this tensor, and no layer makes it");
  for (const [name, layer] of built) setWeights(tf, name, layer, graph.layers[name]!.weights);
  return tf.model({
    inputs: graph.inputs.map(({ tensor }) => made.get(tensor)!),
    outputs: graph.outputs.map((tensor) => made.get(tensor)!),
  });
}

/** The layers within a layer: the two of Bidirectional, that of TimeDistributed, the cells of RNN. Itself first. */
export function layersIn(layer: Layer): Layer[] {
  const within = layer as unknown as Readonly<Record<string, Layer | undefined>> & { cells?: Layer[] };
  const own = [within.forwardLayer, within.backwardLayer].filter((each) => each !== undefined);
  const parts = own.length > 0 ? own : [within.layer, within.cell, ...(within.cells ?? [])];
  return [
    layer,
    ...parts.filter((each) => each !== undefined && each !== null).flatMap((each) => layersIn(each)),
  ];
}

/** The class of tfjs's registry with this name; undefined if there is none. */
export function registeredClass(tf: Tf, type: string) {
  const { classNameMap } = tf.serialization.SerializationMap.getMap();
  return Object.hasOwn(classNameMap, type) ? classNameMap[type] : undefined;
}

class GraphReader {
  readonly calls: NetCall[] = [];
  readonly layers: Record<string, NetLayer> = {};
  private readonly names = new Map<Layer, string>();
  private readonly taken = new Set<string>();

  /**
   * The layer's own name, or with a number where another has the same. The names that tfjs gives itself count all layers
   * of the process; here they count those of the network, so that the same network is always the same data.
   */
  nameOf(layer: Layer): string {
    const known = this.names.get(layer);
    if (known !== undefined) return known;
    return this.take(withoutCount(layer.name, layer.getClassName()), (name) => this.names.set(layer, name));
  }

  /** Writes down the calls that make a tensor, each once. @returns its name. */
  read(tensor: SymbolicTensor, scope: Scope): string {
    const known = scope.names.get(tensor.id);
    if (known !== undefined) return known;
    const layer = tensor.sourceLayer;
    const node = layer.inboundNodes[tensor.nodeIndex]!;
    const name = isNested(layer)
      ? this.readNested(layer, node, tensor, scope)
      : this.readCall(layer, node, scope);
    scope.names.set(tensor.id, name);
    return name;
  }

  private readNested(nested: Layer & Nested, node: Node, tensor: SymbolicTensor, scope: Scope): string {
    let inner = scope.within.get(node);
    if (inner === undefined) {
      inner = newScope();
      scope.within.set(node, inner);
      for (const [i, input] of nested.inputs.entries())
        inner.names.set(input.id, this.read(node.inputTensors[i]!, scope));
    }
    return this.read(nested.outputs[tensor.tensorIndex]!, inner);
  }

  private readCall(layer: Layer, node: Node, scope: Scope): string {
    assertPlain(layer, node);
    const from = node.inputTensors.map((each) => this.read(each, scope));
    const name = this.nameOf(layer);
    this.layers[name] ??= plainLayer(layer, name);
    // A layer's first result has its name.
    const isFirst = !this.calls.some((call) => call.layer === name);
    const to = isFirst ? name : this.take(name, () => {});
    this.calls.push({ layer: name, from, to, shape: shapeOf(node.outputTensors[0]!) });
    return to;
  }

  private take(wanted: string, keep: (name: string) => void): string {
    let name = wanted;
    for (let n = 2; this.taken.has(name); n++) name = `${wanted}_${n}`;
    this.taken.add(name);
    keep(name);
    return name;
  }
}

function newScope(): Scope {
  return { names: new Map(), within: new Map() };
}

function isNested(layer: Layer): layer is Layer & Nested {
  return "runInternalGraph" in layer || layer.getClassName() === "Sequential";
}

function shapeOf({ shape, name }: SymbolicTensor): number[] {
  const sizes = shape.slice(1);
  if (sizes.every((size) => size !== null && size !== undefined)) return sizes as number[];
  return fail("ml.bad-network", {
    message: `the tensor "${name}" has the shape [${shape.map((size) => size ?? "?").join(", ")}]: a size is left open`,
    hint: "Give every input its whole shape but for the batch: [features], or [window, features].",
    fields: { tensor: name, shape },
  });
}

function plainLayer(layer: Layer, name: string): NetLayer {
  const config = JSON.parse(JSON.stringify(layer.getConfig()), withoutCounts) as Record<string, unknown>;
  const names = weightNames(layer);
  return {
    type: layer.getClassName(),
    config: { ...config, ...forgotten(layer), name },
    weights: layer.getWeights().map((tensor: Tensor, i) => ({
      name: names[i] ?? String(i),
      shape: [...tensor.shape],
      values: Float32Array.from(tensor.dataSync()),
    })),
  };
}

/** What a separable convolution of tfjs leaves out of its config. */
function forgotten(layer: Layer): object {
  const { depthMultiplier } = layer as unknown as { depthMultiplier?: number };
  return depthMultiplier === undefined ? {} : { depthMultiplier };
}

/** The name of a layer without what tfjs put behind it: "dense_Dense17" and "dense_Dense17_input" are "dense". */
function withoutCount(name: string, type: string): string {
  if (type === "InputLayer")
    return name.replace(/^input\d+$/, "input").replace(/_[A-Z]\w*\d_input$/, "_input");
  return name.replace(new RegExp(`_${type}\\d+$`), "");
}

/** For what a layer wraps. tfjs numbers stacked cells anew whenever they are made. */
function withoutCounts(_: string, value: unknown): unknown {
  const { className, config } = (value ?? {}) as { className?: unknown; config?: { name?: unknown } };
  if (typeof className !== "string" || config === undefined) return value;
  if (className === "StackedRNNCells") delete config.name;
  else if (typeof config.name === "string") config.name = withoutCount(config.name, className);
  return value;
}

/** "kernel", "forward_lstm/kernel": without the layer's own name, which tfjs puts in front. */
function weightNames(layer: Layer): string[] {
  return layer.weights.map(({ originalName }) => {
    const parts = originalName.split("/");
    const own =
      parts.length > 1 && parts[0]!.startsWith(layer.name) ? parts.slice(1).join("/") : originalName;
    return own.replace(/_[A-Z]\w*\d(?=\/)/g, "");
  });
}

function assertPlain(layer: Layer, node: Node): void {
  const problem = problemOf(layer, node);
  if (problem === undefined) return;
  fail("ml.unsupported-layer", {
    message: `the layer "${layer.name}" (${layer.getClassName()}) ${problem.what}`,
    hint: problem.instead,
    fields: { layer: layer.name, type: layer.getClassName() },
  });
}

function problemOf(layer: Layer, node: Node): { what: string; instead: string } | undefined {
  if (node.outputTensors.length !== 1)
    return {
      what: `gives ${node.outputTensors.length} tensors`,
      instead: "Leave returnState out, and give Bidirectional a mergeMode: a layer here gives one tensor.",
    };
  if (layer.stateful)
    return {
      what: "keeps a state from batch to batch",
      instead: "Leave stateful out: rows are learnt in any order.",
    };
  const args = Object.keys(node.callArgs ?? {}).filter((name) => name !== "initialState");
  if (args.length > 0)
    return {
      what: `is called with ${args.join(", ")}`,
      instead: "Call it on tensors alone: training or not is told by who runs it.",
    };
  return undefined;
}

function makeLayer(tf: Tf, name: string, { type, config }: NetLayer): Layer {
  const found = registeredClass(tf, type);
  if (found === undefined) {
    return fail("ml.unsupported-layer", {
      message: `the layer "${name}" is of the class ${type}, which is unknown where networks are trained`,
      hint: "Build it of layers of tfjs or of tickbook (CausalConv1D, MultiHeadAttention, ...): a class of your own stays in your process.",
      fields: { layer: name, type },
    });
  }
  const [cls, fromConfig] = found;
  try {
    // Some classes write into the config they are given.
    const layer = fromConfig(cls, structuredClone(config) as serialization.ConfigDict) as Layer;
    // Initial weights would be drawn for nothing.
    for (const each of layersIn(layer)) each.setFastWeightInitDuringBuild(true);
    return layer;
  } catch (cause) {
    return refuseMisfit(name, cause);
  }
}

function setWeights(tf: Tf, name: string, layer: Layer, weights: readonly NetWeights[]): void {
  const tensors = weights.map(({ values, shape }) => tf.tensor(values.slice(), [...shape], "float32"));
  try {
    layer.setWeights(tensors);
  } catch (cause) {
    refuseMisfit(name, cause);
  } finally {
    tf.dispose(tensors);
  }
}

function refuseMisfit(name: string, cause: unknown): never {
  return fail("ml.bad-network", {
    message: `the layer "${name}" does not fit: ${cause instanceof Error ? cause.message : String(cause)}`,
    hint: "Look at the sizes of the layers before it.",
    fields: { layer: name },
    cause,
  });
}
