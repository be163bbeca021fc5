import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import {
  type ExportOptions,
  exportOnnx as exportModel,
  type ImportOptions,
  importOnnx as importModel,
  type OnnxExport,
  type OnnxImport,
} from "#exports";
import type { TrainedModel } from "#ml";
import { currentSession } from "../current-session.ts";

/**
 * Writes a model as one ONNX graph, preprocessing included, and proves that it predicts what the trainer predicts.
 * Errors: `exports.contract-mismatch`, `exports.unsupported-layer`, `exports.parity-failed`, `exports.bad-option`.
 */
export async function exportOnnx(model: TrainedModel, options: ExportOptions): Promise<OnnxExport> {
  const exported = await exportModel(model, options);
  const { hash, inputs, parity } = exported;
  currentSession().record({ kind: "export", value: { hash, inputs, parity } });
  return exported;
}

/**
 * Takes a model that PyTorch, XGBoost, scikit-learn or another library wrote as ONNX, with the contract that its file
 * does not hold: see `ImportOptions`. @param file a path from the notebook's folder, or its bytes.
 * Errors: `exports.bad-model`, `exports.contract-mismatch`, `exports.parity-failed`, `ml.bad-model`.
 */
export async function importOnnx(file: string | Uint8Array, options: ImportOptions): Promise<OnnxImport> {
  const bytes = typeof file === "string" ? await readFile(resolve(currentSession().root, file)) : file;
  return importModel(bytes, options);
}
