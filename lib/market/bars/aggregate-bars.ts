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

/**
 * A longer bar with the moment at which it is complete: by its rule, also where months or sessions differ in length; later
 * if its last base bar reaches over that.
 */
export interface ClosedBar extends OhlcvBar {
  readonly end: Millis;
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
  push(bar: OhlcvBar): readonly ClosedBar[];
  /** Time has come to `time` without a base bar: the longer bar that ends by then, if one waits. Base bars of its stretch are refused from then on. */
  advance(time: Millis): ClosedBar | undefined;
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
  const out = new LongerBars();
  for (let i = 0; i < count; i++) {
    const closed = aggregator.step(time[i]!, open[i]!, high[i]!, low[i]!, close[i]!, volume[i]!);
    for (let k = 0; k < closed; k++) out.add(aggregator.closed[k]!, i);
  }
  if (aggregator.advance(until)) out.add(aggregator.closed[0]!, count);
  return out.columns();
}

/** Longer bars as they close, in columns that grow: room for as many as there are base bars would cost more than the work. */
class LongerBars {
  private values = Array.from({ length: 8 }, () => new Float64Array(256));
  private length = 0;

  add(bar: Float64Array, closedAt: number): void {
    if (this.length === this.values[0]!.length) {
      this.values = this.values.map((column) => {
        const grown = new Float64Array(2 * column.length);
        grown.set(column);
        return grown;
      });
    }
    for (let c = 0; c < 7; c++) this.values[c]![this.length] = bar[c]!;
    this.values[7]![this.length++] = closedAt;
  }

  columns(): AggregatedBars {
    const [time, open, high, low, close, volume, end, closedAt] = this.values.map((column) =>
      column.slice(0, this.length),
    ) as [...ArrayOf7, Float64Array];
    return { time, open, high, low, close, volume, end, closedAt: Int32Array.from(closedAt) };
  }
}

type ArrayOf7 = [
  Float64Array,
  Float64Array,
  Float64Array,
  Float64Array,
  Float64Array,
  Float64Array,
  Float64Array,
];

const NONE: readonly ClosedBar[] = Object.freeze([]);

/** Places of a bar's numbers; in one array, as doubles in fields of an object would be made anew at each change. */
const [TIME, OPEN, HIGH, LOW, CLOSE, VOLUME, END] = [0, 1, 2, 3, 4, 5, 6] as const;
/** Places in `span`: the stretch in which the cached period holds, and the start of the newest base bar. */
const [FROM, UNTIL, LAST] = [0, 1, 2] as const;

class Aggregator implements BarAggregator {
  /** time, open, high, low, close, volume, end of the bars that the last step closed. */
  readonly closed = [new Float64Array(7), new Float64Array(7)];
  outside = 0;
  private readonly periods: Periods;
  private readonly baseLength: Millis;
  private readonly bar = new Float64Array(7);
  private readonly span = Float64Array.of(Number.NaN, Number.NaN, Number.NEGATIVE_INFINITY);
  private period: Period | undefined;
  private isOpen = false;

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

  push(bar: OhlcvBar): readonly ClosedBar[] {
    const count = this.step(bar.time, bar.open, bar.high, bar.low, bar.close, bar.volume);
    return count === 0 ? NONE : this.closed.slice(0, count).map(barOf);
  }

  advance(time: Millis): ClosedBar | undefined {
    if (!this.isOpen || time < this.bar[END]!) return undefined;
    this.finish(0);
    // A base bar of the closed stretch would begin a second bar with the same start.
    this.span[LAST] = Math.max(this.span[LAST]!, this.bar[END]! - this.baseLength);
    return barOf(this.closed[0]!);
  }

  /** One base bar; the number of longer bars that it closed, which stand in `closed` until the next step. */
  step(time: Millis, open: number, high: number, low: number, close: number, volume: number): number {
    const { bar, span } = this;
    if (!(time > span[LAST]!)) refuseOrder(time, span[LAST]!);
    span[LAST] = time;
    let count = this.isOpen && time >= bar[END]! ? this.finish(0) : 0;
    if (!(time >= span[FROM]! && time < span[UNTIL]!)) this.findPeriod(time);
    if (!this.period) this.outside++;
    else if (Number.isFinite(open + high + low + close)) {
      if (!this.isOpen) this.begin(this.period, open, high, low);
      if (high > bar[HIGH]!) bar[HIGH] = high;
      if (low < bar[LOW]!) bar[LOW] = low;
      bar[CLOSE] = close;
      bar[VOLUME]! += volume;
      // A base bar that reaches over the end is known only at its own: a session that closes within it, bars off the grid.
      if (time + this.baseLength > bar[END]!) bar[END] = time + this.baseLength;
    }
    if (this.isOpen && time + this.baseLength >= bar[END]!) count += this.finish(count);
    return count;
  }

  snapshot(): BarAggregatorState {
    const [time, open, high, low, close, volume, end] = this.bar as unknown as Seven;
    const last = this.span[LAST]!;
    const bar = { time, open, high, low, close, volume: Number.isNaN(volume) ? null : volume, end };
    return {
      ...(last === Number.NEGATIVE_INFINITY ? {} : { last }),
      ...(this.isOpen ? { open: bar } : {}),
      outside: this.outside,
    };
  }

  private restore({ last, open, outside }: BarAggregatorState): void {
    this.span[LAST] = last ?? Number.NEGATIVE_INFINITY;
    this.outside = outside;
    if (!open) return;
    this.isOpen = true;
    const { time, high, low, close, volume, end } = open;
    this.bar.set([time, open.open, high, low, close, volume ?? Number.NaN, end]);
  }

  private findPeriod(time: Millis): void {
    this.period = this.periods.at(time);
    this.span[FROM] = this.period ? this.period.from : time;
    this.span[UNTIL] = this.period ? this.period.until : this.periods.pauseEnd(time);
  }

  private begin(period: Period, open: number, high: number, low: number): void {
    const { bar } = this;
    this.isOpen = true;
    bar[TIME] = period.start;
    bar[OPEN] = open;
    bar[HIGH] = high;
    bar[LOW] = low;
    bar[VOLUME] = 0;
    bar[END] = period.end;
  }

  private finish(slot: number): 1 {
    const { bar } = this;
    const values = this.closed[slot]!;
    for (let k = 0; k < 7; k++) values[k] = bar[k]!;
    this.isOpen = false;
    return 1;
  }
}

type Seven = [number, number, number, number, number, number, number];

function barOf(values: Float64Array): ClosedBar {
  const [time, open, high, low, close, volume, end] = values as unknown as Seven;
  return { time, open, high, low, close, volume, end };
}

function refuseOrder(time: Millis, last: Millis): never {
  fail("market.out-of-order", {
    message: `a bar of ${timeText(time)} (${time}) came after the bar of ${timeText(last)} (${last})`,
    hint: "Bars must rise in time, each once; sort them and drop the duplicates.",
    fields: { time, last },
  });
}
