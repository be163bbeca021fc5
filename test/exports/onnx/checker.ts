/** Models in a folder, judged by the packages onnx and onnxruntime of Python (`PYTHON`; see requirements.txt). */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

export interface CheckedTensor {
  readonly type: "float32" | "float64" | "int64";
  readonly dims: readonly number[];
  readonly data: ArrayLike<number>;
}

export interface CheckedModel {
  readonly bytes: Uint8Array;
  readonly inputs: Readonly<Record<string, CheckedTensor>>;
  readonly outputs: Readonly<Record<string, CheckedTensor>>;
  /** Of the largest expected value, at least of 1. */
  readonly tolerance: number;
}

const python = process.env.PYTHON;

/** Whether Python has both packages. With TICKBOOK_REQUIRE_ONNX a test fails where it has not. */
export const hasChecker =
  python !== undefined &&
  spawnSync(python, ["-c", "import onnx, onnxruntime"], { stdio: "ignore" }).status === 0;

/** Call it once in a file of tests: says why its tests are skipped, or that they may not be. */
export function requireChecker(): void {
  if (process.env.TICKBOOK_REQUIRE_ONNX)
    test("PYTHON has onnx and onnxruntime", () => expect(hasChecker).toBe(true));
  else if (!hasChecker)
    console.warn("skipped: PYTHON names no interpreter with the packages onnx and onnxruntime");
}

/** Writes `<name>.onnx` and what it must give. */
export function storeChecked(folder: string, name: string, { bytes, ...expected }: CheckedModel): void {
  const plain = (tensors: Readonly<Record<string, CheckedTensor>>) =>
    Object.fromEntries(
      Object.entries(tensors).map(([key, each]) => [key, { ...each, data: Array.from(each.data) }]),
    );
  writeFileSync(join(folder, `${name}.onnx`), bytes);
  writeFileSync(
    join(folder, `${name}.json`),
    JSON.stringify({ ...expected, inputs: plain(expected.inputs), outputs: plain(expected.outputs) }),
  );
}

/** The checker's verdict on all models of a folder. */
export function checkFolder(folder: string): {
  readonly models: number;
  readonly failures: readonly string[];
} {
  const { stdout, stderr } = spawnSync(python!, [new URL("check.py", import.meta.url).pathname, folder], {
    encoding: "utf8",
    timeout: 120_000,
  });
  try {
    return JSON.parse(stdout) as ReturnType<typeof checkFolder>;
  } catch {
    throw new Error(`the checker says nothing: ${stderr}`);
  }
}
