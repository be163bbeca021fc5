/** Models that other libraries trained and wrote: see foreign/README.md. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { isTickbookError } from "#core";
import { type ImportOptions, importOnnx } from "#exports";
import { loadPredictor } from "#ml";

const FOLDER = join(import.meta.dirname, "foreign");
type Numbers = readonly (number | null)[];
const given = JSON.parse(readFileSync(join(FOLDER, "expected.json"), "utf8")) as {
  readonly rows: readonly Numbers[];
  readonly holed: readonly Numbers[];
  readonly expected: Readonly<Record<string, Numbers>>;
};
const numbers = (list: Numbers) => Float64Array.from(list, (value) => value ?? Number.NaN);
const names = ["a", "b", "c", "d"];
const ids = names.map((name) => `test.${name}()@1`);

function optionsOf(columns: readonly Float64Array[]): Pick<ImportOptions, "features" | "sample"> {
  const time = columns[0]!.map((_, i) => i * 864e5);
  const table = { names, ids, length: time.length, time, columns };
  return { features: { names, ids }, sample: table } as unknown as ReturnType<typeof optionsOf>;
}

const fileOf = (name: string) => new Uint8Array(readFileSync(join(FOLDER, `${name}.onnx`)));
const rows = given.rows.map(numbers);
const holed = given.holed.map(numbers);

describe("a model of another library predicts here what it predicts there", () => {
  test.each([
    ["sklearn-logistic", 1, { tensor: "probabilities", output: "p1" }],
    ["xgboost-values", 1, {}],
    ["xgboost-missing", 1, { missing: "allow" }],
    ["torch-gru", 6, {}],
    ["torch-gru-single", 1, {}],
    ["torch-old-ir", 1, {}],
  ] as const)("%s", async (name, window, more) => {
    const columns = name === "xgboost-missing" ? holed : rows;
    const reference = numbers(given.expected[name]!);
    const model = await importOnnx(fileOf(name), { ...optionsOf(columns), reference, ...more });
    expect(model.window).toBe(window);
    expect(model.reference!.rows).toBe(81 - window);
    const predictor = await loadPredictor(model);
    try {
      const alone = Float64Array.from({ length: window * 4 }, (_, i) => columns[i % 4]![Math.floor(i / 4)]!);
      const together = await predictor.predict(columns);
      expect(together[window - 1]).toBe(await predictor.predictRow(alone));
    } finally {
      await predictor.close();
    }
  });

  test("a reference of small values is held to five digits, not to 1e-5", async () => {
    const reference = numbers(given.expected["xgboost-values"]!).map((value) => value + 5e-7);
    const scale = reference.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(5e-7 / scale).toBeGreaterThan(1e-5);
    const run = importOnnx(fileOf("xgboost-values"), { ...optionsOf(rows), reference });
    await expect(run).rejects.toMatchObject({ code: "exports.parity-failed" });
  });

  test("rows that nothing can be tried on are refused, and so is a request that makes no sense", async () => {
    const codeOf = async (options: object) => {
      try {
        await importOnnx(fileOf("xgboost-missing"), { ...optionsOf(rows), ...options });
      } catch (error) {
        if (isTickbookError(error)) return error.code;
        throw error;
      }
      return "no error";
    };
    const empty = optionsOf(rows.map((column) => column.map(() => Number.NaN)));
    for (const options of [
      empty,
      { missing: "keep" },
      { refrence: new Float64Array(80) },
      { features: undefined },
      { sample: null },
    ])
      expect(await codeOf(options)).toBe("exports.bad-option");
  });
});
