/**
 * Bars of one instrument, built from its trades as they come.
 *
 *   d      length of a bar (ms)
 *   start  the largest multiple of d at or before the trade; counted from 1970-01-01, or for whole weeks from
 *          Monday 1970-01-05 (as Binance does)
 *
 * Prices are whole ticks, quantities whole lots; times are the venue's, in milliseconds since the epoch.
 */
import { assert, type Millis } from "#core";
import type { Lots, Ticks } from "#model";

const WEEK_MS = 6048e5;
const FIRST_MONDAY = 4 * 864e5;

export interface TradeBar {
  readonly start: Millis;
  readonly openTicks: Ticks;
  readonly highTicks: Ticks;
  readonly lowTicks: Ticks;
  readonly closeTicks: Ticks;
  /** Traded in the bar. */
  readonly lots: Lots;
  /** How many trades. */
  readonly trades: number;
}

/** All that a builder knows: plain data, to go on from. */
export interface BarBuilderState {
  readonly timeframeMs: Millis;
  /** The bar that is being built. */
  readonly open?: TradeBar;
  /** End of the last bar taken; missing when there is none. */
  readonly closedUntil?: Millis;
  readonly late: number;
}

export interface BarBuilder {
  /** True if the open bar ends at or before `time`. */
  isDue(time: Millis): boolean;
  /** Takes the finished bar, and leaves none open. Undefined if none was. */
  close(): TradeBar | undefined;
  /**
   * A trade. One from before the open bar, or from a bar already taken, is counted as late and changes no bar.
   * Precondition: nothing is due at `time`.
   */
  push(time: Millis, ticks: Ticks, lots: Lots): void;
  /** Trades that came too late for their bar. */
  readonly late: number;
  snapshot(): BarBuilderState;
}

/** Start of the bar that a time lies in. @param length of a bar, in milliseconds. */
export function barStart(time: Millis, length: Millis): Millis {
  const anchor = length % WEEK_MS === 0 ? FIRST_MONDAY : 0;
  return Math.floor((time - anchor) / length) * length + anchor;
}

/**
 * @param length of a bar, in milliseconds, above 0. Bars without a trade are not made: the gap stays a gap.
 * @param state what a builder of the same length gave, to go on from there.
 */
export function createBarBuilder(length: Millis, state?: BarBuilderState): BarBuilder {
  assert(length > 0 && Number.isFinite(length), `a bar has a length above 0, not ${length}`);
  assert(
    !state || state.timeframeMs === length,
    `the state is of ${length} ms bars, not ${state?.timeframeMs}`,
  );
  return new Builder(length, state);
}

class Builder implements BarBuilder {
  private readonly length: Millis;
  private isOpen = false;
  private start: Millis = 0;
  private openTicks: Ticks = 0;
  private highTicks: Ticks = 0;
  private lowTicks: Ticks = 0;
  private closeTicks: Ticks = 0;
  private lots: Lots = 0;
  private trades = 0;
  private closedUntil = Number.NEGATIVE_INFINITY;
  private lateTrades = 0;

  constructor(length: Millis, state: BarBuilderState | undefined) {
    this.length = length;
    if (!state) return;
    this.closedUntil = state.closedUntil ?? this.closedUntil;
    this.lateTrades = state.late;
    this.isOpen = state.open !== undefined;
    Object.assign(this, state.open);
  }

  get late(): number {
    return this.lateTrades;
  }

  isDue(time: Millis): boolean {
    return this.isOpen && this.start + this.length <= time;
  }

  close(): TradeBar | undefined {
    if (!this.isOpen) return undefined;
    const bar = this.bar();
    this.isOpen = false;
    this.closedUntil = this.start + this.length;
    return bar;
  }

  push(time: Millis, ticks: Ticks, lots: Lots): void {
    assert(!this.isDue(time), `the bar of ${this.start} was taken before the trade of ${time}`);
    if (time < (this.isOpen ? this.start : this.closedUntil)) {
      this.lateTrades++;
      return;
    }
    if (!this.isOpen) this.begin(time, ticks);
    if (ticks > this.highTicks) this.highTicks = ticks;
    if (ticks < this.lowTicks) this.lowTicks = ticks;
    this.closeTicks = ticks;
    this.lots += lots;
    this.trades++;
  }

  snapshot(): BarBuilderState {
    return {
      timeframeMs: this.length,
      ...(this.isOpen ? { open: this.bar() } : {}),
      ...(this.closedUntil === Number.NEGATIVE_INFINITY ? {} : { closedUntil: this.closedUntil }),
      late: this.lateTrades,
    };
  }

  private begin(time: Millis, ticks: Ticks): void {
    this.isOpen = true;
    this.start = barStart(time, this.length);
    this.openTicks = ticks;
    this.highTicks = ticks;
    this.lowTicks = ticks;
    this.lots = 0;
    this.trades = 0;
  }

  private bar(): TradeBar {
    const { start, openTicks, highTicks, lowTicks, closeTicks, lots, trades } = this;
    return { start, openTicks, highTicks, lowTicks, closeTicks, lots, trades };
  }
}
