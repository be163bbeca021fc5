/**
 * A plan at work, one bar at a time.
 *
 * A pushed bar moves time to its close. All that closes by then (bars of other instruments, longer bars) is taken in
 * the order of its end; what ends together is taken together. So each bar sees exactly what `computePlan` shows it.
 */
import { assert, fail, timeframeMs, timeText } from "#core";
import { type BarAggregator, type BarAggregatorState, createBarAggregator } from "#market";
import type { BarColumn } from "#model";
import { type Plan, slotsRead } from "../plan.ts";
import { pinnedNumbers } from "../rolling/pinned.ts";
import { NodeStream } from "./node.ts";
import { Queue } from "./queue.ts";
import { SERIES_STEP_MS, seriesBar } from "./series.ts";
import {
  copyState,
  isCopyable,
  restoreArray,
  restoreState,
  type StateSnapshot,
  type StoredNumber,
  snapshotFromState,
  storedFromArray,
} from "./state.ts";
import { ownStraight, type Straight, straightOf } from "./straight.ts";

/** What a stream needs of a bar: its start (UTC ms) and its numbers. */
export type BarValues = { readonly time: number } & Readonly<Record<BarColumn, number>>;

/** A dated value, and when it was published (UTC ms). */
export interface SeriesValue {
  readonly time: number;
  readonly published: number;
  readonly value: number;
  /** From when on bars could see it, where that is later: it came late. */
  readonly seen?: number;
}

/** Plain JSON. */
export interface StreamSnapshot {
  readonly time: number | null;
  readonly values: readonly StoredNumber[];
  readonly states: readonly StateSnapshot[];
  readonly longer: readonly (BarAggregatorState | null)[];
  readonly waiting: readonly (readonly BarValues[])[];
  readonly dated: readonly { readonly newest: number | null; readonly waiting: readonly SeriesValue[] }[];
}

interface Closing {
  readonly end: number;
  readonly clock: number;
  readonly bar: BarValues;
}

export class PlanStream {
  readonly values: Float64Array;
  private readonly plan: Plan;
  private readonly barMs: number;
  private readonly nodes: readonly NodeStream[];
  /** Start of the bar that a node takes, and of the last bar that was pushed. */
  private readonly now = pinnedNumbers(2);
  private readonly straight: Straight;
  private readonly isAlone: boolean;
  /** Nodes of the set's own clock only: all that a plain set has. */
  private readonly isPlain: boolean;
  private longer: (BarAggregator | undefined)[];
  /** Bars of other instruments that end later than the time, by clock. */
  private waiting: Queue<BarValues>[];
  private dated: { newest: number; waiting: Queue<SeriesValue> }[];

  /** @param isAlone to have functions generated for itself: nearly twice as fast, once V8 has compiled them. */
  constructor(plan: Plan, barMs: number, isAlone = false) {
    this.plan = plan;
    this.barMs = barMs;
    this.isAlone = isAlone;
    this.start = Number.NEGATIVE_INFINITY;
    this.values = pinnedNumbers(plan.slots).fill(Number.NaN);
    const isRead = slotsRead(plan);
    this.nodes = plan.nodes.map((node) => {
      const { timeframe, series } = plan.clocks[node.clock]!;
      const length = timeframe === undefined ? barMs : timeframeMs(timeframe);
      const own = series === undefined ? length : SERIES_STEP_MS;
      return new NodeStream(node, this.values, this.now, own, isRead);
    });
    this.straight = isAlone
      ? ownStraight(plan, this.values, this.now, this.nodes)
      : straightOf(plan)(this.values, this.now, this.nodes);
    this.isPlain = plan.clocks.length === 1 && plan.series.length === 0;
    this.longer = plan.clocks.map(({ timeframe }) =>
      timeframe === undefined ? undefined : createBarAggregator(timeframe, barMs),
    );
    this.waiting = plan.clocks.map(() => new Queue());
    this.dated = plan.series.map(() => ({ newest: Number.NEGATIVE_INFINITY, waiting: new Queue() }));
  }

  /** Start of the last bar that was pushed; its numbers stand in the first slots. */
  get start(): number {
    return this.now[1]!;
  }

