/**
 * Bars to longer bars: open of the first, highest high, lowest low, close of the last, sum of the volumes.
 *
 * A longer bar is labelled with its start and known at its end. It closes when a base bar ends at or past its end, or,
 * where bars are missing, at the first base bar that starts at or past its end. One base bar can so close two: the one
 * that was waiting, and its own. The batch form is the streaming form in a loop.
 */
import { assert, fail, type Millis, timeText } from "#core";
import type { BarColumns } from "#model";
import { type BarRule, createPeriods, type Period, type Periods } from "./periods.ts";

/** A bar in float64: prices in the quote asset, volume in the base asset, time its start (UTC milliseconds). */
export interface OhlcvBar {
  readonly time: Millis;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

/** All that an aggregator knows: plain JSON, to go on from. */
export interface BarAggregatorState {
  /** Start of the newest base bar taken. */
  readonly last?: Millis;
  /** The longer bar that is being built. volume null stands for NaN. */
  readonly open?: { readonly [K in keyof OhlcvBar]: K extends "volume" ? number | null : number } & {
    readonly end: Millis;
  };
  readonly outside: number;
}

export interface BarAggregator {
  /** Length of the longer bars by name: 31 days for a month. */
  readonly length: Millis;
  /** Base bars that lay outside every session and were left out. */
  readonly outside: number;
  /**
   * Takes the next base bar, closed and later than the one before; gives the longer bars that it closes: none, one or
   * two, oldest first. A base bar with a price that is not finite only moves time. Errors: `market.out-of-order`.
   */
  push(bar: OhlcvBar): readonly OhlcvBar[];
  /** Time has come to `time` without a base bar: the longer bar that ends by then, if one waits. */
  advance(time: Millis): OhlcvBar | undefined;
  snapshot(): BarAggregatorState;
}

/** Longer bars in columns. */
export interface AggregatedBars extends BarColumns {
  /** Moment at which each bar is complete (UTC milliseconds). */
  readonly end: Float64Array;
  /** Index of the base bar at whose close the longer bar is known. */
  readonly closedAt: Int32Array;
}

/**
 * @param rule of the longer bars: "1h", "1d", "1M", or with zone and session.
 * @param baseLength of the bars that are pushed, in milliseconds.
 * @param state what an aggregator of the same rule gave, to go on from there.
 * Errors: `market.bad-bar-rule`, `core.bad-timeframe`.
 */
export function createBarAggregator(
  rule: string | BarRule,
  baseLength: Millis,
  state?: BarAggregatorState,
): BarAggregator {
  return new Aggregator(rule, baseLength, state);
}

/**
 * All longer bars that close within `bars`; one that is still open at the end is left out. Columns are new.
 * @param until time has come this far, though there may be no more base bars: what ends by then is closed.
 * Parameters and errors as {@link createBarAggregator}.
 */
export function aggregateBars(
  bars: BarColumns,
  rule: string | BarRule,
  baseLength: Millis,
  until: Millis = Number.NEGATIVE_INFINITY,
): AggregatedBars {
  const aggregator = new Aggregator(rule, baseLength, undefined);
  const { time, open, high, low, close, volume } = bars;
  const count = time.length;
  // Each base bar closes at most one bar of its own, so there are never more.
  const out = Array.from({ length: 7 }, () => new Float64Array(count + 1));
  const closedAt = new Int32Array(count + 1);
  let length = 0;
  for (let i = 0; i < count; i++) {
    const closed = aggregator.step(time[i]!, open[i]!, high[i]!, low[i]!, close[i]!, volume[i]!);
    for (let k = 0; k < closed; k++, length++) {
      const values = aggregator.closed[k]!;
      for (let c = 0; c < 7; c++) out[c]![length] = values[c]!;
      closedAt[length] = i;
    }
  }
  if (aggregator.advance(until)) {
    for (let c = 0; c < 7; c++) out[c]![length] = aggregator.closed[0]![c]!;
    closedAt[length] = count;
    length++;
  }
  const [times, opens, highs, lows, closes, volumes, end] = out.map((column) => column.slice(0, length));
  return {
    time: times!,
    open: opens!,
    high: highs!,
    low: lows!,
    close: closes!,
    volume: volumes!,
    end: end!,
    closedAt: closedAt.slice(0, length),
  };
}

const NONE: readonly OhlcvBar[] = Object.freeze([]);

class Aggregator implements BarAggregator {
  /** time, open, high, low, close, volume, end of the bars that the last step closed. */
  readonly closed = [new Float64Array(7), new Float64Array(7)];
  outside = 0;
  private readonly periods: Periods;
  private readonly baseLength: Millis;
  private period: Period | undefined;
  private isOpen = false;
  private start = 0;
  private end = 0;
  private open = 0;
  private high = 0;
  private low = 0;
  private close = 0;
  private volume = 0;
  private last = Number.NEGATIVE_INFINITY;

