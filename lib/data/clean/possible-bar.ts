import { type BarColumns, type Instrument, ticksFromPrice } from "#model";

/** False for a bar that no market makes, or whose prices can't be counted in ticks. NaN anywhere makes it so. */
export function isPossibleBar(instrument: Instrument, rows: BarColumns, i: number): boolean {
  const [o, h, l, c, v] = [rows.open[i]!, rows.high[i]!, rows.low[i]!, rows.close[i]!, rows.volume[i]!];
  // Every comparison with NaN is false.
  const possible = l > 0 && l <= o && l <= c && h >= o && h >= c && h < Infinity && v >= 0 && v < Infinity;
  return possible && ticksFromPrice(instrument, l) >= 1 && ticksFromPrice(instrument, h) < 2 ** 53;
}
