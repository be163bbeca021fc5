import { buildGraph, netShape } from "./build.ts";
import type { NetGraph } from "./graph.ts";
import { checkOptions, type TrainOptions } from "./options.ts";

/**
 * The network that a training begins with, weights of its seed included: all that a function that builds one leads to.
 * Errors: `ml.bad-option`, `ml.bad-network`, `ml.unsupported-layer`.
 */
export function initialGraph(options: TrainOptions): Promise<NetGraph> {
  const { dataset, model, objective, seed } = checkOptions(options);
  return buildGraph(model, netShape(dataset, objective), seed);
}
