import type { Millis } from "#core";
import type { Lots, Side, Ticks } from "#model";

/** The curve is thinned when it has more points than this. */
const POINTS_MAX = 400;
const EVENTS_MAX = 20;

/** Something that whoever looks after trading wants to read. */
export type RecentEvent = { readonly time: Millis } & (
  | {
      readonly kind: "filled";
      readonly id: string;
      readonly instrument: number;
      readonly side: Side;
      readonly ticks: Ticks;
      readonly lots: Lots;
      /** Of the order, after this fill. */
      readonly lotsLeft: Lots;
    }
  | {
      readonly kind: "refused";
      readonly instrument: number;
      readonly code: string;
      readonly value: number;
      readonly bound: number;
      readonly reason?: string;
    }
  | { readonly kind: "unknown"; readonly id: string }
  | { readonly kind: "started" | "reconciled" | "halted" | "resumed" | "flattened" }
  | { readonly kind: "stopped"; readonly code: string; readonly message: string }
);

/** Whole days since the epoch. */
function utcDay(time: Millis): number {
  return Math.floor(time / 864e5);
}

export interface RecentState {
  readonly curve: readonly (readonly [time: Millis, equity: number])[];
  /** One bar in so many is kept. */
  readonly every: number;
  readonly bars: number;
  readonly peak: number;
  /** The UTC day in which a bar closed last, the equity at its first close in that day, and at the last. */
  readonly today?: { readonly day: number; readonly first: number; readonly last: number };
  readonly events: readonly RecentEvent[];
}

/**
 * The past as a person looks at it: the equity after each bar, thinned as it grows, and the last events. Bounded, so
 * that years of trading take no more room than a day; a function of the records alone.
 */
export class Recent {
  #state: RecentState;

  constructor(
    state: RecentState = { curve: [], every: 1, bars: 0, peak: Number.NEGATIVE_INFINITY, events: [] },
  ) {
    this.#state = state;
  }

  get state(): RecentState {
    return this.#state;
  }

  /**
   * The equity that the UTC day of a moment, not before the last bar, began with; undefined before the first bar. A
   * bar closes at its end or later, so the first close of a day tells how the day before ended.
   */
  dayBegan(time: Millis): number | undefined {
    const { today } = this.#state;
    return today?.day === utcDay(time) ? today.first : today?.last;
  }

  addEquity(time: Millis, equity: number): void {
    const { curve, every, bars, peak } = this.#state;
    const day = utcDay(time);
    const first = this.#state.today?.day === day ? this.#state.today.first : equity;
    const added = bars % every === 0 ? [...curve, [time, equity] as const] : curve;
    const isFull = added.length > POINTS_MAX;
    this.#state = {
      ...this.#state,
      curve: isFull ? added.filter((_, i) => i % 2 === 0) : added,
      every: isFull ? every * 2 : every,
      bars: bars + 1,
      peak: Math.max(peak, equity),
      today: { day, first, last: equity },
    };
  }

  addEvent(event: RecentEvent): void {
    this.#state = { ...this.#state, events: [...this.#state.events, event].slice(-EVENTS_MAX) };
  }
}
