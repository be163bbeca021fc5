import { DuckDBInstance } from "@duckdb/node-api";
import * as tf from "@tensorflow/tfjs";
import { table } from "arquero";
import { Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { bundleOf } from "../../../kernel/session/display/bundle.ts";

async function textOf(value: unknown): Promise<string> {
  return String((await bundleOf(value))["text/plain"]);
}

describe("how values of the libraries that quants use are shown", () => {
  it("results of DuckDB, read or not, without using them up", async () => {
    const connection = await (await DuckDBInstance.create(":memory:")).connect();
    const sql = "select i, i * 1.5 as x, timestamp '2024-01-02 03:04:05' as t from range(3) r(i)";
    const expected = ["i", "x", "t", "0", "1.5", "2024-01-02 03:04:05", "[3 rows × 3 columns]"];
    const reader = await connection.runAndReadAll(sql);
    const result = await connection.run(sql);
    for (const value of [reader, result]) {
      const text = await textOf(value);
      for (const part of expected) expect(text).toContain(part);
    }
    expect(reader.getRows()).toHaveLength(3);
    expect(await result.getRows()).toHaveLength(3);
    connection.closeSync();
  });

  it("tables of Arquero and Arrow", async () => {
    const made = table({ a: [1, 2], b: ["x", "y"] });
    expect(await textOf(made)).toContain("[2 rows × 2 columns]");
    expect(await textOf(made.toArrow())).toMatch(/a\s+b\n1\s+x\n2\s+y\n\[2 rows × 2 columns\]/);
  });

  it("tensors of tfjs and onnxruntime, also when they are gone", async () => {
    const tensor = tf.tensor2d([1, 2, 3, 4], [2, 2]);
    expect(await textOf(tensor)).toMatch(/^Tensor float32 \[2, 2\]\n\s*\[\[1, 2\],\s+\[3, 4\]\]/);
    tensor.dispose();
    expect(await textOf(tensor)).toBe("Tensor float32 [2, 2], disposed");
    const long = Float32Array.from({ length: 100 }, (_, i) => i);
    expect(await textOf(new Tensor("float32", long, [100, 1]))).toBe(
      "Tensor float32 [100, 1] [0, 1, 2, 3, 4, …, 95, 96, 97, 98, 99]\nmin 0, max 99, mean 49.5",
    );
  });

  it("long typed arrays by both ends, range, mean and what is missing", async () => {
    const values = Float64Array.from({ length: 2000 }, (_, i) => (i < 5 ? Number.NaN : i));
    expect(await textOf(values)).toBe(
      "Float64Array(2,000) [–, –, –, –, –, …, 1,995, 1,996, 1,997, 1,998, 1,999]\nmin 5, max 1,999, mean 1,002, 5 NaN",
    );
    expect(await textOf(new BigInt64Array([1n, 2n]))).toBe("BigInt64Array(2) [ 1n, 2n ]");
    expect(await textOf(Float64Array.from({ length: 20 }, () => Number.NaN))).toContain("all NaN");
  });
});
