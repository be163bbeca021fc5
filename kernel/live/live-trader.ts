import { encodeValue, isTickbookError, type Millis, type TickbookError, timeframeMs } from "#core";
import type { OperatorEvent } from "#engine";
import { barStart } from "#market";
import type {
  Limits,
  MarketTrade,
  Order,
  OrderReport,
  StreamProgress,
  VenueEvent,
  VenueGateway,
} from "#model";
import { CoreDriver, type DriverOptions } from "./core-driver.ts";
import { InputQueue } from "./input-queue.ts";
import { compareBooks, giveUpStale, giveUpWithdrawn, missedReports } from "./join-venue.ts";
import { LatencyMeter } from "./latency.ts";
import type { SeriesSource } from "./series-source.ts";
import {
  fateOf,
  foreignBalances,
  lastCandles,
  pause,
  untilReached,
  warmupCandles,
} from "./venue-questions.ts";

/** What the venue told, when it was received, and the monotonic clock then. */
interface VenueItem {
  readonly kind: "venue";
  readonly event: VenueEvent;
  readonly received: Millis;
  readonly at: number;
}

/** What comes in from outside, in one queue: the venue's events, answers to commands, and what the host wants done. */
type Item =
  | VenueItem
  | { readonly kind: "answer"; readonly flight: Flight }
  /** Look at what the operator wants. */
  | { readonly kind: "operator" }
  | { readonly kind: "time"; readonly time: Millis }
  | { readonly kind: "failed"; readonly error: TickbookError }
  | { readonly kind: "lost"; readonly error: TickbookError }
  | { readonly kind: "stop" };

/** A command that was sent, until its answer is stepped. */
interface Flight {
  readonly reports: Promise<readonly OrderReport[]>;
}

const CAPACITY = 65_536;
/** The rest is kept for orders and fills. What of the market finds no room is asked for again. */
const TRADES_MAX = CAPACITY / 2;
const CATCH_UP_MS = 20;

export interface TraderOptions extends DriverOptions {
  readonly gateway: VenueGateway;
  readonly series: SeriesSource;
  /** In force from now on, whatever the journal says. */
  readonly limits: Limits;
  /** Whether an order's intent must survive a loss of power before the order is sent. */
  readonly isDurable: boolean;
  /** Called after every record that was taken, with how far it is. */
  onProgress(progress: StreamProgress): void;
  /** Writes a snapshot of core and strategy. Called between two records, with nothing under way, every so many records. */
  takeSnapshot(): Promise<void>;
  readonly snapshotEvery: number;
}

/**
 * Joins the pure core to the outside: takes one item at a time, writes it down, steps it, asks the strategy, sends what
 * is to be sent, one command after another. There is no other path into the core.
 */
