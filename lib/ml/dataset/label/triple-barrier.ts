/**
 * Which of three barriers is touched first (López de Prado 2018, sections 3.2 to 3.6).
 *
 * Symbols: C_t close, v_t width of one unit at bar t (a fraction of the price), h bars to the vertical barrier, s_t side
 * of the trade (+1 long, -1 short; +1 without one).
 *   profit barrier  C_t (1 + s_t profit v_t)      loss barrier  C_t (1 - s_t loss v_t)
 * From bar t+1 on, by each bar's close, or by its extremes: a bar that opens at or beyond a barrier is left at its open,
 * and one that spans both barriers touched the loss first.
 */
import type { Bars } from "#model";
import { emptyLabels, type Labels, needHorizon, needOption, needOptions } from "./labels.ts";

export interface BarrierOptions {
  /** Bars to the vertical barrier, at least 1. */
  readonly horizon: number;
  /** Width of the barriers in units, above 0; null for none. Default 1. */
  readonly profit?: number | null;
  readonly loss?: number | null;
  /** One unit: a fraction of the price for all bars, or one a bar ({@link ewmVolatility}, a feature's column). */
  readonly width: number | Float64Array;
  /** "range": a high or low touches; "close": only a close does. Default "range". */
  readonly touch?: "range" | "close";
}

export interface TripleBarrierOptions extends BarrierOptions {
  /**
   * What a bar is that meets the vertical barrier first: "sign" of its return (two classes: 0 loss, 1 profit), or a
   * class of its own (three: 0 loss, 1 neither, 2 profit; with one barrier two: 0 loss, 1 neither, or 0 neither, 1 profit).
   * Default "sign".
   */
  readonly vertical?: "sign" | "class";
}

/** Errors: `ml.bad-option`. */
export function tripleBarrier(bars: Bars, options: TripleBarrierOptions): Labels {
  checkBarriers("tripleBarrier", bars, options, ["vertical"]);
  const { horizon, profit = 1, loss = 1, vertical = "sign" } = options;
  needOption(
    ["sign", "class"].includes(vertical),
    "tripleBarrier",
    "vertical",
    vertical,
    '"sign" or "class"',
  );
  const isOwnClass = vertical === "class";
  const name = `tripleBarrier(${horizon},${profit},${loss})`;
  const labels = emptyLabels(bars, name, "class", isOwnClass && profit !== null && loss !== null ? 3 : 2);
  walk(bars, options, undefined, labels, (change, touched) => {
    if (isOwnClass) return loss === null ? touched : touched + 1;
    return touched === 0 ? Number(change > 0) : Number(touched > 0);
  });
  return labels;
}

/**
 * Whether a trade that a first model proposes makes money: 1 or 0, of bars whose side is not 0. A second model that
 * learns it tells which trades to take, and how large (López de Prado 2018, section 3.6). Returns are the trade's: those
 * of a short one are above 0 where the price fell.
 * @param options.side one a bar: above 0 long, below 0 short, 0 or NaN no trade. Errors: `ml.bad-option`.
 */
export function metaLabels(bars: Bars, options: BarrierOptions & { readonly side: Float64Array }): Labels {
  checkBarriers("metaLabels", bars, options, ["side"]);
  const { horizon, profit = 1, loss = 1, side } = options;
  const rule = `one number a bar, ${bars.length}`;
  const given: unknown = side;
  const isColumn =
    given instanceof Float64Array ||
    (Array.isArray(given) && given.every((each) => typeof each === "number"));
  const shown = isColumn ? `${side.length} numbers` : "no column of numbers";
  needOption(isColumn && side.length === bars.length, "metaLabels", "side", shown, rule);
  const labels = emptyLabels(bars, `metaLabels(${horizon},${profit},${loss})`, "class");
  walk(bars, options, side, labels, (change) => Number(change > 0));
  return labels;
}

