import { fail, isTickbookError, type Millis, type TickbookError, timeframeMs } from "#core";
import { barStart } from "#market";
import type { Order, OrderReport, StreamProgress, VenueEvent, VenueGateway } from "#model";
import type { Decision, LiveInput } from "./core/input.ts";
import type { TradingCore } from "./core/trading-core.ts";
import { InputQueue } from "./input-queue.ts";
import type { Journal } from "./journal.ts";
import { LatencyMeter } from "./latency.ts";
import { differenceOfBooks } from "./reconcile.ts";
import type { DecideRequest, StrategyAnswer } from "./strategy/types.ts";

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
  | { readonly kind: "operator"; readonly action: "halt" | "flatten" | "resume" }
  | { readonly kind: "time"; readonly time: Millis }
  | { readonly kind: "failed"; readonly error: TickbookError }
  | { readonly kind: "lost"; readonly error: TickbookError }
  | { readonly kind: "stop" };

/** A command that was sent, until its answer is stepped. */
interface Flight {
  readonly reports: Promise<readonly OrderReport[]>;
}

const ENDS: readonly OrderReport["kind"][] = ["order-canceled", "order-expired", "order-rejected"];
const CAPACITY = 65_536;
const REJOIN_PAUSE_MS = 250;
const REJOIN_PAUSE_MS_MAX = 10_000;
const ASK_ATTEMPTS = 5;
const ASK_PAUSE_MS = 200;
const BOOKS_ATTEMPTS = 5;
/** A buy that was decided on longer ago, by the venue's clock, is not sent any more after the daemon was down. */
const STALE_MS = 10_000;

/** The strategy, wherever it runs. */
export interface StrategyPort {
  push(instrument: number, bars: readonly (readonly number[])[]): Promise<unknown>;
  decide(request: DecideRequest): Promise<StrategyAnswer>;
}

export interface TraderOptions {
  readonly core: TradingCore;
  readonly journal: Journal;
  readonly gateway: VenueGateway;
  readonly strategy: StrategyPort;
  /** Wall time, for receipt times. */
  now(): Millis;
  /** Whether an order's intent must survive a loss of power before the order is sent. */
  readonly isDurable: boolean;
  /** Called after every record that was taken, with how far it is. */
  onProgress(progress: StreamProgress): void;
  onLog(level: "info" | "warning" | "error", message: string, fields?: object): void;
  /** Writes a snapshot of core and strategy. Called between two records, with nothing under way, every so many records. */
  takeSnapshot(): Promise<void>;
  readonly snapshotEvery: number;
  /** Named points that a test may end the process at. */
  onPoint?(point: CrashPoint): void;
}

export type CrashPoint =
  | "before-journal"
  | "after-journal"
  | "before-send"
  | "after-send"
  | "after-answer"
  | "before-report"
  | "after-report"
  | "before-snapshot"
  | "after-snapshot";

/**
 * Joins the pure core to the outside: takes one item at a time, writes it down, steps it, asks the strategy, sends what
 * is to be sent, one command after another. There is no other path into the core.
 */
