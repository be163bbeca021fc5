import { createRng } from "#core";
import type { RunRows } from "./predictor.ts";

// Sizes around those at which kernels change their blocking, and the rest of a block.
const BATCH_ROWS = [2, 3, 5, 16, 67, 256, 1024];

/**
 * Whether rows give the same bits together and alone on this machine. Rows are drawn around golden ones, where no unit
 * saturates: a saturated unit hides differences.
 * @param golden G windows of `size` values each. @param width features: values of one column stand `width` apart.
 */
export async function isBatchEqualToRows(
  run: RunRows,
  golden: Float64Array,
  size: number,
  width: number,
): Promise<boolean> {
  const rng = createRng(1);
  const windows = golden.length / size;
  const spread = Float64Array.from({ length: width }, (_, j) => spreadOf(golden, j, width));
  // Long windows are costly: fewer of them show the same kernels.
  const sizes = BATCH_ROWS.filter((n) => n * size <= 2 ** 18 || n <= 16);
  const count = Math.max(...sizes);
  const rows = new Float64Array(count * size);
  for (let i = 0; i < rows.length; i++) {
    const base = golden[rng.nextInt(windows) * size + (i % size)]!;
    rows[i] = base + 0.5 * spread[i % width]! * rng.nextNormal();
  }
  const alone: number[] = [];
  for (let i = 0; i < count; i++) alone.push((await run(rows.slice(i * size, i * size + size)))[0]!);
  for (const n of sizes) {
    const together = await run(rows.slice(0, n * size));
    if (!together.every((p, i) => Object.is(p, alone[i]))) return false;
  }
  return true;
}

/** Deviation of the values of column j that are not missing. */
function spreadOf(golden: Float64Array, j: number, width: number): number {
  const values: number[] = [];
  for (let i = j; i < golden.length; i += width) if (Number.isFinite(golden[i])) values.push(golden[i]!);
  const mean = values.reduce((sum, x) => sum + x / values.length, 0);
  return Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2 / values.length, 0));
}
