/**
 * What a model's file must be: the inputs and outputs that `exportOnnx` and `importOnnx` write.
 *
 *   input    features    float64 [N, k], or [N, L, k] for a model that looks at L rows
 *   outputs  prediction  float32 [N, 1], what a strategy reads
 *            outputs     float32 [N, m], all that the model gives; left out where m is 1
 *            golden      float64 [G, k] or [G, L, k], rows that it was tried on
 *            expected    float32 [G, 1], its predictions of them when it was exported
 *            required    float64 [k], 1 where a row must have a value, 0 where it may be missing
 *            baseline    float64 [k + 1, 103], the distributions of training: lib/ml/drift/baseline.ts
 * They are known by their place: a model made elsewhere may use the names for its own tensors.
 */
import type { InferenceSession } from "onnxruntime-node";
import { fail } from "#core";
import type { ModelSession } from "./session.ts";

export interface ModelContract {
  readonly input: string;
  readonly prediction: string;
  readonly outputs: string;
  /** How many outputs there are. */
  readonly count: number;
  /** Features. */
  readonly width: number;
  /** Rows of one prediction. */
  readonly window: number;
  readonly golden: Float64Array;
  readonly expected: Float32Array;
  readonly required: readonly boolean[];
  readonly baseline: Float64Array;
}

/** Outputs that are the same for all rows. */
const CONSTANTS = 4;

/** @param inputs the features that it is to be fed. Errors: `ml.contract-mismatch`. */
export async function readContract(
  { session, tensor }: ModelSession,
  inputs: readonly string[],
): Promise<ModelContract> {
  const { input, window } = checkShapes(session, inputs);
  const [prediction, ...others] = session.outputNames as [string, ...string[]];
  const constants = others.slice(-CONSTANTS);
  const hasOutputs = others.length > CONSTANTS;
  const width = inputs.length;
  const shape = window === 1 ? [1, width] : [1, window, width];
  const zeros = tensor(new Float64Array(window * width), shape);
  const read = await session.run({ [input]: zeros }, constants);
  const all = session.outputMetadata[hasOutputs ? 1 : 0];
  const [golden, expected, required, baseline] = constants.map((name) => read[name]!.data);
  return {
    input,
    prediction,
    outputs: hasOutputs ? others[0]! : prediction,
    count: all?.isTensor ? Number(all.shape[1]) : 1,
    width,
    window,
    golden: golden as Float64Array,
    expected: expected as Float32Array,
    required: Array.from(required as Float64Array, (each) => each === 1),
    baseline: baseline as Float64Array,
  };
}

function checkShapes(session: InferenceSession, inputs: readonly string[]) {
  const { inputNames, outputNames } = session;
  const mismatch = (what: string): never =>
    fail("ml.contract-mismatch", {
      message: `the model ${what}`,
      hint: "A model must be fed the features it was exported with. Export it again with this feature set.",
      fields: { inputs, modelInputs: inputNames, modelOutputs: outputNames },
    });
  const [input, ...others] = session.inputMetadata;
  if (input === undefined || others.length > 0)
    mismatch(`takes ${inputNames.join(", ") || "nothing"}; it must take one input, the features`);
  if (outputNames.length !== CONSTANTS + 1 && outputNames.length !== CONSTANTS + 2)
    mismatch(
      `gives ${outputNames.join(", ")}; it must give what exportOnnx writes: prediction, (outputs,) golden rows, their predictions, required columns, baseline`,
    );
  if (!input?.isTensor || input.type !== "float64")
    return mismatch(`takes ${input?.isTensor ? input.type : "no tensor"}; it must take float64`);
  const { shape } = input;
  const [width, window] = shape.length === 3 ? [shape[2], shape[1]] : [shape[1], 1];
  if (width !== inputs.length)
    mismatch(
      `takes rows of ${width} features, and the contract lists ${inputs.length}: ${inputs.join(", ")}`,
    );
  return { input: input.name, window: Number(window) };
}