  set start(time: number) {
    this.now[1] = time;
  }

  /** Close of that bar. */
  get time(): number {
    return this.now[1]! + this.barMs;
  }

  /** Takes a bar and writes the values of the named features, in their order. Precondition: it is later than all before. */
  push(bar: BarValues, out: Float64Array): void {
    if (!this.isPlain) {
      this.takeAll(this.closingsUntil(bar.time + this.barMs, bar));
      this.straight.row(out);
      // V8 notes for each place of a call what was called there.
    } else if (this.isAlone) this.straight.push(bar, out);
    else this.straight.push(bar, out);
    this.start = bar.time;
  }

  /** Writes those values as they stand. */
  row(out: Float64Array): void {
    this.straight.row(out);
  }

  /** A bar of another instrument. Errors: `features.missing-input`, `features.late-bar`. */
  see(symbol: string, bar: BarValues): void {
    const clock = this.plan.clocks.findIndex((one) => one.symbol === symbol && one.timeframe === undefined);
    if (clock < 0) {
      fail("features.missing-input", {
        message: `no feature of this set reads ${symbol}`,
        fields: { symbol },
      });
    }
    const queue = this.waiting[clock]!;
    const newest = queue.last()?.time ?? this.time - this.barMs;
    if (!(bar.time > newest)) refuseLate(`the bar of ${symbol}`, bar.time, newest);
    queue.push({ ...bar });
  }

  /** A value of a series. Errors: `features.missing-input`, `features.late-bar`. */
  publish(name: string, value: SeriesValue): void {
    const index = this.plan.series.findIndex((one) => one.name === name);
    if (index < 0) {
      fail("features.missing-input", {
        message: `no feature of this set reads the series "${name}"`,
        fields: { series: name },
      });
    }
    const queue = this.dated[index]!.waiting;
    const last = queue.last();
    const newest = last ? seenFrom(last) : this.time;
    const seen = seenFrom(value);
    if (!(seen > this.time && seen >= newest)) refuseLate(`"${name}"`, seen, newest);
    const { time, published } = value;
    queue.push({ time, published, value: value.value, ...(seen === published ? {} : { seen }) });
  }

  private fill(clock: number, bar: BarValues): void {
    const { slot } = this.plan.clocks[clock]!;
    const { values } = this;
    values[slot] = bar.open;
    values[slot + 1] = bar.high;
    values[slot + 2] = bar.low;
    values[slot + 3] = bar.close;
    values[slot + 4] = bar.volume;
  }

  private closingsUntil(end: number, bar: BarValues): Closing[] {
    const closings: Closing[] = [];
    this.plan.clocks.forEach(({ timeframe, series }, clock) => {
      if (series !== undefined) this.addPublished(series, clock, end, closings);
      if (timeframe !== undefined) return;
      const queue = this.waiting[clock]!;
      if (clock === 0) queue.push(bar);
      while (queue.length > 0 && queue.at(0)!.time + this.barMs <= end)
        this.close(clock, queue.shift()!, closings);
    });
    this.longer.forEach((aggregator, clock) => {
      const bar = aggregator?.advance(end);
      if (bar) closings.push({ end: bar.end, clock, bar });
    });
    return closings.sort((a, b) => a.end - b.end);
  }

  /** A new date closes a bar of the series' clock when it is published; of one moment the newest. */
  private addPublished(name: string, clock: number, end: number, closings: Closing[]): void {
    const { newest, waiting } = this.dated[this.plan.series.findIndex((one) => one.name === name)]!;
    let [last, value] = [newest, Number.NaN];
    for (let i = 0; i < waiting.length && seenFrom(waiting.at(i)!) <= end; ) {
      const seen = seenFrom(waiting.at(i)!);
      const before = last;
      for (; i < waiting.length && seenFrom(waiting.at(i)!) === seen; i++) {
        const one = waiting.at(i)!;
        if (one.time < last) continue;
        ({ time: last, value } = one);
      }
      if (last > before) closings.push({ end: seen, clock, bar: seriesBar(last, value) });
    }
  }

