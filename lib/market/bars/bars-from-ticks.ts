/**
 * Bars from trades: by time, by number of trades, by volume, or by money.
 *
 *   time     { timeframe, zone?, session? }: starts as `createPeriods` says; closes at the first trade at or past its end.
 *            A period without a trade makes no bar
 *   ticks    closes with the n-th trade
 *   volume   closes with the trade by which its quantity reaches the threshold
 *   dollar   closes with the trade by which its sum of price * quantity reaches the threshold
 *
 * A trade is never split. time is the period's start, else the first trade's; end is when the bar is complete: the period's end, else
 * the last trade's time. A trade from before the open bar, or before the end of a closed one, is late: it is counted and changes
 * nothing (of time bars; the others take trades as they come). The batch form is the streaming form in a loop.
 */
import { fail, type Millis, timeText } from "#core";
import type { TableColumns } from "#model";
import { type BarRule, createPeriods, type Period, type Periods } from "./periods.ts";

export type TickBarRule =
  | BarRule
  | { readonly ticks: number }
  | { readonly volume: number }
  | { readonly dollar: number };

/** Columns of a tick bar. notional: sum of price * quantity. buyVolume, sellVolume: by the side that took; unknown sides in neither. */
export const TICK_BAR_COLUMNS = [
  "time",
  "open",
  "high",
  "low",
  "close",
  "volume",
  "end",
  "notional",
  "trades",
  "buyVolume",
  "sellVolume",
] as const;
type Column = (typeof TICK_BAR_COLUMNS)[number];
/** (buyVolume - sellVolume) / volume is the bar's imbalance. */
export type TickBar = { readonly [C in Column]: number };
export type TickBars = { readonly [C in Column]: Float64Array };

/** All that a builder knows: plain JSON. */
export interface TickBarState {
  /** The open bar, in the order of the columns. */
  readonly open?: readonly number[];
  readonly closedUntil?: Millis;
  readonly late: number;
}

export interface TickBarBuilder {
  /** Trades too late for their bar, or outside every session. */
  readonly late: number;
  /**
   * Takes a trade; gives the bar that it closes. side: 1 the buyer took, -1 the seller, else unknown.
   * Errors: `market.bad-trade`.
   */
  push(time: Millis, price: number, quantity: number, side: number): TickBar | undefined;
  /** Closes a bar by time that ends at or before `time`, though no trade came. */
  closeUntil(time: Millis): TickBar | undefined;
  /** The bar as it stands, not yet complete. */
  open(): TickBar | undefined;
  snapshot(): TickBarState;
}

/** Errors: `market.bad-bar-rule`, `core.bad-timeframe`. */
export function createTickBars(rule: TickBarRule, state?: TickBarState): TickBarBuilder {
  return new Builder(rule, state);
}

/** All bars that close within the trades; the one still open is left out. Errors: as the builder's. */
export function barsFromTicks(trades: TableColumns<"trades">, rule: TickBarRule): TickBars {
  const builder = new Builder(rule, undefined);
  const { time, price, quantity, side } = trades;
  const columns = TICK_BAR_COLUMNS.map(() => new Float64Array(time.length));
  let length = 0;
  for (let i = 0; i < time.length; i++) {
    if (!builder.step(time[i]!, price[i]!, quantity[i]!, side[i]!)) continue;
    for (let c = 0; c < columns.length; c++) columns[c]![length] = builder.closed[c]!;
    length++;
  }
  const entries = TICK_BAR_COLUMNS.map((name, c) => [name, columns[c]!.slice(0, length)]);
  return Object.fromEntries(entries) as TickBars;
}

