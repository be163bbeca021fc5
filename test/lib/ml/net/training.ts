import { createRequire } from "node:module";
import { isTickbookError } from "#core";
import type { TrainedNet } from "../../../../lib/ml/net/net.ts";
import type { TrainOptions } from "../../../../lib/ml/net/options.ts";
import { twoClasses } from "./datasets.ts";

/** Whether native TensorFlow is installed, not the alias that satisfies danfojs: see native/run.sh. */
export const hasNative = nameOfTfjsNode() === "@tensorflow/tfjs-node";

if (process.env.TICKBOOK_REQUIRE_TFJS_NODE === "1" && !hasNative)
  throw new Error("TICKBOOK_REQUIRE_TFJS_NODE is set, and @tensorflow/tfjs-node is not the real one");

export const BACKENDS = hasNative ? (["wasm", "cpu", "node"] as const) : (["wasm", "cpu"] as const);

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

function nameOfTfjsNode(): string | undefined {
  try {
    return createRequire(import.meta.url)("@tensorflow/tfjs-node/package.json").name;
  } catch {
    return undefined;
  }
}