export class LiveTrader {
  readonly latency = new LatencyMeter();
  readonly #options: TraderOptions;
  readonly #queue = new InputQueue<Item>({
    capacity: CAPACITY,
    mayDrop: (item) => item.kind === "venue" && (item.event.kind === "trade" || item.event.kind === "book"),
  });
  /** Open time of each instrument's latest candle when trading joined the market. */
  #lastCandle: readonly Millis[] = [];
  #flight: Flight | undefined;
  #isJoined = false;
  #isStopping = false;
  #booksDiffer: string | undefined;
  /** Sequence of the last snapshot; of the start, before the first. */
  #snapshotAt: number;

  constructor(options: TraderOptions) {
    this.#options = options;
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
    this.#queue.push({ kind: "operator", action });
  }

  reachTime(time: Millis): void {
    this.#queue.push({ kind: "time", time });
  }

  strategyFailed(error: TickbookError): void {
    this.#queue.push({ kind: "failed", error });
  }

  stop(): void {
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
        const item = { kind: "venue", event, received: this.#options.now(), at: performance.now() } as const;
        try {
          this.#queue.push(item);
        } catch (error) {
          onBroken(error);
        }
      },
      onLost: (error) => this.#queue.push({ kind: "lost", error }),
      onBroken,
    });
    await Promise.race([this.#work(), broken]);
  }

  async #work(): Promise<void> {
    await this.#ask();
    await this.#join();
    while (!this.#isStopping) {
      this.#sendNext();
      await this.#snapshotIfDue();
      this.#tell();
      await this.#take(await this.#queue.next());
    }
    await this.#compareBooks();
    this.#tell();
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
    const { core } = this.#options;
    const time = core.engine.now;
    switch (item.kind) {
      case "venue":
        await this.#takeEvent(item.event, item.received, item.at);
        return;
      case "answer":
        await this.#land(item.flight);
        return;
      case "operator":
        await this.#step({ kind: "operator", time, action: item.action });
        return;
      case "time":
        await this.#step({ kind: "time-reached", time: item.time });
        return;
      case "failed":
        if (!core.failure) await this.#step(failureInput(item.error, time));
        return;
      case "lost":
        this.#options.onLog("warning", item.error.message);
        this.#isJoined = false;
        await this.#untilReached(() => this.#join());
        return;
      case "stop":
        this.#isStopping = true;
        return;
    }
  }

  async #takeEvent(event: VenueEvent, received: Millis, at: number): Promise<void> {
    const { core } = this.#options;
    if (event.kind === "trade" && core.tradesFrom === Number.POSITIVE_INFINITY)
      await this.#untilReached(() => this.#warmUp(event.time));
    const isReport = "execution" in event;
    if (isReport) this.#options.onPoint?.("before-report");
    this.latency.began(at);
    await this.#step(isReport ? stamped(event, core.engine.now) : event, received);
    if (isReport) this.#options.onPoint?.("after-report");
  }

  /** Writes a record down, steps it, and has the strategy's answer if it leads to a question. */
  async #step(input: LiveInput, received = this.#options.now()): Promise<void> {
    this.#write(input, received);
    await this.#ask();
  }

  #write(input: LiveInput, received = this.#options.now()): void {
    const { journal, core } = this.#options;
    this.#options.onPoint?.("before-journal");
    journal.append(input, received);
    this.#options.onPoint?.("after-journal");
    core.step(input);
  }

  async #ask(): Promise<void> {
    const { core, strategy } = this.#options;
    if (!core.question) return;
    const { now: time } = core.engine;
    try {
      const answer = await strategy.decide(core.question);
      this.#write({ kind: "decided", time, ...decisionFrom(answer) });
    } catch (error) {
      if (!isTickbookError(error)) throw error;
      this.#write(failureInput(error, time));
      this.#options.onLog("error", `the strategy was stopped: ${error.message}`, { code: error.code });
    }
  }

  /** Sends the oldest command, if none is under way: its answer is stepped before the next one goes out. */
  #sendNext(): void {
    const { core, journal } = this.#options;
    if (this.#flight || !this.#isJoined || this.#isStopping) return;
    const command = core.commands[0];
    if (!command) return;
    const { kind, order } = command;
    this.#write({ kind: "sending", command: kind, id: order.id });
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
      for (const report of await flight.reports)
        await this.#step(stamped(report, this.#options.core.engine.now));
      this.#flight = undefined;
      this.#options.onPoint?.("after-answer");
    } catch (error) {
      if (!isTickbookError(error) || error.code !== "venue.unreachable") throw error;
      this.#flight = undefined;
      this.#queue.push({ kind: "lost", error });
    }
  }

  async #submit(order: Order): Promise<readonly OrderReport[]> {
    const { gateway, onLog } = this.#options;
    const answer = await gateway.submit(order);
    if (answer.kind !== "order-unknown") return [answer];
    onLog("warning", `no answer to order ${order.id}: asking the venue for it`);
    return [answer, ...(await this.#resolve(order))];
  }

  async #cancel(order: Order): Promise<readonly OrderReport[]> {
    const answer = await this.#options.gateway.cancel(order);
    if (answer?.kind === "order-unknown") return this.#resolve(order);
    // It has ended, and its end is on its way: the stream tells, or the next join does.
    return [];
  }

  /** What became of an order whose answer was lost. */
  async #resolve(order: Order): Promise<readonly OrderReport[]> {
    const { id } = order;
    const reports = await this.#reportsOf(order);
    if (reports.length > 0) return reports;
    return [{ kind: "order-rejected", id, time: Number.NaN, execution: 0, reason: "not-found" }];
  }

  /** What the venue knows of an order; nothing if it does not know it after several questions. */
  async #reportsOf(order: Order): Promise<readonly OrderReport[]> {
    const isOnItsWay = order.state === "submitting" || order.state === "unknown";
    for (let attempt = 1; attempt <= (isOnItsWay ? ASK_ATTEMPTS : 1); attempt++) {
      const known = await this.#options.gateway.ask(order);
      if (known.isKnown) return known.events;
      // The request may still be on its way: not found once is not found for good.
      await new Promise((resolve) => setTimeout(resolve, ASK_PAUSE_MS));
    }
    return [];
  }

  /** Goes on trying while the venue can't be reached: whoever trades has no other way out. */
  async #untilReached<T>(work: () => Promise<T>): Promise<T> {
    for (let pause = REJOIN_PAUSE_MS; ; pause = Math.min(REJOIN_PAUSE_MS_MAX, 2 * pause)) {
      try {
        return await work();
      } catch (error) {
        if (!isTickbookError(error) || !["venue.unreachable", "venue.lost"].includes(error.code)) throw error;
        this.#options.onLog("warning", error.message);
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }

  /**
   * Comes into step with the venue: joins the account's stream, learns what happened meanwhile to market and orders,
   * steps it in the order of the venue's time, and compares the books.
   */
  async #join(): Promise<void> {
    const { core, gateway, journal } = this.#options;
    await gateway.join(core.engine.orders.values());
    if (this.#flight) await this.#land(this.#flight);
    const now = await gateway.time();
    const reports: OrderReport[] = [];
    for (const order of [...core.engine.orders.values()]) reports.push(...(await this.#findOut(order, now)));
    await gateway.catchUp();
    // Before the warm-up there are no orders, and what trades there are belong to bars that are not seen whole.
    if (core.tradesFrom < Number.POSITIVE_INFINITY) await this.#takeInOrder(reports);
    if (core.syncs === 0) await this.#firstSync();
    else {
      await this.#compareBooks();
      this.#write({ kind: "synced", time: core.engine.now, foreign: core.foreign });
    }
    if (core.tradesFrom === Number.POSITIVE_INFINITY) await this.#findLastCandles();
    this.#isJoined = true;
    this.#options.onLog("info", `in step with ${gateway.name}`, { sequence: journal.sequence });
  }

  /** Steps what the market did and what became of orders as one story; at equal times the market goes first. */
  async #takeInOrder(reports: readonly OrderReport[]): Promise<void> {
    const rest = reports.toSorted((a, b) => a.time - b.time);
    const { now } = this.#options.core.engine;
    const takeUntil = async (time: Millis) => {
      while (rest[0] && rest[0].time < time) await this.#step(stamped(rest.shift()!, now));
    };
    const isVenue = (item: Item): item is VenueItem => item.kind === "venue";
    for (const { event, received, at } of this.#queue.takeAll(isVenue)) {
      if (event.kind === "trade") await takeUntil(event.time);
      await this.#takeEvent(event, received, at);
    }
    await takeUntil(Number.POSITIVE_INFINITY);
  }

  /** Asks what became of an order while nobody listened. What never arrived is sent again, or given up if it is old. */
  async #findOut(order: Order, now: Millis): Promise<readonly OrderReport[]> {
    const { core, gateway, onLog } = this.#options;
    const { id } = order;
    const isToBeSent = (kind: "submit" | "cancel") =>
      core.commands.some((command) => command.kind === kind && command.order === order);
    const isStale = order.side > 0 && now - order.sentAt > STALE_MS;
    const given: OrderReport = {
      kind: "order-rejected",
      id,
      time: core.engine.now,
      execution: 0,
      reason: "stale",
    };
    if (isToBeSent("submit")) return isStale ? [given] : [];
    const reports = await this.#reportsOf(order);
    if (reports.length === 0 && (order.state === "submitting" || order.state === "unknown")) {
      onLog(
        "warning",
        `order ${id} never arrived: ${isStale ? "it is too old to be sent again" : "it is sent again"}`,
      );
      if (isStale) return [given];
      this.#write({ kind: "unsent", id });
      return [];
    }
    // The cancel may have been lost; a second one does no harm.
    const stands = !reports.some(({ kind }) => ENDS.includes(kind));
    if (stands && order.state === "canceling" && !isToBeSent("cancel")) await gateway.cancel(order);
    return reports;
  }

  /** What the account holds before the first order is not this daemon's, but for the capital. */
  async #firstSync(): Promise<void> {
    const { core, gateway } = this.#options;
    const { account } = core.terms;
    const { total } = await gateway.balances();
    const { cash } = core.engine;
    const had = total[account.currency] ?? 0n;
    if (had < cash) {
      fail("live.too-little-capital", {
        message: `the account at ${gateway.name} holds ${had} smallest units of ${account.currency}, and the bundle trades with ${cash}`,
        hint: `Pay in, or promote the strategy with a capital of what is there.`,
        fields: { currency: account.currency, had: String(had), wanted: String(cash) },
      });
    }
    const foreign = { ...total, [account.currency]: had - cash };
    this.#write({ kind: "synced", time: core.engine.now, foreign });
  }

  async #findLastCandles(): Promise<void> {
    const { core, gateway } = this.#options;
    const { timeframe } = core.terms;
    const candles = core.instruments.map((instrument) => gateway.candles(instrument, timeframe, 1));
    const newest = (await Promise.all(candles)).map((found) => found.at(-1)?.[0]);
    this.#lastCandle = newest.map((open) => open ?? Number.NEGATIVE_INFINITY);
  }

  /** Holds the books against the account's, a few times: fills may be on their way. */
  async #compareBooks(): Promise<void> {
    const { core, gateway, onLog } = this.#options;
    for (let attempt = 1; ; attempt++) {
      const balances = await gateway.balances();
      this.#booksDiffer = differenceOfBooks(core, balances);
      if (this.#booksDiffer === undefined) return;
      if (attempt === BOOKS_ATTEMPTS) break;
      await new Promise((resolve) => setTimeout(resolve, ASK_PAUSE_MS));
      for (const order of [...core.engine.orders.values()]) {
        const known = await gateway.ask(order);
        if (!known.isKnown) continue;
        for (const event of known.events) await this.#step(stamped(event, core.engine.now));
      }
    }
    onLog("error", `the books differ from the account at ${gateway.name}: ${this.#booksDiffer}`);
    await this.#step({ kind: "operator", time: core.engine.now, action: "halt" });
  }

  /** Takes the candles before the first bar that is seen whole, and brings the strategy up to it. */
  async #warmUp(time: Millis): Promise<void> {
    const { core, gateway, strategy } = this.#options;
    const { timeframe, warmupBars } = core.terms;
    const length = timeframeMs(timeframe);
    const until = barStart(time, length);
    // Of the bar that was open when the stream began, the first trades are missing.
    if (this.#lastCandle.some((open) => until <= open)) return;
    const candles = await Promise.all(
      core.instruments.map(async (instrument) => {
        const found = await gateway.candles(instrument, timeframe, warmupBars, until);
        if (found.length === warmupBars && found.every(([open]) => open + length <= until)) return found;
        return fail("live.short-history", {
          message: `${gateway.name} gives ${found.length} closed ${timeframe} candles of ${instrument.symbol}, and the bundle warms up from ${warmupBars}`,
          hint: "A strategy that starts on less would not decide as it did in research.",
          fields: { symbol: instrument.symbol, found: found.length, warmupBars },
        });
      }),
    );
    this.#write({ kind: "warmed-up", until, candles });
    for (const [i, bars] of candles.entries()) await strategy.push(i, bars);
    this.#options.onLog("info", `warmed up from ${warmupBars} bars`);
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

/** An answer without a time of the venue's happened, for us, now. */
function stamped(report: OrderReport, now: Millis): OrderReport {
  return Number.isNaN(report.time) ? { ...report, time: now } : report;
}

/** As the journal writes it. */
export function decisionFrom({ rows, predictions, signals, memory }: StrategyAnswer): Decision {
  return { rows: rows.map((row) => row ?? null), predictions, signals, memory };
}

function failureInput({ code, message }: TickbookError, time: Millis): LiveInput {
  return { kind: "strategy-failed", time, code, message };
}
