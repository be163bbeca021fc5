import { createEffects, createEngine, type Engine, type EngineConfig, type Refusal, step } from "#engine";
import {
  account,
  bps,
  createInstrument,
  type Instrument,
  type Limits,
  type Order,
  type OrderCommand,
  type OrderEvent,
  type Signal,
} from "#model";

export const BTC = createInstrument({ symbol: "BTC/USD", tick: "1", lot: "0.01", minNotional: "5" });
export const ETH = createInstrument({ symbol: "ETH/USD", tick: "1", lot: "0.01", minNotional: "5" });

/** The engine with a person in the venue's place: says what is asked of it, and answers as told. */
export interface Desk {
  readonly engine: Engine;
  now: number;
  /** Closes a bar of each instrument at these ticks, and answers with these signals. Returns what is to be sent. */
  decide(closeTicks: readonly number[], ...signals: Signal[]): OrderCommand[];
  print(instrument: number, ticks: number): OrderCommand[];
  accept(order: Order): OrderCommand[];
  reject(order: Order): OrderCommand[];
  fill(order: Order, lots: number, ticks: number, fee?: bigint): OrderCommand[];
  expire(order: Order): OrderCommand[];
  cancel(order: Order): OrderCommand[];
  say(event: OrderEvent): OrderCommand[];
  /** All refusals so far. */
  readonly refusals: Refusal[];
}

export interface DeskOptions {
  readonly instruments?: readonly Instrument[];
  readonly limits?: Limits;
  readonly capital?: number;
  readonly rebalance?: number;
}

export function openDesk(options: DeskOptions = {}): Desk {
  const { instruments = [BTC], limits = {}, capital = 10_000, rebalance = 0.1 } = options;
  const spec = {
    venue: "binance",
    kind: "cash",
    currency: "USD",
    capital,
    fees: bps(0),
    slippage: bps(0),
  } as const;
  const config: EngineConfig = {
    account: account(spec),
    instruments,
    strategies: ["desk"],
    limits,
    rebalance,
  };
  const engine = createEngine(config);
  const effects = createEffects();
  const refusals: Refusal[] = [];
  let fills = 0;
  const taken = () => {
    refusals.push(...effects.refusals.splice(0));
    return effects.commands.splice(0);
  };
  const desk: Desk = {
    engine,
    now: 0,
    refusals,
    decide(closeTicks, ...signals) {
      desk.now += 60_000;
      const closed = new Uint8Array(instruments.length).fill(1);
      const event = {
        kind: "bars-closed",
        time: desk.now,
        closed,
        closeTicks: Float64Array.from(closeTicks),
      } as const;
      step(engine, event, effects);
      step(engine, { kind: "decided", time: desk.now, strategy: 0, signals }, effects);
      return taken();
    },
    print(instrument, ticks) {
      step(engine, { kind: "print", time: ++desk.now, instrument, ticks }, effects);
      return taken();
    },
    accept: ({ id }) => desk.say({ kind: "order-accepted", time: desk.now, id }),
    reject: ({ id }) => desk.say({ kind: "order-rejected", time: desk.now, id, reason: "no-market" }),
    fill(order, lots, ticks, fee = 0n) {
      const { id } = order;
      const { base, quote } = instruments[order.instrument]!;
      const feeAsset = order.side > 0 ? base : quote;
      return desk.say({
        kind: "order-filled",
        time: desk.now,
        id,
        trade: String(++fills),
        ticks,
        lots,
        fee,
        feeAsset,
      });
    },
    expire: ({ id }) => desk.say({ kind: "order-expired", time: desk.now, id }),
    cancel: ({ id }) => desk.say({ kind: "order-canceled", time: desk.now, id }),
    say(event) {
      step(engine, event, effects);
      return taken();
    },
  };
  return desk;
}

/** "submit buy market 10", "submit sell stop 10 @90", "cancel stop": short enough to compare whole answers. */
export function said(commands: readonly OrderCommand[]): string[] {
  return commands.map(({ kind, order }) => {
    if (kind === "cancel") return `cancel ${order.purpose}`;
    const side = order.side > 0 ? "buy" : "sell";
    const price = order.ticks === undefined ? "" : ` @${order.ticks}`;
    return `submit ${side} ${order.type} ${order.lots}${price}`;
  });
}

export function target(quantity: number, stop?: number, instrument = 0): Signal {
  return { kind: "target", instrument, quantity, ...(stop === undefined ? {} : { stop }) };
}

/** Buys to hold `lots` of instrument 0 at 100, under a stop at 90 if asked for; returns the stop's order. */
export function hold(desk: Desk, lots: number, stop?: number): Order | undefined {
  const [buy] = desk.decide(
    desk.engine.instruments.map(() => 100),
    target(lots / 100, stop),
  );
  desk.accept(buy!.order);
  const [protect] = desk.fill(buy!.order, lots, 100);
  if (protect) desk.accept(protect.order);
  return protect?.order;
}
