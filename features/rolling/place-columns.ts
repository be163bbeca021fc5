/**
 * Where the highest or the lowest of n values stands, over whole columns: kept in hand, and searched for anew when it
 * leaves.
 * @param out receives the index; NaN before there are n. @param sign 1 for the highest, -1 for the lowest.
 * @param found which of equal values a search takes; otherwise the latest counts.
 */
export function placeColumn(
  x: Float64Array,
  out: Float64Array,
  n: number,
  sign: 1 | -1,
  found: "latest" | "oldest",
): void {
  const { length } = x;
  const isLatest = found === "latest";
  let best = Number.NEGATIVE_INFINITY;
  let place = -1;
  for (let i = isLatest ? 0 : n - 1; i < length; i++) {
    const value = sign * x[i]!;
    const oldest = i - n + 1;
    if (place < oldest) {
      place = search(x, Math.max(oldest, 0), i, sign, isLatest);
      best = sign * x[place]!;
    } else if (value >= best) {
      best = value;
      place = i;
    }
    out[i] = place;
  }
  out.fill(Number.NaN, 0, Math.min(n - 1, length));
}

function search(x: Float64Array, from: number, to: number, sign: number, isLatest: boolean): number {
  let place = from;
  let best = sign * x[from]!;
  for (let i = from + 1; i <= to; i++) {
    const value = sign * x[i]!;
    if (value > best || (isLatest && value === best)) {
      best = value;
      place = i;
    }
  }
  return place;
}
