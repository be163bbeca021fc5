/**
 * From named features to what is computed, once each and in order.
 *
 *   clock  the closed bars of one instrument in one timeframe, or the published values of one series; a node runs on
 *          one clock
 *   slot   place of a number in the row of all values: five for each clock (its last closed bar), three for each series
 *          (its newest published value, when that was published, the date it speaks of), one for each output of each node
 *   node   one definition with its parameters and sources on one clock
 *
 * Time moves from close to close. At the close e of a bar, all that is known by e is visible: a node reads the slots as
 * they stand, whichever clock filled them. Nodes stand in an order in which each comes after what it reads.
 */
import { fail, timeframeMs } from "#core";
import { BAR_COLUMNS } from "#model";
import { type FeatureDefinition, type ParamValues, SERIES_PARTS } from "./define.ts";
import type { Feature, Source } from "./feature.ts";

export interface Clock {
  /** Undefined: the set's own instrument. */
  readonly symbol: string | undefined;
  /** Undefined: the bars as they come. */
  readonly timeframe: string | undefined;
  /** The series whose values it counts; undefined for bars. */
  readonly series: string | undefined;
  /** Slot of its open; high, low, close, volume follow. */
  readonly slot: number;
  /** Index of the clock whose bars it is made of; its own where it takes bars as they come. */
  readonly from: number;
}

export interface SeriesSlot {
  readonly name: string;
  /** The first of its slots. */
  readonly slot: number;
}

export interface Node {
  readonly definition: FeatureDefinition;
  readonly params: ParamValues;
  /** Index into the plan's clocks. */
  readonly clock: number;
  /** Slots it reads, one an input. */
  readonly reads: readonly number[];
  /** Slot of its first output. */
  readonly slot: number;
}

export interface Plan {
  readonly clocks: readonly Clock[];
  readonly series: readonly SeriesSlot[];
  readonly nodes: readonly Node[];
  /** Slot of each named feature. */
  readonly outputs: readonly number[];
  readonly slots: number;
  /** Clock of each slot; -1 for a series. */
  readonly clockOf: readonly number[];
  /** Bars of its own clock before a node's first value, by slot. */
  readonly warmupOf: readonly number[];
}

/** Slots that a named feature or a node reads. */
export function slotsRead({ nodes, outputs }: Plan): ReadonlySet<number> {
  return new Set([...outputs, ...nodes.flatMap(({ reads }) => reads)]);
}

/** Features of features deeper than this are a mistake. */
const MAX_DEPTH = 64;

export function planFeatures(list: readonly Feature[]): Plan {
  const planner = new Planner();
  const outputs = list.map((feature) => planner.slotOf(feature, 0, 0));
  const { clocks, series, nodes, clockOf, warmupOf } = planner;
  return { clocks, series, nodes, outputs, slots: clockOf.length, clockOf, warmupOf };
}

class Planner {
  readonly clocks: Clock[] = [];
  readonly series: SeriesSlot[] = [];
  readonly nodes: Node[] = [];
  readonly clockOf: number[] = [];
  readonly warmupOf: number[] = [];

  constructor() {
    this.clockIndex(undefined, undefined);
  }

  /** @param clock on which the feature runs unless it has its own. */
  slotOf(feature: Feature, clock: number, depth: number): number {
    if (depth > MAX_DEPTH) {
      fail("features.bad-source", {
        message: `a feature is made of features more than ${MAX_DEPTH} deep`,
        fields: { feature: feature.definition.id, depth },
      });
    }
    const own = this.ownClock(feature, clock);
    const reads = feature.sources.map((source) => this.slotOfSource(source, own, depth));
    return this.nodeFor(feature, own, reads).slot + feature.output;
  }

  private ownClock({ symbol, timeframe, clock }: Feature, outer: number): number {
    if (clock !== undefined) return this.seriesClock(clock);
    if (symbol === undefined && timeframe === undefined) return outer;
    const around = this.clocks[outer]!;
    return this.clockIndex(symbol ?? around.symbol, timeframe ?? around.timeframe);
  }

