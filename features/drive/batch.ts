import type { FeatureDefinition, ParamValues } from "../define.ts";
import { streamDefinition } from "./stream.ts";

/**
 * Runs a definition over whole columns: the stream in a loop, so the two cannot differ.
 * @param inputs one column an input, all of length n.
 * @param outputs one column of length n an output; undefined for an output nobody wants.
 */
export function batchDefinition(
  definition: FeatureDefinition,
  params: ParamValues,
  inputs: readonly Float64Array[],
  outputs: readonly (Float64Array | undefined)[],
): void {
  const stream = streamDefinition(definition, params);
  const x = new Float64Array(definition.inputs.length);
  const out = new Float64Array(definition.outputs.length);
  const length = inputs[0]!.length;
  for (let i = 0; i < length; i++) {
    for (let j = 0; j < x.length; j++) x[j] = inputs[j]![i]!;
    stream.push(x, out);
    for (let k = 0; k < out.length; k++) {
      const column = outputs[k];
      if (column !== undefined) column[i] = out[k]!;
    }
  }
}
