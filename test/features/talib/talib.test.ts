/**
 * Every function of TA-Lib, against what TA-Lib 0.8.1 itself computed (oracle.py): equal within 1e-8 of
 * max(|value|, 1e-6 times the price). Where TA-Lib's own rolling sums lose digits (DRIFTING), the judge is a two-pass
 * reference, and TA-Lib itself on a series of mean 0 and deviation 1.
 *
 * golden.bin.gz holds short series. Where Python has the TA-Lib package (`PYTHON`), 10,000 bars are computed as well.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { createFeature, FEATURE_CATALOG, type FeatureDefinition, features } from "#features";
import { readGolden, type TalibCase } from "./golden.ts";
import { DRIFTING, twoPass } from "./two-pass.ts";

const byName = new Map(FEATURE_CATALOG.filter(({ talib }) => talib).map((one) => [one.talib!, one]));
const golden = readGolden(new URL("golden.bin.gz", import.meta.url));
const names = [...new Set(golden.map(({ talib }) => talib))];

test("the catalog has every function of TA-Lib", () => {
  expect(names).toHaveLength(201);
  expect([...byName.keys()].sort()).toEqual([...names].sort());
});

describe.each(names.filter((name) => byName.has(name)))("%s", (name) => {
  const cases = golden.filter(({ talib }) => talib === name);
  test.each(cases.map((one) => [`${one.dataset}(${one.params.join(", ")})`, one] as const))(
    "%s",
    (_, one) => {
      expectEqual(byName.get(name)!, one);
    },
  );
});

const python = process.env.PYTHON;
const hasTalib = python !== undefined && canImportTalib(python);
if (process.env.TICKBOOK_REQUIRE_TALIB) {
  test("Python has TA-Lib", () => expect(hasTalib).toBe(true));
}

describe.skipIf(!hasTalib)("10,000 bars, beside TA-Lib itself", () => {
  const folder = hasTalib ? mkdtempSync(join(tmpdir(), "tickbook-talib-")) : "";
  afterAll(() => folder && rmSync(folder, { recursive: true }));
  test("every function", { timeout: 120_000 }, () => {
    const path = join(folder, "long.gz");
    execFileSync(python!, [new URL("oracle.py", import.meta.url).pathname, "long", path]);
    const failures: string[] = [];
    for (const one of readGolden(path)) {
      const definition = byName.get(one.talib);
      if (!definition) continue;
      try {
        expectEqual(definition, one);
      } catch (error) {
        failures.push(`${one.talib}(${one.params.join(", ")}): ${(error as Error).message.split("\n")[0]}`);
      }
    }
    expect(failures).toEqual([]);
  });
});

function canImportTalib(python: string): boolean {
  try {
    execFileSync(python, ["-c", "import talib, numpy; assert talib.__version__ == '0.8.2'"], {
      stdio: "ignore",
    });
    return true;
  } catch {
    return false;
  }
}

/** Names of TA-Lib's kinds of averages, by their number. */
const TALIB_AVERAGES = [
  "sma",
  "ema",
  "wma",
  "dema",
  "tema",
  "trima",
  "kama",
  "mama",
  "t3",
  "hma",
  "",
  "",
  "zlema",
  "rma",
];

/** TA-Lib's parameters come first in a definition, in TA-Lib's order; so do its outputs. */
function expectEqual(definition: FeatureDefinition, one: TalibCase): void {
  const specs = Object.entries(definition.params).slice(0, one.params.length);
  expect(specs.length, "parameters").toBe(one.params.length);
  const params = specs.map(([name, spec], i) => {
    const value = one.params[i]!;
    return [name, spec.kind === "choice" ? (TALIB_AVERAGES[value] ?? "") : value] as const;
  });
  const whole = createFeature(definition, Object.fromEntries(params)).of(...one.inputs);
  const outputs = definition.outputs.slice(0, one.outputs.length);
  expect(outputs.length, "outputs").toBe(one.outputs.length);
  const set = features(Object.fromEntries(outputs.map((output) => [output, whole[output]!])));
  const table = set.compute({ ...one.bars, timeframeMs: 36e5 });
  const inputs = one.inputs.map((input) => one.bars[input]);
  const reference = DRIFTING.has(one.talib) && one.dataset !== "unit" ? twoPass(one, inputs) : one.outputs;
  const scale = inputs[0]!.reduce((sum, value) => sum + Math.abs(value), 0) / inputs[0]!.length;
  outputs.forEach((output, k) => {
    expectNear(output, table.column(output), reference[k]!, scale, set.warmup);
  });
}

function expectNear(
  name: string,
  actual: Float64Array,
  expected: Float64Array,
  scale: number,
  warmup: number,
): void {
  for (let i = 0; i < expected.length; i++) {
    const want = expected[i]!;
    const got = actual[i]!;
    // Where TA-Lib has whole numbers it has no NaN: it says 0 before the first value.
    if (i < warmup && want === 0 && Number.isNaN(got)) continue;
    const slack = 1e-8 * Math.max(Math.abs(want), 1e-6 * scale);
    const isEqual = Number.isFinite(want)
      ? Math.abs(got - want) <= slack
      : Object.is(got, want) || (Number.isNaN(want) && Number.isNaN(got));
    if (!isEqual) expect.fail(`${name}, bar ${i}: ${got} against ${want}`);
  }
}
