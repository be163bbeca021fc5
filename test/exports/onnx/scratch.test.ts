import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { importOnnx } from "#exports";
const D = process.env.R1F!;
const given = JSON.parse(readFileSync(`${D}/models.json`, "utf8"));
const names = ["a", "b", "c", "d"];
const set = { names, ids: names.map((n) => `test.${n}()@1`) } as never;
const columns = given.X.map((c: number[]) => Float64Array.from(c));
const sample = { names, ids: names.map((n) => `test.${n}()@1`), length: 80, time: columns[0].map((_: number, i: number) => i * 864e5), columns } as never;
for (const m of given.models)
  test(m.name, async () => {
    const reference = Float64Array.from(m.ref, (v: number | null) => v ?? Number.NaN);
    const bytes = new Uint8Array(readFileSync(`${D}/${m.name}.onnx`));
    const count = m.name.endsWith("3") ? 3 : m.out?.includes("probabilities") ? 2 : 1;
    const r = await importOnnx(bytes, { features: set, sample, reference, ...(count > 1 ? { output: `p${count - 1}`, tensor: "probabilities" } : {}) });
    console.log(m.name, r.reference, r.window);
    expect(r.reference!.rows).toBeGreaterThan(60);
  });
