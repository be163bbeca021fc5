/**
 * Returns by calendar month in UTC. A bar belongs to the month in which it starts.
 *
 * Month k holds bars a..b: return E[b] / E[a-1] - 1, where E[-1] is the start capital. Months without a bar are left
 * out.
 */
export interface MonthReturn {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly value: number;
}

/** @param time starts of the bars, rising (UTC ms). @param equity after each bar. @param start capital before. */
export function monthlyReturns(time: Float64Array, equity: Float64Array, start: number): MonthReturn[] {
  const months: MonthReturn[] = [];
  let before = start;
  for (let first = 0; first < time.length; ) {
    const date = new Date(time[first]!);
    const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
    const next = Date.UTC(year, month + 1);
    let end = first;
    while (end < time.length && time[end]! < next) end++;
    const last = equity[end - 1]!;
    months.push({ year, month: month + 1, value: last / before - 1 });
    before = last;
    first = end;
  }
  return months;
}