const [TIME, OPEN, HIGH, LOW, CLOSE, VOLUME, END, NOTIONAL, TRADES, BUY, SELL] =
  TICK_BAR_COLUMNS.keys() as unknown as [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

class Builder implements TickBarBuilder {
  readonly closed = new Float64Array(TICK_BAR_COLUMNS.length);
  late = 0;
  private readonly bar = new Float64Array(TICK_BAR_COLUMNS.length);
  private readonly periods: Periods | undefined;
  private readonly thresholdColumn: number = TRADES;
  private readonly threshold: number = Number.POSITIVE_INFINITY;
  private period: Period | undefined;
  private isOpen = false;
  private closedUntil = Number.NEGATIVE_INFINITY;

  constructor(rule: TickBarRule, state: TickBarState | undefined) {
    if ("timeframe" in rule) this.periods = createPeriods(rule);
    else {
      const [name = "rule", threshold = Number.NaN] = Object.entries(rule)[0] ?? [];
      const column = { ticks: TRADES, volume: VOLUME, dollar: NOTIONAL }[name];
      if (column === undefined || !(threshold > 0) || (name === "ticks" && !Number.isInteger(threshold))) {
        refuseThreshold(name, threshold);
      }
      this.thresholdColumn = column;
      this.threshold = threshold;
    }
    if (!state) return;
    this.late = state.late;
    this.closedUntil = state.closedUntil ?? this.closedUntil;
    this.isOpen = state.open !== undefined;
    this.bar.set(state.open ?? []);
  }

  push(time: Millis, price: number, quantity: number, side: number): TickBar | undefined {
    return this.step(time, price, quantity, side) ? barOf(this.closed) : undefined;
  }

  closeUntil(time: Millis): TickBar | undefined {
    if (!this.periods || !this.isOpen || this.bar[END]! > time) return undefined;
    this.finish();
    return barOf(this.closed);
  }

  open(): TickBar | undefined {
    return this.isOpen ? barOf(this.bar) : undefined;
  }

  snapshot(): TickBarState {
    return {
      ...(this.isOpen ? { open: [...this.bar] } : {}),
      ...(this.closedUntil === Number.NEGATIVE_INFINITY ? {} : { closedUntil: this.closedUntil }),
      late: this.late,
    };
  }

  /** One trade; true if a bar closed, which then stands in `closed`. */
  step(time: Millis, price: number, quantity: number, side: number): boolean {
    if (!Number.isFinite(time) || !Number.isFinite(price) || !Number.isFinite(quantity) || quantity < 0) {
      refuseTrade(time, price, quantity);
    }
    return this.periods
      ? this.stepByTime(time, price, quantity, side)
      : this.stepBySize(time, price, quantity, side);
  }

  private stepByTime(time: Millis, price: number, quantity: number, side: number): boolean {
    const { bar } = this;
    let hasClosed = false;
    if (this.isOpen && time >= bar[END]!) {
      this.finish();
      hasClosed = true;
    }
    if (time < (this.isOpen ? bar[TIME]! : this.closedUntil)) {
      this.late++;
      return hasClosed;
    }
    const { period } = this;
    if (!period || time >= period.until || time < period.from) this.period = this.periods!.at(time);
    if (!this.period) {
      this.late++;
      return hasClosed;
    }
    if (!this.isOpen) this.begin(this.period.start, this.period.end, price);
    this.add(price, quantity, side);
    return hasClosed;
  }

  private stepBySize(time: Millis, price: number, quantity: number, side: number): boolean {
    if (!this.isOpen) this.begin(time, time, price);
    if (time > this.bar[END]!) this.bar[END] = time;
    this.add(price, quantity, side);
    if (this.bar[this.thresholdColumn]! < this.threshold) return false;
    this.finish();
    return true;
  }

  private begin(time: Millis, end: Millis, price: number): void {
    const { bar } = this;
    bar.fill(0);
    bar[TIME] = time;
    bar[END] = end;
    bar[OPEN] = price;
    bar[HIGH] = price;
    bar[LOW] = price;
    this.isOpen = true;
  }

  private add(price: number, quantity: number, side: number): void {
    const { bar } = this;
    if (price > bar[HIGH]!) bar[HIGH] = price;
    if (price < bar[LOW]!) bar[LOW] = price;
    bar[CLOSE] = price;
    bar[VOLUME]! += quantity;
    bar[NOTIONAL]! += price * quantity;
    bar[TRADES]! += 1;
    if (side > 0) bar[BUY]! += quantity;
    else if (side < 0) bar[SELL]! += quantity;
  }

  private finish(): void {
    this.closed.set(this.bar);
    this.isOpen = false;
    if (this.periods) this.closedUntil = this.bar[END]!;
  }
}

function barOf(values: Float64Array): TickBar {
  return Object.fromEntries(TICK_BAR_COLUMNS.map((name, c) => [name, values[c]])) as TickBar;
}

function refuseThreshold(name: string, value: unknown): never {
  fail("market.bad-bar-rule", {
    message: `a rule for bars from trades has ${name} ${JSON.stringify(value)}`,
    hint: "Give a timeframe, or one of ticks (a whole number), volume, dollar, above 0.",
    fields: { [name]: value },
  });
}

function refuseTrade(time: Millis, price: number, quantity: number): never {
  fail("market.bad-trade", {
    message: `the trade of ${timeText(time)} has price ${price} and quantity ${quantity}`,
    hint: "Time and price must be finite numbers, and the quantity one from 0 on.",
    fields: { time, price, quantity },
  });
}
