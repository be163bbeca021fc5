import { accountView, type Fill, Recorder, viewOf } from "#backtest";
import { assert, type Millis, timeframeMs } from "#core";
import {
  type Approved,
  approveAgain,
  createEffects,
  createEngine,
  type Engine,
  type EngineSnapshot,
  equity,
  isStray,
  type Refusal,
  restoreEngine,
  snapshotEngine,
  step,
} from "#engine";
import { type BarBuilder, type BarBuilderState, createBarBuilder, type TradeBar } from "#market";
import {
  createInstrument,
  type Instrument,
  type Limits,
  type MarketTrade,
  type Order,
  type OrderCommand,
  type OrderReport,
  priceFromTicks,
  quantityFromLots,
  type TopOfBook,
  type VenueBalances,
} from "#model";
import type { AccountView } from "#strategy";
import type { DecideRequest } from "../strategy/types.ts";
import type { LiveInput, TradingTerms } from "./input.ts";
import { type ModelFailures, withFailures } from "./model-failures.ts";
import { News, type NewsState } from "./news.ts";
import { Recent, type RecentState } from "./recent.ts";

/** Marked equity when a bar closed. */
export interface EquityPoint {
  /** Venue time of the closing. */
  readonly time: Millis;
  readonly equity: number;
}

/** All that a core knows, as plain data: what it recorded of the past is counted only. */
export interface CoreSnapshot {
  readonly limits: Limits;
  readonly engine: EngineSnapshot;
  readonly builders: readonly BarBuilderState[];
  readonly started: readonly number[];
  /** Not there before the warm-up. */
  readonly tradesFrom?: Millis;
  readonly syncs: number;
  readonly foreign: Readonly<Record<string, bigint>>;
  readonly balances?: VenueBalances;
  readonly failure?: Extract<LiveInput, { kind: "strategy-failed" }>;
  readonly books: readonly (TopOfBook | null)[];
  readonly lastTrade: readonly number[];
  readonly lastExecution: number;
  readonly counts: CoreCounts;
  readonly commands: readonly { readonly kind: "submit" | "cancel"; readonly id: string }[];
  readonly sent: readonly string[];
  /** Missing in snapshots of a tickbook that kept none. */
  readonly recent?: RecentState;
  /** Missing where nothing failed. */
  readonly modelFailures?: ModelFailures;
  /** Missing in snapshots of a tickbook that told no series. */
  readonly news?: NewsState;
}

export interface CoreCounts {
  readonly decisions: number;
  readonly orders: number;
  readonly fills: number;
  readonly refusals: number;
}

/**
 * The daemon's trading, without the outside: takes one journal record at a time and says what is to be done. It knows
 * no clock, socket or file, so that a replay of the journal goes the very same way.
 *
 * A trade that ends a bar closes it first; then the strategy is asked (`question`), and nothing but its answer may be
 * stepped until it has come; then the trade itself follows.
 */
export class TradingCore {
  readonly terms: TradingTerms;
  readonly engine: Engine;
  readonly instruments: readonly Instrument[];
  /** What the strategy is to be asked now. */
  question: DecideRequest | undefined;
  /** What the engine wants sent, oldest first. `sending` takes the first one out. */
  readonly commands: Approved<OrderCommand>[] = [];
  /** Since it was made, or restored from a snapshot. */
  readonly orders: Order[];
  readonly fills: Fill[];
  readonly refusals: Refusal[];
  readonly equityCurve: EquityPoint[] = [];
  /** What people look at; nothing depends on it. */
  recent = new Recent();
  /** What series told. */
  readonly news = new News();
  /** By model, those that failed; nothing depends on it. */
  modelFailures: ModelFailures = {};
  /** Decisions that the strategy made. */
  decisions = 0;
  /** Venue time from which bars count: the end of the warm-up. */
  tradesFrom = Number.POSITIVE_INFINITY;
  syncs = 0;
  foreign: Readonly<Record<string, bigint>> = {};
  balances: VenueBalances | undefined;
  /** Why the strategy was stopped. */
  failure: Extract<LiveInput, { kind: "strategy-failed" }> | undefined;
  readonly books: (TopOfBook | undefined)[];
  readonly lastTrade: number[];
  lastExecution = 0;
  readonly #effects = createEffects();
  readonly #recorder = new Recorder();
  readonly #builders: BarBuilder[];
  readonly #started: number[];
  /** What was recorded before the snapshot that it was restored from. */
  #before: CoreCounts = { decisions: 0, orders: 0, fills: 0, refusals: 0 };
  /** Orders that were sent and have no answer yet, by id. */
  readonly #sent = new Map<string, Approved<OrderCommand>>();
  readonly #view: AccountView;
  /** What closed the bars that the strategy is asked about. */
  #closedBy: MarketTrade | undefined;

