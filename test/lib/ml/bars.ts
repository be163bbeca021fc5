import { createRng } from "#core";
import { type Bars, createInstrument } from "#model";

/** Daily bars from 2010 on of a seeded random walk. */
export function walkBars(length: number, seed: number): Bars {
  const rng = createRng(seed);
  const close = new Float64Array(length);
  let price = 100;
  for (let i = 0; i < length; i++) {
    price *= Math.exp(0.01 * rng.nextNormal());
    close[i] = price;
  }
  return {
    instrument: createInstrument({ symbol: "SPX/USD", tick: "0.01", lot: "0.0001" }),
    timeframe: "1d",
    timeframeMs: 864e5,
    length,
    hash: "ab".repeat(32),
    time: close.map((_, i) => Date.UTC(2010, 0, 1) + i * 864e5),
    open: close,
    high: close.map((value) => value * 1.01),
    low: close.map((value) => value * 0.99),
    close,
    volume: close.map((_, i) => i + 1),
  };
}