/**
 * Deviation of the close's returns, exponentially weighted about 0: v_t = sqrt(mean of r^2 with weights (1 - a)^age),
 * a = 2 / (span + 1); NaN before two closes.
 * @param span bars, at least 1. Errors: `ml.bad-option`.
 */
export function ewmVolatility({ close, length }: Bars, options: { readonly span: number }): Float64Array {
  needOptions("ewmVolatility", options, ["span"]);
  const { span } = options;
  needOption(span >= 1 && Number.isFinite(span), "ewmVolatility", "span", span, "at least 1");
  const out = new Float64Array(length).fill(Number.NaN);
  const decay = 1 - 2 / (span + 1);
  let [sum, weight] = [0, 0];
  for (let t = 1; t < length; t++) {
    const r = close[t]! / close[t - 1]! - 1;
    // A gap in the prices ages what is known.
    const isKnown = Number.isFinite(r);
    sum = decay * sum + (isKnown ? r * r : 0);
    weight = decay * weight + (isKnown ? 1 : 0);
    if (weight > 0) out[t] = Math.sqrt(sum / weight);
  }
  return out;
}

/** Fills the labels. @param classOf return in the direction of the side, and 1, -1 or 0 for the barrier touched. */
function walk(
  bars: Bars,
  { horizon, profit = 1, loss = 1, width, touch = "range" }: BarrierOptions,
  side: Float64Array | undefined,
  labels: Labels,
  classOf: (change: number, touched: number) => number,
): void {
  const { time, open, high, low, close, length, timeframeMs } = bars;
  const byClose = touch === "close";
  for (let t = 0; t + 1 < length; t++) {
    const unit = typeof width === "number" ? width : width[t]!;
    const s = side === undefined ? 1 : Math.sign(side[t]!);
    if (!(unit > 0 && s !== 0 && close[t]! > 0)) continue;
    const gain = profit === null ? Number.POSITIVE_INFINITY : profit * unit;
    const fall = loss === null ? Number.NEGATIVE_INFINITY : -loss * unit;
    const toReturn = (price: number) => s * (price / close[t]! - 1);
    for (let i = t + 1; i < length; i++) {
      const change = toReturn(close[i]!);
      const best = byClose ? change : toReturn(s > 0 ? high[i]! : low[i]!);
      const worst = byClose ? change : toReturn(s > 0 ? low[i]! : high[i]!);
      const opened = byClose ? Number.NaN : toReturn(open[i]!);
      const touched = opened >= gain ? 1 : worst <= fall ? -1 : best >= gain ? 1 : 0;
      if (Number.isNaN(change)) break;
      if (touched === 0 && i < t + horizon) continue;
      let end = change;
      if (touched < 0 && !byClose) end = opened <= fall ? opened : fall;
      if (touched > 0 && !byClose) end = opened >= gain ? opened : gain;
      labels.values[t] = classOf(end, touched);
      labels.returns[t] = end;
      labels.endTime[t] = time[i]! + timeframeMs;
      break;
    }
  }
}

function checkBarriers(
  name: string,
  { length }: Bars,
  options: BarrierOptions,
  more: readonly string[],
): void {
  needOptions(name, options, ["horizon", "profit", "loss", "width", "touch", ...more]);
  const { horizon, profit = 1, loss = 1, width, touch = "range" } = options;
  needHorizon(name, horizon);
  for (const [option, value] of [
    ["profit", profit],
    ["loss", loss],
  ] as const)
    needOption(
      value === null || (value > 0 && Number.isFinite(value)),
      name,
      option,
      value,
      "above 0, or null for none",
    );
  const isWidth = typeof width === "number" ? width > 0 && width < 1 : width?.length === length;
  const shown = typeof width === "number" ? width : `${width?.length} numbers`;
  needOption(isWidth, name, "width", shown, `a fraction of the price, or one number a bar (${length})`);
  needOption(["range", "close"].includes(touch), name, "touch", touch, '"range" or "close"');
}