  private close(clock: number, bar: BarValues, closings: Closing[]): void {
    closings.push({ end: bar.time + this.barMs, clock, bar });
    this.plan.clocks.forEach(({ from, timeframe }, index) => {
      if (timeframe === undefined || from !== clock) return;
      const aggregator = this.longer[index]!;
      for (const longer of aggregator.push(bar))
        closings.push({ end: longer.end, clock: index, bar: longer });
    });
  }

  /** In the order of their ends; nodes run in the plan's order, once all bars that end together stand. */
  private takeAll(closings: readonly Closing[]): void {
    for (let i = 0; i < closings.length; ) {
      const { end } = closings[i]!;
      const times = new Array<number>(this.plan.clocks.length);
      for (; i < closings.length && closings[i]!.end === end; i++) {
        const { clock, bar } = closings[i]!;
        this.fill(clock, bar);
        times[clock] = bar.time;
      }
      this.showPublished(end);
      this.plan.nodes.forEach(({ clock }, k) => {
        const time = times[clock];
        if (time === undefined) return;
        this.now[0] = time;
        const { run, work } = this.nodes[k]!;
        run(work);
      });
    }
  }

  private showPublished(end: number): void {
    this.dated.forEach((series, k) => {
      const { waiting } = series;
      while (waiting.length > 0 && seenFrom(waiting.at(0)!) <= end) {
        const { time, published, value } = waiting.shift()!;
        if (time < series.newest) continue;
        series.newest = time;
        const { slot } = this.plan.series[k]!;
        this.values[slot] = value;
        this.values[slot + 1] = published;
        this.values[slot + 2] = time;
      }
    });
  }

  snapshot(): StreamSnapshot {
    return {
      time: finiteOrNull(this.time),
      values: storedFromArray(this.values),
      states: this.nodes.map(({ state }) => snapshotFromState(state)),
      longer: this.longer.map((aggregator) => aggregator?.snapshot() ?? null),
      waiting: this.waiting.map((queue) => queue.toArray()),
      dated: this.dated.map(({ newest, waiting }) => ({
        newest: finiteOrNull(newest),
        waiting: waiting.toArray(),
      })),
    };
  }

  /** Errors: `features.bad-snapshot`. */
  restore({ time, values, states, longer, waiting, dated }: StreamSnapshot): void {
    restoreArray(this.values, values, "the set", "values");
    this.nodes.forEach((node, i) => {
      restoreState(node.state, states[i]!, node.id);
    });
    this.start = time === null ? Number.NEGATIVE_INFINITY : time - this.barMs;
    this.longer = this.plan.clocks.map(({ timeframe }, i) =>
      timeframe === undefined
        ? undefined
        : createBarAggregator(timeframe, this.barMs, longer[i] ?? undefined),
    );
    this.waiting = this.plan.clocks.map((_, i) => new Queue(waiting[i]));
    this.dated = this.plan.series.map((_, i) => ({
      newest: dated[i]?.newest ?? Number.NEGATIVE_INFINITY,
      waiting: new Queue(dated[i]?.waiting),
    }));
  }

  /** True if a copy goes on as this stream would, and is cheap to make. */
  get isCopyable(): boolean {
    return this.isPlain && this.nodes.every(({ state }) => isCopyable(state));
  }

  /** Overwrites this stream with what another of the same plan knows. */
  copyFrom(other: PlanStream): void {
    assert(this.plan === other.plan, "streams of one plan");
    this.values.set(other.values);
    this.nodes.forEach((node, i) => {
      copyState(node.state, other.nodes[i]!.state);
    });
    if (!this.isPlain) {
      const { longer, waiting, dated } = other.snapshot();
      const { values, states } = this.snapshot();
      this.restore({ time: finiteOrNull(other.time), values, states, longer, waiting, dated });
    }
    this.start = other.start;
  }
}

function seenFrom({ published, seen = published }: SeriesValue): number {
  return seen;
}

function refuseLate(what: string, time: number, newest: number): never {
  fail("features.late-bar", {
    message: `${what} of ${timeText(time)} comes after that of ${timeText(newest)}`,
    hint: "A stream takes what is new, oldest first.",
    fields: { time, newest },
  });
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
