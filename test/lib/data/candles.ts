import { createRng } from "#core";
import { type BarColumns, createInstrument, type RawCandle } from "#model";

export const BTC = createInstrument({ symbol: "BTC/USDT", tick: "0.01", lot: "0.00001", minNotional: "5" });
export const SPX = createInstrument({
  symbol: "SPX/USD",
  tick: "0.01",
  lot: "0.001",
  minNotional: "10",
  calendar: "weekdays",
});
export const HOUR = 36e5;
export const DAY = 864e5;

/** A random walk of bars on the tick 0.01, at the given times. */
export function candlesAt(times: readonly number[], seed = 1): RawCandle[] {
  const rng = createRng(seed);
  let close = 10_000;
  return times.map((time): RawCandle => {
    const open = close;
    close = Math.max(100, open + rng.nextInt(401) - 200);
    const high = Math.max(open, close) + rng.nextInt(50);
    const low = Math.min(open, close) - rng.nextInt(50);
    return [time, open / 100, high / 100, low / 100, close / 100, rng.nextInt(1e6) / 1000];
  });
}

/** n times, `step` apart. */
export function times(n: number, step: number, start = Date.UTC(2020, 0, 1)): number[] {
  return Array.from({ length: n }, (_, i) => start + i * step);
}

export function columnsFromCandles(rows: readonly RawCandle[]): BarColumns {
  const column = (k: number) => Float64Array.from(rows, (row) => row[k]!);
  return {
    time: column(0),
    open: column(1),
    high: column(2),
    low: column(3),
    close: column(4),
    volume: column(5),
  };
}

export function candlesFromColumns({ time, open, high, low, close, volume }: BarColumns): RawCandle[] {
  return Array.from(time, (t, i): RawCandle => [t, open[i]!, high[i]!, low[i]!, close[i]!, volume[i]!]);
}

/** The rows as a CSV file's text. */
export function csvText(rows: readonly RawCandle[], header = "time,open,high,low,close,volume"): string {
  return `${header}\n${rows.map((row) => row.join(",")).join("\n")}\n`;
}
