import { createRng } from "#core";
import type { Scaler } from "../dataset/scaler.ts";
import type { RunRows } from "./predictor.ts";

// Sizes around those at which kernels change their blocking, and the rest of a block.
const BATCH_ROWS = [2, 3, 5, 16, 67, 256, 1024];

/**
 * Whether rows give the same bits together and alone on this machine. Rows are drawn around the training mean, where
 * no unit saturates: a saturated unit hides differences.
 */
export async function isBatchEqualToRows(run: RunRows, { mean, deviation }: Scaler): Promise<boolean> {
  const rng = createRng(1);
  const k = mean.length;
  const count = Math.max(...BATCH_ROWS);
  const rows = Float64Array.from(
    { length: count * k },
    (_, i) => mean[i % k]! + deviation[i % k]! * rng.nextNormal(),
  );
  const alone: number[] = [];
  for (let i = 0; i < count; i++) alone.push((await run(rows.slice(i * k, i * k + k)))[0]!);
  for (const n of BATCH_ROWS) {
    const together = await run(rows.slice(0, n * k));
    if (!together.every((p, i) => Object.is(p, alone[i]))) return false;
  }
  return true;
}
