/**
 * Prices as if a share had always been what it is today (back-adjusted).
 *
 * Events e with ex-date t_e, split ratio s_e (new shares for one old; 1 for none) and dividend d_e (quote asset for one
 * share after the split; 0 for none). c_e = close of the last bar before t_e.
 *   f_e = (1 - s_e d_e / c_e) / s_e        price factor (CRSP's proportional method)
 *   price_i  <- price_i * product of f_e over t_e > t_i
 *   volume_i <- volume_i * product of s_e over t_e > t_i
 * The last bars are as they were traded. With "splits", d_e = 0.
 */
import { fail, timeText } from "#core";
import { type BarColumns, indexAtTime } from "#model";

/** Splits and dividends of one instrument, one event a row. */
export interface Factors {
  /** Ex-date: first moment at the new price (UTC ms), rising. */
  readonly time: Float64Array;
  /** New shares for one old share; NaN or 1 for none. */
  readonly split: Float64Array;
  /** Cash for one share, in the quote asset; NaN or 0 for none. */
  readonly dividend: Float64Array;
}

export type Adjustment = "splits" | "all";

/**
 * The bars adjusted for all events after them; new columns, not rounded to the tick.
 * Errors: `data.bad-factor` with the date and the value.
 */
export function adjustBars<B extends BarColumns>(bars: B, factors: Factors, adjustment: Adjustment): B {
  const n = bars.time.length;
  const price = new Float64Array(n).fill(1);
  const volume = new Float64Array(n).fill(1);
  let [p, v] = [1, 1];
  let end = n;
  for (let e = factors.time.length - 1; e >= 0; e--) {
    const start = indexAtTime(bars, factors.time[e]!);
    fill(start, Math.max(start, end));
    end = Math.min(end, start);
    if (start === 0) continue;
    const { split, cash } = eventOf(factors, e, bars.close[start - 1]!, adjustment);
    p *= (1 - (split * cash) / bars.close[start - 1]!) / split;
    v *= split;
  }
  fill(0, end);
  function fill(from: number, to: number): void {
    price.fill(p, from, to);
    volume.fill(v, from, to);
  }
  const times = (column: Float64Array, by: Float64Array) => column.map((value, i) => value * by[i]!);
  return {
    ...bars,
    open: times(bars.open, price),
    high: times(bars.high, price),
    low: times(bars.low, price),
    close: times(bars.close, price),
    volume: times(bars.volume, volume),
  };
}

function eventOf(factors: Factors, e: number, close: number, adjustment: Adjustment) {
  const given = { split: factors.split[e]!, dividend: factors.dividend[e]! };
  const split = Number.isNaN(given.split) ? 1 : given.split;
  const cash = adjustment === "splits" || Number.isNaN(given.dividend) ? 0 : given.dividend;
  if (split > 0 && split < 1e6 && cash >= 0 && split * cash < close) return { split, cash };
  return fail("data.bad-factor", {
    message: `${timeText(factors.time[e]!)}: a split of ${split} and a dividend of ${cash} cannot be true for a share at ${close}`,
    hint: "A split is the number of new shares for one old (2 for two for one); a dividend is cash for one share.",
    fields: { time: factors.time[e], split, dividend: cash, close },
  });
}
