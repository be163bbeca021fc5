import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { errorHistogramFigure } from "#analysis";
import { countText, fail, shortText } from "#core";
import {
  type ExportOptions,
  exportOnnx as exportModel,
  type ImportOptions,
  importOnnx as importModel,
  type OnnxExport,
  type OnnxImport,
} from "#exports";
import type { TrainedModel } from "#ml";
import type { ModelArtifact } from "#model";
import { ownEngineHash } from "../../memo/engine-hash.ts";
import { currentSession } from "../current-session.ts";
import { present, presentTable, type SummaryRow } from "../present.ts";
import type { Net, Trees } from "./train.ts";

/**
 * Writes a model as one ONNX graph, preprocessing included, and proves that it predicts what the trainer predicts.
 * `plot()` shows the errors.
 * Errors: `exports.contract-mismatch`, `exports.unsupported-layer`, `exports.parity-failed`, `exports.bad-option`.
 */
export async function exportOnnx(model: Net | Trees | TrainedModel, options: ExportOptions) {
  const code = await ownEngineHash();
  const exported: OnnxExport = await exportModel(model as TrainedModel, { code, ...options });
  const { hash, inputs, parity, quantisation } = exported;
  currentSession().record({ kind: "export", value: { hash, inputs, parity } });
  return present(exported, {
    plot: () => errorHistogramFigure(parity.exactRows, parity.histogram, parity.limit),
    title: `ONNX model ${hash.slice(0, 8)}`,
    rows: [
      ...fileRows(exported),
      [
        "Parity",
        `largest error ${shortText(parity.maxAbsolute)} on ${countText(parity.rows)} rows, limit ${shortText(parity.limit)}`,
      ],
      ["Batches", parity.batch.isBatched ? "equal to single rows, bit for bit" : "differ: run row by row"],
      ...(quantisation
        ? [["8-bit weights", `move predictions by up to ${shortText(quantisation.maxAbsolute)}`] as const]
        : []),
    ],
  });
}

/** What a file is, in words. */
export function fileRows({ bytes, inputs, window = 1 }: ModelArtifact): SummaryRow[] {
  return [
    ["Size", `${countText(Math.ceil(bytes.length / 1000))} kB`],
    ["Features", inputs.join(", ")],
    ["Looks at", window === 1 ? "one row" : `${window} rows`],
  ];
}

/**
 * Takes a model that PyTorch, XGBoost, scikit-learn or another library wrote as ONNX, with the contract that its file
 * does not hold: see `ImportOptions`. @param file a path from the notebook's folder, or its bytes.
 * Errors: `exports.bad-model`, `exports.contract-mismatch`, `exports.parity-failed`, `ml.bad-model`.
 */
export async function importOnnx(file: string | Uint8Array, options: ImportOptions) {
  const imported: OnnxImport = await importModel(typeof file === "string" ? await read(file) : file, options);
  const { reference } = imported;
  return presentTable(imported, {
    title: `ONNX model ${imported.hash.slice(0, 8)}, imported`,
    rows: [
      ...fileRows(imported),
      [
        "Reference",
        reference
          ? `largest difference ${shortText(reference.maxAbsolute)} on ${countText(reference.rows)} rows`
          : "none: give its trainer's predictions as `reference`",
      ],
    ],
  });
}

async function read(file: string): Promise<Uint8Array> {
  const path = resolve(currentSession().root, file);
  return readFile(path).catch((cause: unknown) =>
    fail("exports.bad-model", {
      message: `${path} cannot be read: ${(cause as Error).message}`,
      hint: "Paths start at the notebook's folder.",
      fields: { path },
      cause,
    }),
  );
}
