import * as fc from "fast-check";
import { createRng } from "#core";
import type { BarColumns } from "#model";

export interface BarShape {
  readonly seed: number;
  readonly length: number;
  /** Share of bars with a value that is not finite. */
  readonly gaps: number;
  /** Share of bars that jump by 10x, up or down. */
  readonly jumps: number;
  /** Deviation of a bar's log return; 0 for a price that never moves. */
  readonly deviation: number;
}

export const barShapes: fc.Arbitrary<BarShape> = fc.record({
  seed: fc.nat(),
  length: fc.integer({ min: 0, max: 160 }),
  gaps: fc.constantFrom(0, 0.02, 0.2),
  jumps: fc.constantFrom(0, 0.05),
  deviation: fc.constantFrom(0, 0.001, 0.05),
});

/** Bars of a random walk; a pure function of its shape. */
export function randomBars({ seed, length, gaps, jumps, deviation }: BarShape): BarColumns {
  const rng = createRng(seed);
  const column = () => new Float64Array(length);
  const bars = {
    time: column(),
    open: column(),
    high: column(),
    low: column(),
    close: column(),
    volume: column(),
  };
  const holes = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const columns = [bars.open, bars.high, bars.low, bars.close, bars.volume];
  let price = 100;
  for (let i = 0; i < length; i++) {
    const open = price;
    price *= Math.exp(deviation * rng.nextNormal());
    if (rng.next() < jumps) price *= rng.next() < 0.5 ? 10 : 0.1;
    bars.time[i] = i * 6e4;
    bars.open[i] = open;
    bars.close[i] = price;
    bars.high[i] = Math.max(open, price) * (1 + deviation * rng.next());
    bars.low[i] = Math.min(open, price) * (1 - deviation * rng.next());
    bars.volume[i] = rng.nextInt(1000);
    if (rng.next() < gaps) columns[rng.nextInt(5)]![i] = holes[rng.nextInt(3)]!;
  }
  return bars;
}

export function barAt(bars: BarColumns, i: number) {
  return {
    time: bars.time[i]!,
    open: bars.open[i]!,
    high: bars.high[i]!,
    low: bars.low[i]!,
    close: bars.close[i]!,
    volume: bars.volume[i]!,
  };
}
