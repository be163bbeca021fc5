import { notionalUnits, type Order, type OrderPurpose, type OrderType, type Side, type Ticks } from "#model";
import type { Effects } from "../event.ts";
import { approveCancel, checkOrder } from "../risk/check.ts";
import { type Engine, slotOf } from "../state.ts";
import { reserveTicks } from "./size.ts";

const NO_TRADES: readonly string[] = [];

export interface Draft {
  readonly strategy: number;
  readonly instrument: number;
  readonly purpose: OrderPurpose;
  readonly side: Side;
  readonly type: OrderType;
  readonly lots: number;
  readonly ticks?: Ticks;
}

/** Makes the order, passes it through the risk checks, and sends it or notes the refusal. True if it was sent. */
export function sendOrder(engine: Engine, effects: Effects, draft: Draft): boolean {
  const instrument = engine.instruments[draft.instrument]!;
  const number = engine.ordersInDecision++;
  const ticks = draft.ticks ?? reserveTicks(engine, engine.markTicks[draft.instrument]!);
  const order: Order = {
    id: orderId(engine, draft, number),
    strategy: draft.strategy,
    instrument: draft.instrument,
    purpose: draft.purpose,
    side: draft.side,
    type: draft.type,
    lots: draft.lots,
    ticks: draft.ticks,
    decision: engine.decision,
    sentAt: engine.now,
    reserved: draft.side > 0 ? notionalUnits(instrument, ticks, draft.lots) : 0n,
    state: "submitting",
    filledLots: 0,
    trades: NO_TRADES,
  };
  const verdict = checkOrder(engine, order);
  if (!verdict.ok) {
    const { strategy, instrument: index } = draft;
    const { decision, now: time } = engine;
    effects.refusals.push({ ...verdict.refused, time, strategy, instrument: index, decision });
    return false;
  }
  engine.reserved += order.reserved;
  engine.orders.set(order.id, order);
  effects.commands.push(verdict.command);
  return true;
}

/** Asks for a cancel, once. An order that nobody knows to stand is asked about first. */
export function cancelOrder(effects: Effects, order: Order): void {
  if (order.state === "canceling" || order.state === "unknown") return;
  order.state = "canceling";
  effects.commands.push(approveCancel(order));
}

/**
 * "trend-SPXUSD-41-0": strategy, instrument, decision, order within the decision. The last two alone are unique,
 * because decisions are counted and never repeated, and the same in a replay. Binance takes up to 36 of these
 * characters: a long symbol is cut.
 */
function orderId(engine: Engine, draft: Draft, number: number): string {
  const head = engine.orderNames[slotOf(engine, draft.strategy, draft.instrument)]!;
  const tail = `-${engine.decision}-${number}`;
  return head.length + tail.length <= 36 ? head + tail : head.slice(0, 36 - tail.length) + tail;
}
