import {
  checkNames,
  createRng,
  fail,
  isTickbookError,
  type Millis,
  type Rng,
  suggest,
  timeText,
} from "#core";
import type { BarColumns, Instrument, OrderSpec, Params, Signal, TargetSpec } from "#model";
import type { BarContext, HistoryView, InstrumentContext, MomentContext, OrderView } from "./context.ts";
import type { CheckedSpec } from "./define.ts";
import { AccountPosition, CurrentBar, type Cursor, guardNames, rowClass } from "./views.ts";

/** What the decider may see of the account; the backtest reads it from the engine, the daemon from a message. */
export interface AccountView {
  /** Venue time of the running decision. */
  now(): Millis;
  equity(): number;
  /** Whole lots held, by instrument; kept up to date by the host. */
  readonly lots: Float64Array;
  /** NaN when flat. */
  averagePrice(instrument: number): number;
  /** Last known price. */
  mark(instrument: number): number;
  orders(instrument: number): readonly OrderView[];
}

/** Columns of one instrument. A backtest gives whole histories; a live process gives the last bars. */
export interface InstrumentColumns {
  readonly instrument: Instrument;
  readonly bars: BarColumns;
  /** One column a feature, in the order of the strategy's set, as long as the bars. */
  readonly rows: readonly Float64Array[];
  /** One column a model, by name. */
  readonly predictions: Readonly<Record<string, Float64Array>>;
}

/** Runs a strategy's handlers. Holds its memory; knows no clock, engine or file. */
export interface Decider {
  /**
   * One decision.
   * @param closed 1 for each instrument whose bar closed. @param next row after that bar's in its columns.
   * @returns the signals, in a list that the next call reuses.
   * Errors: `strategy.handler-failed` with the handler's error as cause.
   */
  decide(closed: Uint8Array, next: Int32Array): readonly Signal[];
  /**
   * Says where each instrument stands, for a process that starts amid its history.
   * @param last row of its latest closed bar; -1 for an instrument that has had none.
   */
  place(last: ArrayLike<number>): void;
  /** Memory of each instrument, and of the strategy. */
  readonly state: readonly object[];
  readonly shared: object;
  readonly random: Rng;
}

export function createDecider(
  spec: CheckedSpec,
  params: Params,
  columns: readonly InstrumentColumns[],
  account: AccountView,
): Decider {
  return new StrategyRun(spec, params, columns, account);
}

/** A strategy at work: what all its contexts read through. */
class StrategyRun implements Decider {
  readonly spec: CheckedSpec;
  readonly params: Params;
  readonly account: AccountView;
  readonly shared: object;
  readonly random: Rng;
  readonly signals: Signal[] = [];
  /** Where each context stands. Only here, because a handler that could move it would see the future. */
  readonly cursors: readonly Cursor[];
  readonly contexts: readonly Context[];
  readonly state: readonly object[];
  closed: Uint8Array;
  private readonly whole: WholeContext;

  constructor(
    spec: CheckedSpec,
    params: Params,
    columns: readonly InstrumentColumns[],
    account: AccountView,
  ) {
    this.spec = spec;
    this.params = guardNames(params, Object.keys(spec.params), `strategy "${spec.name}" has no parameter`);
    this.account = account;
    this.shared = structuredClone(spec.shared);
    this.random = createRng(spec.seed);
    this.closed = new Uint8Array(columns.length);
    this.state = columns.map(() => structuredClone(spec.state));
    this.cursors = columns.map(() => ({ index: -1 }));
    this.contexts = columns.map((column, i) => new Context(this, column, i, this.state[i]!));
    this.whole = new WholeContext(this);
  }

  decide(closed: Uint8Array, next: Int32Array): readonly Signal[] {
    const { spec, signals, contexts, cursors } = this;
    // The same list each time, in a backtest: a store that is not made needs no barrier.
    if (this.closed !== closed) this.closed = closed;
    // Setting the length to 0 would give the memory away, and the next signal would ask for it again.
    while (signals.length > 0) signals.pop();
    for (let i = 0; i < closed.length; i++) if (closed[i] === 1) cursors[i]!.index = next[i]! - 1;
    let running = 0;
    try {
      if (spec.onBar !== undefined) {
        for (; running < closed.length; running++) {
          if (closed[running] === 0) continue;
          const answer = spec.onBar(contexts[running]!);
          if (answer !== undefined) refusePromise(spec, "onBar", answer);
        }
      }
      running = -1;
      const answer = spec.onBars?.(this.whole);
      if (answer !== undefined) refusePromise(spec, "onBars", answer);
    } catch (cause) {
      handlerFailed(spec, running, this.account.now(), cause);
    }
    return signals;
  }

