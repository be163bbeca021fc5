import type { LayersModel } from "@tensorflow/tfjs";
import { createRng, fail, isTickbookError } from "#core";
import type { Dataset } from "../dataset/dataset.ts";
import { buildSpec, type NetBuilder, type NetModel, type NetShape, type NetSpec } from "./architectures.ts";
import { onCpu, type Tf } from "./backend.ts";
import { graphFromModel } from "./convert.ts";
import type { NetGraph } from "./graph.ts";
import { buildSeeded } from "./initial.ts";
import { ownLayers } from "./layers.ts";
import { headOf, type Objective } from "./objective.ts";

/** What a network for this dataset and objective must be. */
export function netShape({ names, window }: Dataset, objective: Objective): NetShape {
  const { units, activation } = headOf(objective);
  return { features: names.length, window, outputs: units, activation };
}

/**
 * A network with the initial weights of a seed; one that is given as a graph keeps its own. It is built on the cpu
 * backend of the caller's tfjs, without a pause, and nothing of it is left there.
 * Errors: `ml.bad-network`, `ml.unsupported-layer`, `ml.bad-option`; a builder's own error comes as `ml.bad-network`.
 */
export async function buildGraph(model: NetModel, shape: NetShape, seed: number): Promise<NetGraph> {
  if (typeof model === "object" && "calls" in model) return model;
  const tf = await import("@tensorflow/tfjs");
  return onCpu(tf, () => buildHere(tf, model, shape, seed));
}

function buildHere(tf: Tf, model: NetSpec | NetBuilder, shape: NetShape, seed: number): NetGraph {
  // Variables outlive a tidy: those that the builder makes are told from those that were there.
  const variables = () => Object.values(tf.engine().registeredVariables);
  const before = new Set(variables());
  try {
    let graph: NetGraph | undefined;
    tf.tidy(() => {
      const build = () =>
        typeof model === "function" ? runBuilder(tf, model, shape) : buildSpec(tf, model, shape);
      graph = graphFromModel(buildSeeded(tf, createRng(seed), build));
    });
    return graph!;
  } finally {
    for (const each of variables()) if (!before.has(each)) each.dispose();
  }
}

function runBuilder(tf: Tf, builder: NetBuilder, shape: NetShape): LayersModel {
  const hint =
    "The function takes (tf, { features, window, outputs, layers }) and returns tf.model(...) or tf.sequential(...).";
  let model: LayersModel;
  try {
    model = builder(tf, { ...shape, layers: ownLayers(tf) });
  } catch (cause) {
    if (isTickbookError(cause)) throw cause;
    return fail("ml.bad-network", {
      message: `the function that builds the network failed: ${cause instanceof Error ? cause.message : String(cause)}`,
      hint,
      cause,
    });
  }
  const isModel = typeof model === "object" && model !== null && "layers" in model && "inputs" in model;
  if (isModel) return model;
  const what =
    (model as unknown) instanceof Promise ? "a promise" : model === null ? "null" : `a ${typeof model}`;
  return fail("ml.bad-network", {
    message: `the function that builds the network returned ${what}, and no tfjs model`,
    hint,
    fields: { returned: what },
  });
}