  constructor(terms: TradingTerms) {
    const { account, limits, rebalance } = terms;
    this.terms = terms;
    this.instruments = terms.instruments.map((spec) => createInstrument(spec));
    const { instruments } = this;
    this.engine = createEngine({ account, instruments, strategies: [terms.strategy], limits, rebalance });
    this.#view = accountView(this.engine);
    this.#builders = instruments.map(() => createBarBuilder(timeframeMs(terms.timeframe)));
    this.#started = instruments.map(() => 0);
    this.books = instruments.map(() => undefined);
    this.lastTrade = instruments.map(() => 0);
    ({ orders: this.orders, fills: this.fills, refusals: this.refusals } = this.#recorder);
  }

  /** Takes one record. Precondition: while `question` is set, only its answer. */
  step(input: LiveInput): void {
    const isAnswer = input.kind === "decided" || input.kind === "strategy-failed";
    assert(!this.question || isAnswer, `the strategy's answer is next, not ${input.kind}`);
    switch (input.kind) {
      case "began":
        break;
      case "synced":
        this.syncs++;
        // Only the first look at the account tells what was there before.
        if (this.syncs === 1) this.foreign = input.foreign;
        this.recent.addEvent({ kind: this.syncs === 1 ? "started" : "reconciled", time: input.time });
        break;
      case "warmed-up":
        this.tradesFrom = input.until;
        // The strategy was told with the warm-up.
        this.news.take();
        this.news.close(input.until);
        break;
      case "published":
        this.news.hear(input.values);
        break;
      case "trade":
        this.lastTrade[input.instrument] = input.id;
        if (input.time >= this.tradesFrom) this.#reach(input.time, input);
        break;
      case "time-reached":
        this.#reach(input.time, undefined);
        break;
      case "book":
        this.books[input.instrument] = input;
        break;
      case "balances":
        this.balances = input;
        break;
      case "decided":
        this.#onDecided(input);
        break;
      case "strategy-failed":
        this.#onFailed(input);
        break;
      case "operator":
        this.recent.addEvent({ kind: OPERATOR_EVENTS[input.action], time: input.time });
        step(this.engine, input, this.#effects);
        this.#collect();
        break;
      case "limits-changed":
        step(this.engine, input, this.#effects);
        this.#collect();
        break;
      case "sending":
        this.#onSending(input.command, input.id);
        break;
      case "unsent":
        this.#onUnsent(input.id);
        break;
      default:
        this.#onReport(input);
    }
  }

  get counts(): CoreCounts {
    const { orders, fills, refusals } = this.#before;
    return {
      decisions: this.decisions,
      orders: orders + this.orders.length,
      fills: fills + this.fills.length,
      refusals: refusals + this.refusals.length,
    };
  }

  /** Precondition: no question is open. */
  snapshot(): CoreSnapshot {
    assert(!this.question, "a snapshot is taken between decisions");
    const { tradesFrom, syncs, foreign, balances, failure, lastTrade, lastExecution, counts } = this;
    const news = this.news.state;
    return {
      limits: this.engine.limits,
      engine: snapshotEngine(this.engine),
      builders: this.#builders.map((builder) => builder.snapshot()),
      started: [...this.#started],
      ...(tradesFrom === Number.POSITIVE_INFINITY ? {} : { tradesFrom }),
      syncs,
      foreign,
      ...(balances ? { balances } : {}),
      ...(failure ? { failure } : {}),
      books: this.books.map((book) => book ?? null),
      lastTrade: [...lastTrade],
      lastExecution,
      counts,
      commands: this.commands.map(({ kind, order }) => ({ kind, id: order.id })),
      sent: [...this.#sent.keys()],
      recent: this.recent.state,
      ...(Object.keys(this.modelFailures).length > 0 ? { modelFailures: this.modelFailures } : {}),
      ...(news ? { news } : {}),
    };
  }

  /** Puts a fresh core of the same terms where a snapshot was taken. Errors: `engine.bad-snapshot`. */
  restore(snapshot: CoreSnapshot): void {
    const {
      tradesFrom = Number.POSITIVE_INFINITY,
      syncs,
      foreign,
      balances,
      failure,
      lastExecution,
    } = snapshot;
    const { limits } = snapshot;
    step(this.engine, { kind: "limits-changed", time: this.engine.now, limits }, this.#effects);
    restoreEngine(this.engine, snapshot.engine);
    Object.assign(this, { tradesFrom, syncs, foreign, balances, failure, lastExecution });
    this.decisions = snapshot.counts.decisions;
    this.#before = snapshot.counts;
    if (snapshot.recent) this.recent = new Recent(snapshot.recent);
    this.modelFailures = snapshot.modelFailures ?? {};
    if (snapshot.news) this.news.restore(snapshot.news);
    const length = timeframeMs(this.terms.timeframe);
    snapshot.builders.forEach((state, i) => {
      this.#builders[i] = createBarBuilder(length, state);
      this.#started[i] = snapshot.started[i]!;
      this.lastTrade[i] = snapshot.lastTrade[i]!;
      this.books[i] = snapshot.books[i] ?? undefined;
    });
    const order = (id: string) => this.engine.orders.get(id)!;
    for (const id of snapshot.sent) this.#sent.set(id, approveAgain("submit", order(id)));
    for (const { kind, id } of snapshot.commands) this.commands.push(approveAgain(kind, order(id)));
  }

  /** True if a trade ends a bar of another instrument than its own. */
  endsOthers({ time, instrument }: MarketTrade): boolean {
    return this.#builders.some((builder, i) => i !== instrument && builder.isDue(time));
  }

  /** True if bars end by a time. */
  endsBars(time: Millis): boolean {
    return this.#builders.some((builder) => builder.isDue(time));
  }

  /** The last account update that was stepped, by id; 0 before the first. */
  get lastBalance(): number {
    return this.balances?.id ?? 0;
  }

  /** Closes the bars that end by `time`, and then takes the trade that brought it. */
  #reach(time: Millis, trade: MarketTrade | undefined): void {
    if (!this.endsBars(time)) {
      if (trade) this.#take(trade);
      return;
    }
    const bars = this.#builders.map((builder) => (builder.isDue(time) ? builder.close() : undefined));
    for (const bar of bars) if (bar) this.news.close(bar.start + timeframeMs(this.terms.timeframe));
    const closed = Uint8Array.from(bars, (bar) => (bar ? 1 : 0));
    const closeTicks = Float64Array.from(bars, (bar) => bar?.closeTicks ?? Number.NaN);
    step(this.engine, { kind: "bars-closed", time, closed, closeTicks }, this.#effects);
    const marked = equity(this.engine);
    this.equityCurve.push({ time, equity: marked });
    this.recent.addEquity(time, marked);
    closed.forEach((flag, i) => {
      if (flag === 1) this.#started[i] = 1;
    });
    this.#effects.decide = false;
    this.#collect();
    if (this.engine.stopped[0] === 1) {
      if (trade) this.#take(trade);
      return;
    }
    this.#closedBy = trade;
    const published = this.news.take();
    this.question = {
      bars: bars.map((bar, i) => (bar ? barValues(this.instruments[i]!, bar) : undefined)),
      started: [...this.#started],
      view: viewOf(this.#view),
      ...(published ? { published } : {}),
    };
  }

  #take({ time, instrument, ticks, lots }: MarketTrade): void {
    const builder = this.#builders[instrument]!;
    const { late } = builder;
    builder.push(time, ticks, lots);
    // A price from before the last bar says nothing of now.
    if (builder.late > late) return;
    step(this.engine, { kind: "print", time, instrument, ticks }, this.#effects);
    this.#collect();
  }

  #onDecided({ time, signals, failed }: Extract<LiveInput, { kind: "decided" }>): void {
    if (failed && this.question)
      this.modelFailures = withFailures(this.modelFailures, failed, this.question.bars, time);
    this.question = undefined;
    this.decisions++;
    step(this.engine, { kind: "decided", time, strategy: 0, signals }, this.#effects);
    this.#collect();
    this.#goOn();
  }

  #onFailed(input: Extract<LiveInput, { kind: "strategy-failed" }>): void {
    this.question = undefined;
    this.failure = input;
    this.recent.addEvent({ ...input, kind: "stopped" });
    step(this.engine, { kind: "strategy-stopped", time: input.time, strategy: 0 }, this.#effects);
    this.#collect();
    this.#goOn();
  }

  #goOn(): void {
    const trade = this.#closedBy;
    this.#closedBy = undefined;
    if (trade) this.#take(trade);
  }

  #onSending(kind: "submit" | "cancel", id: string): void {
    const first = this.commands.shift();
    assert(first?.kind === kind && first.order.id === id, `${kind} ${id} is the next command to be sent`);
    if (kind === "cancel") return;
    this.#sent.set(id, first);
    if (!this.orders.includes(first.order)) this.#recorder.onOrder(first.order);
  }

  #onUnsent(id: string): void {
    const command = this.#sent.get(id);
    assert(command, `what is sent again was sent before and had no answer: ${id}`);
    this.commands.unshift(command);
  }

  #onReport(report: OrderReport): void {
    if (report.execution > this.lastExecution) this.lastExecution = report.execution;
    // One that nobody knows may still have to be sent again.
    if (report.kind !== "order-unknown") this.#sent.delete(report.id);
    // An order may be given up before it was sent.
    const unsent = this.commands.findIndex(({ kind, order }) => kind === "submit" && order.id === report.id);
    if (unsent >= 0) this.commands.splice(unsent, 1);
    const booked = isForeignFee(this, report) ? withoutFee(this, report) : report;
    if (!isStray(this.engine, report)) {
      this.#recorder.onEvent(this.engine, booked);
      this.#remember(report);
    }
    step(this.engine, booked, this.#effects);
    this.#collect();
  }

  #remember(report: OrderReport): void {
    const { time, id } = report;
    if (report.kind === "order-unknown") this.recent.addEvent({ kind: "unknown", time, id });
    const order = this.engine.orders.get(id);
    if (report.kind !== "order-filled" || !order) return;
    const { instrument, side, lots: ordered, filledLots } = order;
    const { ticks, lots } = report;
    const lotsLeft = ordered - filledLots - lots;
    this.recent.addEvent({ kind: "filled", time, id, instrument, side, ticks, lots, lotsLeft });
  }

  #collect(): void {
    this.commands.push(...this.#effects.commands.splice(0));
    // A cancel whose order has ended is not sent.
    for (let k = this.commands.length - 1; k >= 0; k--) {
      const { kind, order } = this.commands[k]!;
      if (kind === "cancel" && !this.engine.orders.has(order.id)) this.commands.splice(k, 1);
    }
    for (const refusal of this.#effects.refusals.splice(0)) {
      this.refusals.push(refusal);
      const { time, instrument, code, value, bound, reason } = refusal;
      const why = reason === undefined ? {} : { reason };
      this.recent.addEvent({ kind: "refused", time, instrument, code, value, bound, ...why });
    }
  }
}

const OPERATOR_EVENTS = { halt: "halted", resume: "resumed", flatten: "flattened" } as const;

type FillReport = Extract<OrderReport, { kind: "order-filled" }>;

/** True for the fill of an order under way whose fee is in neither asset of the pair. */
export function isForeignFee({ engine }: TradingCore, report: OrderReport): report is FillReport {
  const order = engine.orders.get(report.id);
  if (report.kind !== "order-filled" || !order) return false;
  const { base, quote } = engine.instruments[order.instrument]!;
  return report.feeAsset !== base && report.feeAsset !== quote;
}

/** Such a fee is no part of these books: the journal's record of the fill names it. */
function withoutFee({ engine }: TradingCore, report: FillReport): FillReport {
  const { quote } = engine.instruments[engine.orders.get(report.id)!.instrument]!;
  return { ...report, fee: 0n, feeAsset: quote };
}

/** [time, open, high, low, close, volume] as the feature drivers and handlers want it. */
function barValues(instrument: Instrument, bar: TradeBar): readonly number[] {
  const prices = [bar.openTicks, bar.highTicks, bar.lowTicks, bar.closeTicks];
  return [
    bar.start,
    ...prices.map((ticks) => priceFromTicks(instrument, ticks)),
    quantityFromLots(instrument, bar.lots),
  ];
}
