import { drawdowns } from "#analysis";

/** More points than this are not seen on a screen, and a page with a million of them does not open. */
const BUCKETS = 1500;

/**
 * Bars enough to draw a curve: of each of 1,500 stretches the first bar and those where the equity, its price to
 * compare with, or a drawdown is lowest or highest. So the peaks and depths that are drawn are the true ones.
 * @returns rising indices; all of them for a curve that is short enough.
 */
export function drawnBars(equity: Float64Array, benchmark: Float64Array, capital: number): Uint32Array {
  const n = equity.length;
  if (n <= 4 * BUCKETS) return Uint32Array.from({ length: n }, (_, i) => i);
  const columns = [equity, benchmark, drawdowns(equity, capital)];
  const kept = new Set<number>([n - 1]);
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const start = Math.floor((bucket * n) / BUCKETS);
    const end = Math.floor(((bucket + 1) * n) / BUCKETS);
    kept.add(start);
    for (const column of columns) {
      let [low, high] = [start, start];
      for (let i = start + 1; i < end; i++) {
        // A missing price loses every comparison, so it must not be the one compared with.
        if (!(column[i]! >= column[low]!)) low = Number.isNaN(column[i]) ? low : i;
        if (!(column[i]! <= column[high]!)) high = Number.isNaN(column[i]) ? high : i;
      }
      kept.add(low).add(high);
    }
  }
  return Uint32Array.from(kept).sort();
}
