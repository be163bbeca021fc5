import { BAR_COLUMNS, type BarColumns } from "#model";

/** Bar i as a machine takes it: time, open, high, low, close, volume. */
export function barAt(bars: BarColumns, i: number): number[] {
  return [bars.time[i]!, ...BAR_COLUMNS.map((name) => bars[name][i]!)];
}
