import { createRng } from "#core";
import { createInstrument } from "#model";

/** Minute bars of a seeded random walk, on the tick. */
export function randomWalk(count, seed = 1) {
  const rng = createRng(seed);
  const instrument = createInstrument({ symbol: "BTC/USDT", tick: "0.01", lot: "0.00001", minNotional: "5" });
  const column = () => new Float64Array(count);
  const bars = {
    time: column(),
    open: column(),
    high: column(),
    low: column(),
    close: column(),
    volume: column(),
  };
  const round = (price) => Math.round(price * 100) / 100;
  let price = 30_000;
  for (let i = 0; i < count; i++) {
    const open = price;
    const close = Math.max(1000, open * (1 + 0.0008 * rng.nextNormal()));
    bars.time[i] = 1.6e12 + i * 60_000;
    bars.open[i] = round(open);
    bars.close[i] = round(close);
    bars.high[i] = round(Math.max(open, close) * (1 + 0.0003 * rng.next()));
    bars.low[i] = round(Math.min(open, close) * (1 - 0.0003 * rng.next()));
    bars.volume[i] = 50 + 100 * rng.next();
    price = close;
  }
  return {
    ...bars,
    instrument,
    timeframe: "1m",
    timeframeMs: 60_000,
    length: count,
    hash: `random-walk-${seed}`,
  };
}
