import { createHash } from "node:crypto";
import { fail } from "#core";
import type { FeatureSet } from "#features";
import { loadPredictor, type TrainedNet } from "#ml";
import type { ModelArtifact } from "#model";
import { modelFromNet } from "./graph.ts";
import { checkParity, type ParityReport } from "./parity.ts";
import { bytesFromModel } from "./schema.ts";

/** A model's file with the proof that it predicts what the trainer predicts. */
export interface OnnxExport extends ModelArtifact {
  readonly parity: ParityReport;
}

/**
 * Writes a net as ONNX, loads the file again and compares. The same net gives the same bytes.
 * @param options.features the set the model will be fed by; it must be the one the net was trained on.
 * Errors: `exports.contract-mismatch`, `exports.parity-failed`.
 */
export async function exportOnnx(
  net: TrainedNet,
  options: { readonly features: FeatureSet },
): Promise<OnnxExport> {
  assertContract(net, options.features);
  const bytes = await bytesFromModel(modelFromNet(net));
  const predictor = await loadPredictor({ bytes, inputs: net.names });
  try {
    const parity = await checkParity(net, predictor);
    assertParity(parity);
    const hash = createHash("sha256").update(bytes).digest("hex");
    return { kind: "onnx", bytes, hash, inputs: net.names, features: net.ids, parity };
  } finally {
    await predictor.close();
  }
}

function assertContract(net: TrainedNet, set: FeatureSet): void {
  const listOf = (names: readonly string[], ids: readonly string[]) =>
    names.map((name, i) => `${name} = ${ids[i]}`);
  const trained = listOf(net.names, net.ids);
  const given = listOf(set.names, set.ids);
  const at = trained.findIndex((feature, i) => feature !== given[i]);
  if (at === -1 && trained.length === given.length) return;
  const place = at === -1 ? trained.length : at;
  fail("exports.contract-mismatch", {
    message: `feature ${place + 1} is "${given[place] ?? "none"}", but the net was trained with "${trained[place] ?? "none"}" there`,
    hint: "Export with the feature set whose table the net was trained on, names and order included.",
    fields: { trained, given },
  });
}

function assertParity(parity: ParityReport): void {
  if (parity.passed && parity.batch.equalRows === parity.batch.rows) return;
  const worst = parity.groups.reduce((a, b) => (b.maxAbsolute > a.maxAbsolute ? b : a));
  const { rows, equalRows } = parity.batch;
  fail("exports.parity-failed", {
    message: parity.passed
      ? `onnxruntime gives ${rows - equalRows} of ${rows} rows other bits in a batch than alone`
      : `onnxruntime's predictions differ from the trainer's by up to ${worst.maxAbsolute} on ${worst.name} rows; the limit is ${parity.limit}`,
    hint: parity.passed
      ? "Please report this model: its batches should have been found to differ when it was loaded."
      : "Train with smaller weights (fewer epochs, a lower learningRate), or look for extreme values in the features.",
    fields: { ...parity },
  });
}
