import * as fc from "fast-check";
import type { InferenceSession } from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { isTickbookError } from "#core";
import { GraphBuilder } from "../../../exports/onnx/builder.ts";
import { bytesFromModel, ELEMENT } from "../../../exports/onnx/schema.ts";
import { writeTrees } from "../../../exports/onnx/trees.ts";
import type { TreeEnsemble } from "../../../lib/ml/tree/ensemble.ts";
import { applyLink, flatten, marginsOf } from "../../../lib/ml/tree/sums.ts";
import { trainTrees } from "../../../lib/ml/tree/train.ts";
import { madeDataset } from "../../lib/ml/tree/datasets.ts";
import { beside, edgeRows, randomEnsemble, shapes } from "../../lib/ml/tree/ensembles.ts";

/** A file with nothing but the trees: features [N, k] float32 to values [N, m] float32. */
async function fileOf(ensemble: TreeEnsemble): Promise<Uint8Array> {
  const builder = new GraphBuilder();
  const output = writeTrees(builder, ensemble, builder.name("features"));
  const value = (name: string, width: number) => ({
    name,
    type: {
      tensorType: { elemType: ELEMENT.float32, shape: { dim: [{ dimParam: "N" }, { dimValue: width }] } },
    },
  });
  return bytesFromModel({
    irVersion: 8,
    producerName: "tickbook",
    docString: "",
    metadataProps: [],
    opsetImport: [
      { domain: "", version: 17 },
      { domain: "ai.onnx.ml", version: 3 },
    ],
    graph: {
      name: "trees",
      node: builder.nodes,
      initializer: builder.initializers,
      input: [value("features", ensemble.features)],
      output: [value(output, ensemble.base.length)],
    },
  });
}

async function open(ensemble: TreeEnsemble) {
  process.env.ORT_DISABLE_TELEMETRY = "1";
  const ort = await import("onnxruntime-node");
  const session = await ort.InferenceSession.create(await fileOf(ensemble), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
  });
  return {
    session,
    /** Row by row. */
    async run(rows: Float32Array): Promise<Float32Array> {
      const k = ensemble.features;
      const output = await session.run({ features: new ort.Tensor("float32", rows, [rows.length / k, k]) });
      return output[(session as InferenceSession).outputNames[0]!]!.data as Float32Array;
    },
  };
}

function rowMajor(columns: readonly Float64Array[]): Float32Array {
  const [k, n] = [columns.length, columns[0]!.length];
  return Float32Array.from({ length: n * k }, (_, i) => columns[i % k]![Math.floor(i / k)]!);
}

/** Ours against onnxruntime's: margins bit for bit, links within 1e-6; rows alone as in the batch. */
async function compare(ensemble: TreeEnsemble, columns: readonly Float64Array[]): Promise<void> {
  const n = columns[0]!.length;
  const m = ensemble.base.length;
  const ours = applyLink(ensemble.link, marginsOf(flatten(ensemble), columns, 0, n), n);
  const { session, run } = await open(ensemble);
  try {
    const rows = rowMajor(columns);
    const theirs = await run(rows);
    for (let i = 0; i < n; i++) {
      const alone = await run(rows.slice(i * ensemble.features, (i + 1) * ensemble.features));
      for (let j = 0; j < m; j++) {
        const q = theirs[i * m + j]!;
        const p = ours[j * n + i]!;
        expect(Object.is(alone[j], q), `row ${i} alone: ${alone[j]}, in the batch ${q}`).toBe(true);
        if (ensemble.link === "identity")
          expect(p === q, `row ${i}: ours ${p}, onnxruntime's ${q}`).toBe(true);
        else expect(Math.abs(p - q), `row ${i}: ours ${p}, onnxruntime's ${q}`).toBeLessThanOrEqual(1e-6);
      }
      const best = (of: (j: number) => number) =>
        Array.from({ length: m }, (_, j) => j).reduce((a, b) => (of(b) > of(a) ? b : a), 0);
      expect(best((j) => ours[j * n + i]!)).toBe(best((j) => theirs[i * m + j]!));
    }
  } finally {
    await session.release();
  }
}

describe("writeTrees", () => {
  test(
    "any ensemble gives in onnxruntime the bits that it gives here",
    () =>
      fc.assert(
        fc.asyncProperty(shapes, fc.constantFrom("identity", "logistic", "softmax"), async (shape, link) => {
          const ensemble = randomEnsemble(shape.seed, { ...shape, link });
          await compare(ensemble, edgeRows(shape.seed, shape.features, 60, shape.missing));
        }),
        { numRuns: 40 },
      ),
    60_000,
  );

  test.each(["binary", "multiclass", "regression"] as const)(
    "what was trained (%s) holds at every threshold",
    async (objective) => {
      const dataset = madeDataset({ rows: 600, seed: 3, objective, missing: 0.1, categories: 30 });
      const { ensemble } = await trainTrees({
        dataset,
        objective,
        rounds: 30,
        categorical: ["kind"],
        workers: 0,
      });
      await compare(ensemble, dataset.columns);
      const rows: number[][] = [];
      ensemble.trees.forEach(({ feature, threshold, categories }) => {
        feature.forEach((f, node) => {
          if (f < 0 || categories[node] !== undefined) return;
          const t = threshold[node]!;
          for (const x of [beside(t, -1), t, beside(t, 1)]) {
            const row = dataset.columns.map((column) => column[rows.length % 600]!);
            row[f] = x;
            rows.push(row);
          }
        });
      });
      const some = rows.filter((_, i) => i % Math.ceil(rows.length / 1500) === 0);
      await compare(
        ensemble,
        dataset.columns.map((_, f) => Float64Array.from(some, (row) => row[f]!)),
      );
    },
  );

  test("categories that no set has, fractions and missing values go where they go here", async () => {
    const ensemble = randomEnsemble(5, { features: 1, trees: 20, depth: 4, categorical: true });
    const odd = [NaN, -1, -0, 0, 0.5, 2.5, 31, 32, 33, 39, 40, 63, 64, 254, 255, 256, 1e9, -1e9, 3.4e38];
    await compare(ensemble, [Float64Array.from(odd)]);
  });

  test("refuses a tree that its chains make too large", () => {
    const big = randomEnsemble(1, { features: 1, trees: 1, depth: 12, categorical: true });
    const categories = Object.fromEntries(
      Object.keys(big.trees[0]!.categories).map((node) => [node, Array.from({ length: 255 }, (_, c) => c)]),
    );
    const ensemble = { ...big, trees: [{ ...big.trees[0]!, categories }] };
    try {
      writeTrees(new GraphBuilder(), ensemble, "x");
      expect.fail("no error");
    } catch (error) {
      expect(isTickbookError(error) ? error.code : error).toBe("exports.tree-too-large");
    }
  });
});