  constructor(rule: string | BarRule, baseLength: Millis, state: BarAggregatorState | undefined) {
    assert(baseLength > 0 && Number.isFinite(baseLength), `a base bar has a length, not ${baseLength}`);
    this.periods = createPeriods(rule);
    this.baseLength = baseLength;
    const { length, isFixed } = this.periods;
    if (length < baseLength || (isFixed && length % baseLength !== 0)) {
      fail("market.bad-bar-rule", {
        message: `bars of ${length} ms can't be made from bars of ${baseLength} ms`,
        hint: "The longer bar must be a whole multiple of the shorter one.",
        fields: { length, baseLength },
      });
    }
    if (state) this.restore(state);
  }

  get length(): Millis {
    return this.periods.length;
  }

  push(bar: OhlcvBar): readonly OhlcvBar[] {
    const count = this.step(bar.time, bar.open, bar.high, bar.low, bar.close, bar.volume);
    return count === 0 ? NONE : this.closed.slice(0, count).map(barOf);
  }

  advance(time: Millis): OhlcvBar | undefined {
    if (!this.isOpen || time < this.end) return undefined;
    this.finish(0);
    return barOf(this.closed[0]!);
  }

  /** One base bar; the number of longer bars that it closed, which stand in `closed` until the next step. */
  step(time: Millis, open: number, high: number, low: number, close: number, volume: number): number {
    if (!(time > this.last)) refuseOrder(time, this.last);
    this.last = time;
    let count = this.isOpen && time >= this.end ? this.finish(0) : 0;
    if (!this.period || time >= this.period.until || time < this.period.from)
      this.period = this.periods.at(time);
    if (!this.period) this.outside++;
    else if (Number.isFinite(open + high + low + close)) this.add(open, high, low, close, volume);
    if (this.isOpen && time + this.baseLength >= this.end) count += this.finish(count);
    return count;
  }

  snapshot(): BarAggregatorState {
    const { outside, start, end, open, high, low, close } = this;
    const volume = Number.isNaN(this.volume) ? null : this.volume;
    return {
      ...(this.last === Number.NEGATIVE_INFINITY ? {} : { last: this.last }),
      ...(this.isOpen ? { open: { time: start, open, high, low, close, volume, end } } : {}),
      outside,
    };
  }

  private restore({ last, open, outside }: BarAggregatorState): void {
    this.last = last ?? this.last;
    this.outside = outside;
    if (!open) return;
    this.isOpen = true;
    this.start = open.time;
    this.end = open.end;
    this.open = open.open;
    this.high = open.high;
    this.low = open.low;
    this.close = open.close;
    this.volume = open.volume ?? Number.NaN;
  }

  private add(open: number, high: number, low: number, close: number, volume: number): void {
    if (!this.isOpen) {
      this.isOpen = true;
      this.start = this.period!.start;
      this.end = this.period!.end;
      this.open = open;
      this.high = high;
      this.low = low;
      this.close = close;
      this.volume = volume;
      return;
    }
    if (high > this.high) this.high = high;
    if (low < this.low) this.low = low;
    this.close = close;
    this.volume += volume;
  }

  private finish(slot: number): 1 {
    const values = this.closed[slot]!;
    values[0] = this.start;
    values[1] = this.open;
    values[2] = this.high;
    values[3] = this.low;
    values[4] = this.close;
    values[5] = this.volume;
    values[6] = this.end;
    this.isOpen = false;
    return 1;
  }
}

function barOf(values: Float64Array): OhlcvBar {
  const [time, open, high, low, close, volume] = values as unknown as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return { time, open, high, low, close, volume };
}

function refuseOrder(time: Millis, last: Millis): never {
  fail("market.out-of-order", {
    message: `a bar of ${timeText(time)} (${time}) came after the bar of ${timeText(last)} (${last})`,
    hint: "Bars must rise in time, each once; sort them and drop the duplicates.",
    fields: { time, last },
  });
}