  place(last: ArrayLike<number>): void {
    for (let i = 0; i < last.length; i++) this.cursors[i]!.index = last[i]!;
  }
}

/** `ctx` of onBars, and what `ctx` of onBar has in common with it. */
class WholeContext implements MomentContext {
  readonly params: Params;
  readonly shared: object;
  readonly #strategy: StrategyRun;

  constructor(strategy: StrategyRun) {
    this.params = strategy.params;
    this.shared = strategy.shared;
    this.#strategy = strategy;
  }
  get now(): Millis {
    return this.#strategy.account.now();
  }
  get equity(): number {
    return this.#strategy.account.equity();
  }
  get symbols(): readonly string[] {
    return this.#strategy.spec.instruments;
  }
  random(): number {
    return this.#strategy.random.next();
  }
  closed(symbol: string): boolean {
    return this.#strategy.closed[this.#indexOf(symbol)] === 1;
  }
  at(symbol: string): InstrumentContext {
    return this.#strategy.contexts[this.#indexOf(symbol)]!;
  }
  #indexOf(symbol: string): number {
    const { spec } = this.#strategy;
    const i = spec.instruments.indexOf(symbol);
    return i < 0 ? unknownSymbol(spec, symbol) : i;
  }
}

/** `ctx` of onBar: one instrument. */
class Context extends WholeContext implements BarContext {
  readonly symbol: string;
  readonly bar: CurrentBar;
  readonly row: Readonly<Record<string, number>>;
  readonly position: AccountPosition;
  readonly state: object;
  readonly #running: StrategyRun;
  readonly #columns: InstrumentColumns;
  readonly #i: number;
  // Before its first bar an instrument has no values: those of bar 0 may lie in the future.
  readonly #at: Cursor;
  readonly #predictions: Readonly<Record<string, Float64Array>>;