export class LiveTrader {
  readonly latency = new LatencyMeter();
  readonly #options: TraderOptions;
  readonly #driver: CoreDriver;
  readonly #queue = new InputQueue<Item>({
    capacity: CAPACITY,
    mayDrop: (item) => item.kind === "venue" && item.event.kind === "book",
  });
  /** What the operator wants goes before all that waits: who pulls the brake does not queue. */
  readonly #wishes: OperatorEvent["action"][] = [];
  /** Open time of each instrument's latest candle when trading joined the market. */
  #lastCandle: readonly Millis[] = [];
  /** What several instruments did while nobody was in step: it is stepped when all of it is there. */
  readonly #kept: VenueItem[] = [];
  /** By order decided on while coming into step: time of the trade that led to it. */
  readonly #decidedOn = new Map<string, Millis>();
  #flight: Flight | undefined;
  #isJoined = false;
  /** How often the venue was lost. */
  #losses = 0;
  #isStopping = false;
  #isStopWanted = false;
  #booksDiffer: string | undefined;
  /** Sequence of the last snapshot; of the start, before the first. */
  #snapshotAt: number;

  constructor(options: TraderOptions) {
    this.#options = options;
    this.#driver = new CoreDriver(options);
    this.#snapshotAt = options.journal.sequence;
  }

  get isJoined(): boolean {
    return this.#isJoined;
  }
  get queueLength(): number {
    return this.#queue.length;
  }
  /** What the last look at the venue's account found different, if it did. */
  get booksDiffer(): string | undefined {
    return this.#booksDiffer;
  }

  operate(action: "halt" | "flatten" | "resume"): void {
    this.#wishes.push(action);
    this.#queue.push({ kind: "operator" });
  }

  reachTime(time: Millis): void {
    this.#queue.push({ kind: "time", time });
  }

  strategyFailed(error: TickbookError): void {
    this.#queue.push({ kind: "failed", error });
  }

  stop(): void {
    this.#isStopWanted = true;
    this.#queue.push({ kind: "stop" });
  }

  /**
   * Connects, comes into step, and trades until it is stopped. Errors: what the gateway, the journal and the core
   * cannot go on after; the strategy's failures are not among them.
   */
  async run(): Promise<void> {
    const { core, gateway } = this.#options;
    let onBroken: (error: unknown) => void = () => {};
    const broken = new Promise<never>((_, reject) => {
      onBroken = reject;
    });
    gateway.watchMarket(core.instruments, core.lastTrade, {
      onEvent: (event) => {
        // Thrown back to the tape, which asks for this trade again.
        if (event.kind === "trade" && this.#queue.length >= TRADES_MAX)
          throw new Error(`${this.#queue.length} events wait to be taken in`);
        const item = { kind: "venue", event, received: this.#options.now(), at: performance.now() } as const;
        try {
          this.#queue.push(item);
        } catch (error) {
          onBroken(error);
        }
      },
      onLost: (error) => this.#onLost(error),
      onBroken,
    });
    try {
      await Promise.race([this.#work(), broken]);
    } finally {
      this.#isStopping = true;
    }
  }

  /** Nothing goes out from now on, whatever waits to be taken in before. */
  #onLost(error: TickbookError): void {
    this.#isJoined = false;
    this.#losses++;
    this.#queue.push({ kind: "lost", error });
  }

  async #work(): Promise<void> {
    const { core, limits, series, onLog } = this.#options;
    await this.#driver.ask();
    if (series.problem !== undefined && !core.engine.halted) {
      onLog("error", `halted: ${series.problem}. Exits and stops go on; resume if you accept it.`);
      await this.#driver.step({ kind: "operator", time: core.engine.now, action: "halt" });
    }
    if (encodeValue(core.engine.limits) !== encodeValue(limits))
      await this.#driver.step({ kind: "limits-changed", time: core.engine.now, limits });
    await this.#join();
    while (!this.#isStopping) {
      await this.#obey();
      this.#sendNext();
      await this.#snapshotIfDue();
      this.#tell();
      await this.#take(await this.#queue.next());
    }
    this.#booksDiffer = await compareBooks(this.#driver, this.#options.gateway, this.#options.onLog);
    this.#tell();
  }

  /** Does what the operator wants. What that withdraws and was not sent yet is not sent at all. */
  async #obey(): Promise<void> {
    const { engine } = this.#options.core;
    for (const action of this.#wishes.splice(0))
      await this.#driver.step({ kind: "operator", time: engine.now, action });
    if (engine.halted || engine.stopped[0] === 1) await giveUpWithdrawn(this.#driver);
  }

  async #snapshotIfDue(): Promise<void> {
    const { journal, snapshotEvery, takeSnapshot, onPoint } = this.#options;
    if (this.#flight || journal.sequence < this.#snapshotAt + snapshotEvery) return;
    onPoint?.("before-snapshot");
    await takeSnapshot();
    this.#snapshotAt = journal.sequence;
    onPoint?.("after-snapshot");
  }

  async #take(item: Item): Promise<void> {
    switch (item.kind) {
      case "venue":
        await this.#takeEvent(item.event, item.received, item.at);
        return;
      case "answer":
        await this.#land(item.flight);
        return;
      case "operator":
        return;
      case "time":
        await this.#hear(item.time);
        await this.#driver.step({ kind: "time-reached", time: item.time });
        return;
      case "failed":
        this.#driver.fail(item.error);
        return;
      case "lost":
        this.#options.onLog("warning", item.error.message);
        await this.#untilReached(() => this.#join());
        return;
      case "stop":
        this.#isStopping = true;
        return;
    }
  }

  #untilReached(work: () => Promise<void>): Promise<void> {
    return untilReached(this.#options.onLog, () => !this.#isStopWanted, work);
  }

  async #takeEvent(event: VenueEvent, received: Millis, at: number): Promise<void> {
    const { core } = this.#options;
    if (event.kind === "trade" && core.tradesFrom === Number.POSITIVE_INFINITY)
      await this.#untilReached(() => this.#warmUp(event.time));
    if (event.kind === "trade") await this.#hear(event.time);
    if (event.kind === "trade" && this.#isJoined && core.endsOthers(event)) await this.#takeEarlier(event);
    const isReport = "execution" in event;
    if (isReport) this.#options.onPoint?.("before-report");
    this.latency.began(at);
    if (isReport) await this.#driver.stepReport(event, received);
    else await this.#driver.step(event, received);
    if (isReport) this.#options.onPoint?.("after-report");
  }

  /** Before bars close, what series told until then. */
  async #hear(time: Millis): Promise<void> {
    const { core, series, onLog } = this.#options;
    if (series.isEmpty || core.failure || !core.endsBars(time)) return;
    const values = await series.news((name) => core.news.heardOf(name), time);
    const late = core.news.lateIn(values);
    if (late > 0)
      onLog("warning", `${late} values of series came after the close of a bar that could have seen them`);
    this.#driver.publish(values);
  }

  /**
   * Bars end together, and each instrument has a stream of its own, which may be behind: before a trade ends the bars of
   * others, what they traded until then is taken in.
   */
  async #takeEarlier({ time, instrument }: MarketTrade): Promise<void> {
    await this.#untilReached(() => this.#options.gateway.catchUp());
    const isEarlier = (item: Item): item is VenueItem =>
      item.kind === "venue" &&
      item.event.kind === "trade" &&
      item.event.instrument !== instrument &&
      item.event.time < time;
    for (const { event, received, at } of inOrderOfTrades(this.#queue.takeAll(isEarlier)))
      await this.#takeEvent(event, received, at);
  }

  /** Sends the oldest command, if none is under way: its answer is stepped before the next one goes out. */
  #sendNext(): void {
    const { core, journal } = this.#options;
    if (this.#flight || !this.#isJoined || this.#isStopping) return;
    const command = core.commands[0];
    if (!command) return;
    const { kind, order } = command;
    this.#driver.write({ kind: "sending", command: kind, id: order.id });
    if (this.#options.isDurable) journal.sync();
    this.#options.onPoint?.("before-send");
    this.latency.sent();
    const flight = { reports: kind === "submit" ? this.#submit(order) : this.#cancel(order) };
    this.#flight = flight;
    const onSettled = () => this.#queue.push({ kind: "answer", flight });
    flight.reports.then(onSettled, onSettled);
    this.#options.onPoint?.("after-send");
  }

  /** Steps the answer to a command. One whose answer cannot be had is asked about when the venue is joined again. */
  async #land(flight: Flight): Promise<void> {
    if (this.#flight !== flight) return;
    try {
      for (const report of await flight.reports) await this.#driver.stepReport(report);
      this.#flight = undefined;
      this.#options.onPoint?.("after-answer");
    } catch (error) {
      if (!isTickbookError(error) || error.code !== "venue.unreachable") throw error;
      this.#flight = undefined;
      this.#onLost(error);
    }
  }

  async #submit(order: Order): Promise<readonly OrderReport[]> {
    const { gateway, onLog } = this.#options;
    const answer = await gateway.submit(order);
    if (answer.kind !== "order-unknown") return [answer];
    onLog("warning", `no answer to order ${order.id}: asking the venue for it`);
    return [answer, ...(await fateOf(gateway, order))];
  }

  async #cancel(order: Order): Promise<readonly OrderReport[]> {
    const { gateway } = this.#options;
    const answer = await gateway.cancel(order);
    if (answer?.kind === "order-unknown") return fateOf(gateway, order);
    // It has ended, and its end is on its way: the stream tells, or the next join does.
    return [];
  }

  /**
   * Comes into step with the venue: joins the account's stream, learns what happened meanwhile to market and orders,
   * steps it in the order of the venue's time, and compares the books.
   */
  async #join(): Promise<void> {
    const { core, gateway, journal, onLog } = this.#options;
    const losses = this.#losses;
    await gateway.join(core.engine.orders.values());
    if (this.#flight) await this.#land(this.#flight);
    const reports = await missedReports(this.#driver, gateway, onLog);
    const caughtUp = gateway.catchUp();
    // Before the warm-up there are no orders, and what trades there are belong to bars that are not seen whole.
    if (core.tradesFrom < Number.POSITIVE_INFINITY) await this.#takeInOrder(reports, caughtUp);
    else {
      await caughtUp;
      this.#lastCandle = await lastCandles(gateway, core);
    }
    if (core.syncs > 0) this.#booksDiffer = await compareBooks(this.#driver, gateway, onLog);
    // What the account holds before the first order is not this daemon's, but for the capital.
    const foreign = core.syncs > 0 ? core.foreign : await foreignBalances(gateway, core);
    this.#driver.write({ kind: "synced", time: core.engine.now, foreign });
    // Last, because all of this may have taken its time.
    await giveUpStale(this.#driver, gateway, this.#decidedOn);
    this.#decidedOn.clear();
    this.#isJoined = losses === this.#losses;
    onLog("info", `in step with ${gateway.name}`, { sequence: journal.sequence });
  }

  /**
   * Steps what the market did and what became of orders as one story, by the venue's time, while the market's part is
   * still coming; at equal times the market goes first, and what was asked for before what is told.
   */
  async #takeInOrder(reports: readonly OrderReport[], caughtUp: Promise<void>): Promise<void> {
    let rest = reports.toSorted((a, b) => a.time - b.time);
    const takeUntil = async (time: Millis) => {
      while (rest[0] && rest[0].time < time) await this.#driver.stepReport(rest.shift()!);
    };
    for await (const { event, received, at } of this.#missed(caughtUp)) {
      if ("execution" in event) {
        rest = [...rest, event].sort((a, b) => a.time - b.time);
        continue;
      }
      if (event.kind === "trade") await takeUntil(event.time);
      await this.#takeEvent(event, received, at);
      if (event.kind !== "trade") continue;
      for (const { order } of this.#options.core.commands)
        if (!this.#decidedOn.has(order.id)) this.#decidedOn.set(order.id, event.time);
    }
    await takeUntil(Number.POSITIVE_INFINITY);
  }

  /** What the venue tells until it is caught up with. It tells of one instrument after the other: they are put in order. */
  async *#missed(caughtUp: Promise<void>): AsyncGenerator<VenueItem> {
    const isVenue = (item: Item): item is VenueItem => item.kind === "venue";
    const isOne = this.#options.core.instruments.length === 1;
    let isDone = false;
    const done = caughtUp.then(() => {
      isDone = true;
    });
    done.catch(() => {});
    for (let isLast = false; !isLast; ) {
      isLast = isDone;
      const items = this.#queue.takeAll(isVenue);
      if (isOne) yield* items;
      else for (const item of items) this.#kept.push(item);
      if (!isLast) await Promise.race([done, pause(CATCH_UP_MS)]);
    }
    yield* inOrderOfTrades(this.#kept.splice(0));
  }

  /** Takes the candles before the first bar that is seen whole, and brings the strategy up to it. */
  async #warmUp(time: Millis): Promise<void> {
    const { core, gateway, series, onLog } = this.#options;
    const { timeframe, warmupBars } = core.terms;
    const until = barStart(time, timeframeMs(timeframe));
    // Of the bar that was open when the stream began, the first trades are missing.
    if (this.#lastCandle.some((open) => until <= open)) return;
    const candles = await warmupCandles(gateway, core.instruments, core.terms, until);
    const first = Math.min(...candles.map((list) => list[0]?.[0] ?? until));
    this.#driver.publish(await series.history((name) => core.news.heardOf(name), first, until));
    await this.#driver.warmUp(until, candles);
    onLog("info", `warmed up from ${warmupBars} bars`);
  }

  #tell(): void {
    const { core, journal, onProgress } = this.#options;
    const bySymbol = <T>(values: readonly T[]) =>
      Object.fromEntries(core.instruments.map(({ symbol }, i) => [symbol, values[i]!]));
    onProgress({
      streams: {
        trades: bySymbol(core.lastTrade),
        book: bySymbol(core.books.map((book) => book?.id ?? 0)),
        executions: core.lastExecution,
        balances: core.lastBalance,
      },
      openCommands: core.commands.length + (this.#flight ? 1 : 0),
      syncs: core.syncs,
      sequence: journal.sequence,
    });
  }
}

/** The same events, with the trades among them in the order of their times. */
function inOrderOfTrades(items: readonly VenueItem[]): readonly VenueItem[] {
  const isTrade = ({ event }: VenueItem) => event.kind === "trade";
  const trades = items.filter(isTrade).sort((a, b) => a.event.time - b.event.time);
  let next = 0;
  return items.map((item) => (isTrade(item) ? trades[next++]! : item));
}
