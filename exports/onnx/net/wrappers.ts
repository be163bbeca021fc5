/** Layers around a layer. */
import type { LayerCall, LayerSupport } from "./layer-call.ts";
import { reversed, type Wrapped } from "./recurrent.ts";

export const WRAPPER_LAYERS: Readonly<Record<string, LayerSupport>> = {
  Bidirectional: {
    becomes: "the layer forwards and backwards, then Concat, Add or Mul",
    limits: "mergeMode null is refused",
    write: bidirectional,
  },
  TimeDistributed: { becomes: "Reshape, the layer, Reshape", write: timeDistributed },
};

function wrappedOf(call: LayerCall): Wrapped {
  const layer = call.parts.config.layer as Partial<Wrapped> | undefined;
  if (typeof layer?.className === "string" && layer.config !== undefined) return layer as Wrapped;
  return call.refuse("wraps no layer", "Take the network from graphFromModel.");
}

function bidirectional(call: LayerCall): string {
  const { className, config } = wrappedOf(call);
  const { weights, shape } = call.parts;
  const mode = call.parts.config.mergeMode;
  const isSequence = config.returnSequences === true;
  const half = weights.length / 2;
  const [, ...states] = call.parts.inputs;
  const direction = (part: string, goBackwards: boolean, at: number) =>
    call.within(part, {
      type: className,
      config: { ...config, goBackwards },
      weights: weights.slice(at * half, (at + 1) * half),
      inputs: [call.input, ...states.slice((at * states.length) / 2, ((at + 1) * states.length) / 2)],
      shape: mode === "concat" ? [...shape.slice(0, -1), shape.at(-1)! / 2] : shape,
    });
  const first = config.goBackwards === true;
  const forward = direction("forward", first, 0);
  const last = direction("backward", !first, 1);
  const backward = isSequence ? reversed(call, last, "turned") : last;
  if (mode === "concat") return call.node("Concat", [forward, backward], "joined", { axis: { i: -1 } });
  if (mode === "sum") return call.node("Add", [forward, backward], "sum");
  if (mode === "mul") return call.node("Mul", [forward, backward], "product");
  if (mode === "ave")
    return call.node("Mul", [call.node("Add", [forward, backward], "sum"), call.scalar(0.5)], "average");
  return call.refuse(
    `has the mergeMode ${JSON.stringify(mode ?? null)}`,
    'Use "concat", "sum", "mul" or "ave".',
  );
}

/** Every step is a row of its own for the layer within. */
function timeDistributed(call: LayerCall): string {
  const { className, config } = wrappedOf(call);
  const [steps, ...inner] = call.input.shape;
  const flat = call.reshape(call.input.tensor, [-1, ...inner], "steps");
  const shape = call.parts.shape.slice(1);
  const y = call.within("each", {
    type: className,
    config,
    inputs: [{ tensor: flat, shape: inner }],
    shape,
  });
  return call.reshape(y, [-1, steps!, ...shape], "together");
}
