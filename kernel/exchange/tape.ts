import { assert, fail, type Millis, timeText } from "#core";
import {
  type Account,
  type AssetUnits,
  type Bars,
  type Instrument,
  indexAtTime,
  type Lots,
  lotsFromQuantity,
  notionalUnits,
  quantityFromLots,
  type Ticks,
  ticksFromPrice,
} from "#model";
import { depthLots, lowFirst, PRINTS_PER_BAR, printTime } from "#venue";

/** A public trade. What accounts trade is not on the tape: the bars of the tape must equal the history. */
export interface TapeTrade {
  /** From 1, without gaps. */
  readonly id: number;
  readonly time: Millis;
  readonly ticks: Ticks;
  readonly lots: Lots;
  /** True if it was a sale: it traded below the one before it. */
  readonly isSale: boolean;
}

export interface TapeCandle {
  readonly time: Millis;
  readonly open: Ticks;
  readonly high: Ticks;
  readonly low: Ticks;
  readonly close: Ticks;
  /** Undefined for a bar before the replay whose volume is no whole number of lots. */
  readonly lots: Lots | undefined;
  /** Base quantity, as the history has it. */
  readonly volume: number;
  readonly quoteUnits: AssetUnits;
  readonly trades: number;
}

/** The history of one instrument as the trades that it is replayed as: four a bar, counted, never stored. */
export class Tape {
  readonly instrument: Instrument;
  readonly timeframe: string;
  readonly timeframeMs: Millis;
  /** Trades so far; the id of the last one. */
  printed = 0;
  readonly total: number;
  private readonly bars: Bars;
  private readonly end: number;
  private readonly first: number;

  /** Errors: `exchange.thin-bar` for a replayed bar whose volume does not make four trades of whole lots. */
  constructor(bars: Bars, from: Millis, to: Millis) {
    this.bars = bars;
    this.instrument = bars.instrument;
    this.timeframe = bars.timeframe;
    this.timeframeMs = bars.timeframeMs;
    this.first = indexAtTime(bars, from);
    this.end = indexAtTime(bars, to);
    this.total = Math.max(0, this.end - this.first) * PRINTS_PER_BAR;
    for (let bar = this.first; bar < this.end; bar++) this.checkVolume(bar);
  }

  /** Start of the bar that opens next; Infinity after the last. Precondition: the open bar has had all its prints. */
  get nextStart(): Millis {
    return this.printed === this.total ? Number.POSITIVE_INFINITY : this.bars.time[this.barOf(this.printed)]!;
  }

  /** End of the last bar before the replay; undefined if there is none. */
  get historyEnd(): Millis | undefined {
    return this.first > 0 ? this.bars.time[this.first - 1]! + this.timeframeMs : undefined;
  }

  /** Takes the next print. */
  print(): TapeTrade {
    assert(this.printed < this.total, "a print follows");
    return this.trade(++this.printed);
  }

  /** @param id 1 to `printed`. */
  trade(id: number): TapeTrade {
    const bar = this.barOf(id - 1);
    const k = (id - 1) % PRINTS_PER_BAR;
    const ticks = this.ticks(bar, k);
    const before = id === 1 ? ticks : this.ticks(this.barOf(id - 2), (id - 2) % PRINTS_PER_BAR);
    const time = printTime(this.bars.time[bar]!, this.timeframeMs, k);
    return { id, time, ticks, lots: this.lots(bar, k), isSale: ticks < before };
  }

  /** Id of the first trade at or after a time; `printed` + 1 if there is none. */
  firstIdAt(time: Millis): number {
    let low = 1;
    let high = this.printed + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.trade(middle).time < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Depth of the model's quotes after the last print. */
  depth(terms: Account): Lots {
    return depthLots(
      terms,
      lotsFromQuantity(this.instrument, this.bars.volume[this.barOf(this.printed - 1)]!),
    );
  }

  /**
   * The candles that start in [start, end], the one being printed as far as it is: the first `limit`, or the last if
   * no start is given.
   */
  candles(start: Millis | undefined, end: Millis, limit: number): TapeCandle[] {
    const seen = this.first + Math.ceil(this.printed / PRINTS_PER_BAR);
    const until = Math.min(seen, indexAtTime(this.bars, end + 1));
    const from =
      start === undefined ? Math.max(0, until - limit) : Math.min(until, indexAtTime(this.bars, start));
    const to = Math.min(until, from + limit);
    return Array.from({ length: Math.max(0, to - from) }, (_, i) => this.candle(from + i));
  }

  private candle(bar: number): TapeCandle {
    const { instrument, bars } = this;
    const count = Math.min(PRINTS_PER_BAR, this.printed - (bar - this.first) * PRINTS_PER_BAR);
    const whole = bar < this.first || count === PRINTS_PER_BAR;
    const prints = Array.from({ length: whole ? PRINTS_PER_BAR : count }, (_, k) => this.ticks(bar, k));
    const volumeLots = this.volumeLots(bar);
    const parts = prints.map((_, k) => (volumeLots === undefined ? 0 : this.lots(bar, k)));
    const lots = volumeLots === undefined ? undefined : parts.reduce((sum, part) => sum + part, 0);
    return {
      time: bars.time[bar]!,
      open: prints[0]!,
      high: Math.max(...prints),
      low: Math.min(...prints),
      close: prints.at(-1)!,
      lots,
      volume: bars.volume[bar]!,
      quoteUnits: prints.reduce((sum, ticks, k) => sum + notionalUnits(instrument, ticks, parts[k]!), 0n),
      trades: prints.length,
    };
  }

  private barOf(print: number): number {
    return this.first + Math.floor(print / PRINTS_PER_BAR);
  }

  private ticks(bar: number, k: number): Ticks {
    const ticksOf = (column: Float64Array) => ticksFromPrice(this.instrument, column[bar]!);
    if (k === 0) return ticksOf(this.bars.open);
    if (k === PRINTS_PER_BAR - 1) return ticksOf(this.bars.close);
    const high = ticksOf(this.bars.high);
    const low = ticksOf(this.bars.low);
    return lowFirst(ticksOf(this.bars.open), high, low) === (k === 1) ? low : high;
  }

  /** A quarter of the volume; what does not divide goes to the first prints. */
  private lots(bar: number, k: number): Lots {
    const lots = this.volumeLots(bar)!;
    return Math.floor(lots / PRINTS_PER_BAR) + (k < lots % PRINTS_PER_BAR ? 1 : 0);
  }

  /** Undefined unless the lots give back the volume to the last bit. */
  private volumeLots(bar: number): Lots | undefined {
    const volume = this.bars.volume[bar]!;
    const lots = Math.round((volume * this.instrument.quantityScale) / this.instrument.lotUnits);
    return Number.isSafeInteger(lots) && quantityFromLots(this.instrument, lots) === volume
      ? lots
      : undefined;
  }

  private checkVolume(bar: number): void {
    const { symbol, lot } = this.instrument;
    const lots = this.volumeLots(bar);
    if (lots !== undefined && lots >= PRINTS_PER_BAR) return;
    const time = this.bars.time[bar]!;
    const volume = this.bars.volume[bar]!;
    fail("exchange.thin-bar", {
      message:
        `${symbol}: the volume of the bar of ${timeText(time)} is ${volume}, which is ` +
        (lots === undefined ? `no whole number of lots of ${lot}` : `less than four lots of ${lot}`),
      hint: "Each bar is replayed as four trades. Replay another span, or import the data with a smaller lot.",
      fields: { symbol, time, volume, lot },
    });
  }
}