  private slotOfSource(source: Source, clock: number, depth: number): number {
    if (source.kind === "feature") return this.slotOf(source.feature, clock, depth + 1);
    if (source.kind === "bar") return this.clocks[clock]!.slot + BAR_COLUMNS.indexOf(source.column);
    return this.seriesSlot(source.name) + SERIES_PARTS.indexOf(source.part);
  }

  private seriesSlot(name: string): number {
    let found = this.series.find((other) => other.name === name);
    if (found === undefined) {
      found = { name, slot: this.addSlots(-1, SERIES_PARTS.length, 0) };
      this.series.push(found);
    }
    return found.slot;
  }

  private nodeFor({ definition, params }: Feature, clock: number, reads: readonly number[]): Node {
    const same = this.nodes.find(
      (other) =>
        other.definition === definition &&
        other.clock === clock &&
        other.reads.every((slot, i) => slot === reads[i]) &&
        Object.keys(params).every((name) => other.params[name] === params[name]),
    );
    if (same !== undefined) return same;
    // A source on another clock has its values when it has them: only bars of the node's own clock can be counted.
    const before = reads.map((slot) => (this.clockOf[slot] === clock ? this.warmupOf[slot]! : 0));
    const warmup = Math.max(0, ...before) + definition.warmup(params);
    const slot = this.addSlots(clock, definition.outputs.length, warmup);
    const node: Node = { definition, params, clock, reads, slot };
    this.nodes.push(node);
    return node;
  }

  private clockIndex(symbol: string | undefined, timeframe: string | undefined): number {
    const found = this.clocks.findIndex(
      (clock) => clock.symbol === symbol && clock.timeframe === timeframe && clock.series === undefined,
    );
    if (found >= 0) return found;
    const from = timeframe === undefined ? this.clocks.length : this.clockIndex(symbol, undefined);
    const index = this.clocks.length;
    const slot = this.addSlots(index, BAR_COLUMNS.length, 0);
    this.clocks.push({ symbol, timeframe, series: undefined, from, slot });
    return index;
  }

  private seriesClock(series: string): number {
    const found = this.clocks.findIndex((clock) => clock.series === series);
    if (found >= 0) return found;
    this.seriesSlot(series);
    const index = this.clocks.length;
    const slot = this.addSlots(index, BAR_COLUMNS.length, 0);
    this.clocks.push({ symbol: undefined, timeframe: undefined, series, from: index, slot });
    return index;
  }

  private addSlots(clock: number, count: number, warmup: number): number {
    const first = this.clockOf.length;
    for (let i = 0; i < count; i++) {
      this.clockOf.push(clock);
      this.warmupOf.push(warmup);
    }
    return first;
  }
}

/** Bars of the set's own clock before every feature can have a value; for features on longer bars as many as make those. */
export function planWarmup({ clocks, outputs, clockOf, warmupOf, nodes }: Plan, barMs: number): number {
  const memo = new Map<number, number>();
  const total = (slot: number): number => {
    const known = memo.get(slot);
    if (known !== undefined) return known;
    const node = nodes.find((one) => slot >= one.slot && slot < one.slot + one.definition.outputs.length);
    const clock = clocks[clockOf[slot]!];
    const ratio = clock?.timeframe === undefined ? 1 : timeframeMs(clock.timeframe) / barMs;
    let bars = 0;
    if (node !== undefined && clock?.series !== undefined) {
      // How many bars make so many values of a series, nobody can say.
      bars = Math.max(0, ...node.reads.map(total));
    } else if (node !== undefined) {
      // The last warm-up bar of a longer clock must close: in the worst case the stream begins just after its start.
      const own =
        ratio === 1 ? warmupOf[slot]! : Math.ceil((node.definition.warmup(node.params) + 2) * ratio) - 2;
      const others = node.reads.filter((read) => clockOf[read] !== node.clock || ratio !== 1).map(total);
      bars = ratio === 1 ? Math.max(own, ...others) : own + Math.max(0, ...others);
    }
    memo.set(slot, bars);
    return bars;
  };
  return Math.max(...outputs.map(total));
}