  constructor(strategy: StrategyRun, columns: InstrumentColumns, i: number, state: object) {
    super(strategy);
    this.#at = strategy.cursors[i]!;
    // Without a prototype, so that no inherited name passes for a model.
    this.#predictions = Object.assign(Object.create(null), columns.predictions);
    const Row = rowClass(strategy.spec.features?.names ?? []);
    this.symbol = columns.instrument.symbol;
    this.bar = new CurrentBar(columns.bars, this.#at);
    this.row = new Row(columns.rows, this.#at) as unknown as Record<string, number>;
    this.position = new AccountPosition(strategy.account, columns, i);
    this.state = state;
    this.#running = strategy;
    this.#columns = columns;
    this.#i = i;
  }
  get orders(): readonly OrderView[] {
    return this.#running.account.orders(this.#i);
  }
  predict(model: string): number {
    const column = this.#predictions[model] ?? unknownModel(this.#running.spec, model);
    return column[this.#at.index]!;
  }
  history(n: number): HistoryView {
    return history(this.#running.spec, this.#columns.bars, this.#at.index, n);
  }
  target(target: TargetSpec): void {
    checkTarget(this.#running.spec, this.#columns.instrument, this.now, target);
    // Field by field: a spread would take what else the object has, and a slow path.
    const { weight, quantity, notional, risk, stop } = target;
    const instrument = this.#i;
    this.#running.signals.push({ kind: "target", instrument, weight, quantity, notional, risk, stop });
  }
  order(order: OrderSpec): void {
    checkOrder(this.#running.spec, this.#columns.instrument, this.now, order);
    this.#running.signals.push({ ...order, kind: "order", instrument: this.#i });
  }
  cancel(id?: string): void {
    this.#running.signals.push({ kind: "cancel", instrument: this.#i, ...(id === undefined ? {} : { id }) });
  }
}

function history(spec: CheckedSpec, bars: BarColumns, last: number, n: number): HistoryView {
  if (!(Number.isInteger(n) && n >= 1 && n <= spec.history)) {
    fail("strategy.bad-history", {
      message: `ctx.history(${n}): strategy "${spec.name}" declares history: ${spec.history}`,
      hint: "Ask for 1 to that many bars, or declare more: the live process keeps just as many.",
    });
  }
  // Copies: a view would let the handler reach the bars that come after.
  const cut = (column: Float64Array) => column.slice(Math.max(0, last + 1 - n), last + 1);
  const { time, open, high, low, close, volume } = bars;
  return {
    time: cut(time),
    open: cut(open),
    high: cut(high),
    low: cut(low),
    close: cut(close),
    volume: cut(volume),
  };
}

const TARGET_NAMES = ["weight", "quantity", "notional", "risk", "stop"];
const ORDER_NAMES = ["side", "type", "quantity", "price"];

function checkTarget(spec: CheckedSpec, instrument: Instrument, now: Millis, target: TargetSpec): void {
  checkNames("strategy.bad-signal", `${instrument.symbol}: ctx.target`, target, TARGET_NAMES);
  const { weight, quantity, notional, risk, stop } = target;
  const sizes = sizeCount(weight) + sizeCount(quantity) + sizeCount(notional) + sizeCount(risk);
  const stopFits = stop === undefined ? risk === undefined : Number.isFinite(stop) && stop > 0;
  if (sizes === 1 && stopFits) return;
  fail("strategy.bad-signal", {
    message: `strategy "${spec.name}" at ${timeText(now)}, ${instrument.symbol}: target(${printed(target)}) has no meaning`,
    hint: "Give exactly one of weight, quantity, notional, risk, as a finite number; risk needs a stop price above 0.",
    fields: { ...target, symbol: instrument.symbol, time: now },
  });
}

function checkOrder(spec: CheckedSpec, instrument: Instrument, now: Millis, order: OrderSpec): void {
  checkNames("strategy.bad-signal", `${instrument.symbol}: ctx.order`, order, ORDER_NAMES);
  const { side, type, quantity, price } = order;
  const priced =
    price === undefined ? type === "market" : type !== "market" && Number.isFinite(price) && price > 0;
  const known =
    (side === "buy" || side === "sell") && (type === "market" || type === "limit" || type === "stop");
  if (known && priced && Number.isFinite(quantity) && quantity > 0) return;
  fail("strategy.bad-signal", {
    message: `strategy "${spec.name}" at ${timeText(now)}, ${instrument.symbol}: order(${printed(order)}) has no meaning`,
    hint: "Give side buy or sell, type market, limit or stop, a quantity above 0, and a price unless it is a market order.",
    fields: { ...order, symbol: instrument.symbol, time: now },
  });
}

/** 1 for a size that can be worked with, 0 for none, and enough to refuse the signal for one that is no number. */
function sizeCount(size: number | undefined): number {
  if (size === undefined) return 0;
  return Number.isFinite(size) ? 1 : 9;
}

/** JSON would show NaN as null. */
function printed(value: object): string {
  return `{ ${Object.entries(value)
    .map(([name, entry]) => `${name}: ${String(entry)}`)
    .join(", ")} }`;
}

function unknownSymbol(spec: CheckedSpec, symbol: string): never {
  return fail("strategy.unknown-symbol", {
    message: `strategy "${spec.name}" does not trade ${symbol}`,
    hint: `It trades ${spec.instruments.join(", ")}.`,
    fields: { symbol },
  });
}

function unknownModel(spec: CheckedSpec, model: string): never {
  const names = Object.keys(spec.models);
  const near = suggest(model, names);
  return fail("strategy.unknown-model", {
    message: `strategy "${spec.name}" has no model "${model}"`,
    hint: near ? `Did you mean "${near}"?` : `Its models are ${names.join(", ") || "none"}.`,
    fields: { model },
  });
}

/** An async handler would act after its moment has passed, unseen. */
function refusePromise(spec: CheckedSpec, handler: string, answer: unknown): void {
  if (typeof (answer as { then?: unknown } | null)?.then !== "function") return;
  // What it does later would otherwise end the process as an error that nobody caught.
  Promise.resolve(answer).catch(() => {});
  fail("strategy.bad-handler", {
    message: `${handler} of strategy "${spec.name}" is async: what it does after an await would come too late`,
    hint: "A handler decides at once: no async, no await.",
  });
}

function handlerFailed(spec: CheckedSpec, running: number, now: Millis, cause: unknown): never {
  const where = running < 0 ? "onBars" : `onBar of ${spec.instruments[running]}`;
  const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  fail("strategy.handler-failed", {
    message: `strategy "${spec.name}", ${where}, at ${timeText(now)}: ${reason}`,
    ...(isTickbookError(cause) && cause.hint ? { hint: cause.hint } : {}),
    fields: { strategy: spec.name, time: now },
    cause,
  });
}
