/** More points than this are not seen on a screen, and a page with a million of them does not open. */
const BUCKETS = 1500;

/**
 * Bars enough to draw columns of equal length: of each of 1,500 stretches the first bar and those where a column is
 * lowest or highest. So the peaks and depths that are drawn are the true ones. NaN is passed over.
 * @returns rising indices; all of them for columns that are short enough.
 */
export function drawnBars(...columns: readonly Float64Array[]): Uint32Array {
  const n = columns[0]?.length ?? 0;
  if (n <= 4 * BUCKETS) return Uint32Array.from({ length: n }, (_, i) => i);
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
