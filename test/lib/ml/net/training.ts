import { isTickbookError } from "#core";
import type { TrainedNet } from "../../../../lib/ml/net/net.ts";
import type { TrainOptions } from "../../../../lib/ml/net/options.ts";
import { twoClasses } from "./datasets.ts";

/** A training that takes a moment. */
export const quick = { dataset: twoClasses(400), epochs: 8, learningRate: 0.01 } satisfies TrainOptions;

/** The code of the error that a call ends in, or "no error". */
export async function codeOf(run: () => Promise<unknown>): Promise<string> {
  try {
    await run();
  } catch (error) {
    if (isTickbookError(error)) return error.code;
    throw error;
  }
  return "no error";
}

/** All weights, layer by layer. */
export function numbersOf({ graph }: Pick<TrainedNet, "graph">): Float32Array[] {
  return Object.values(graph.layers).flatMap(({ weights }) => weights.map(({ values }) => values));
}
