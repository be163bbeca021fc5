import { assert, fail, type Millis } from "#core";
import type { AssetUnits, Order, OrderEvent, RejectReason } from "#model";
import type { Effects, EngineEvent } from "./event.ts";
import { cancelOrder } from "./order/send.ts";
import { workTargets } from "./order/work.ts";
import { guardDailyLoss } from "./pnl/equity.ts";
import { applyFill } from "./position/apply-fill.ts";
import { changeLimits } from "./risk/change-limits.ts";
import { obeyOperator, stopStrategy, withdrawBuys } from "./risk/withdraw.ts";
import { applySignals } from "./signal/apply-signals.ts";
import { type Engine, slotOf } from "./state.ts";

/**
 * THE STEP: the whole trading kernel. Takes one event, moves the clock, changes the state and appends what is to be
 * done. Backtest, paper, live and replay call this same function; they differ in where events come from.
 *
 * It never calls user code or a model: it asks (`effects.decide`) and is told (`decided`).
 */
export function step(engine: Engine, event: EngineEvent, effects: Effects): void {
  switch (event.kind) {
    case "bars-closed":
      stepBarsClosed(engine, event, effects);
      break;
    case "print":
      stepPrint(engine, event, effects);
      break;
    case "decided":
      stepDecided(engine, event, effects);
      break;
    case "operator":
      moveClock(engine, event.time);
      obeyOperator(engine, effects, event.action);
      break;
    case "limits-changed":
      moveClock(engine, event.time);
      changeLimits(engine, event.limits);
      break;
    case "strategy-stopped":
      moveClock(engine, event.time);
      stopStrategy(engine, effects, event.strategy);
      break;
    case "order-accepted":
    case "order-rejected":
    case "order-filled":
    case "order-expired":
    case "order-canceled":
    case "cancel-rejected":
    case "order-unknown":
      stepOrder(engine, event, effects);
      break;
    default:
      fail("core.bug", {
        message: `the engine knows no event ${JSON.stringify(event satisfies never)}`,
      });
  }
}

// The cases of `step`, for a host that knows which event it holds. Reading a time from eight shapes of event in one
// place allocates it each time; here each place sees one shape, and a bar without orders allocates nothing.

export function stepBarsClosed(engine: Engine, event: EventOf<"bars-closed">, effects: Effects): void {
  moveClock(engine, event.time);
  for (let i = 0; i < event.closed.length; i++) {
    if (event.closed[i] === 1) engine.markTicks[i] = event.closeTicks[i]!;
  }
  if (engine.limits.maxDailyLoss !== undefined) guard(engine, effects);
  engine.decision++;
  engine.ordersInDecision = 0;
  effects.decide = true;
}

export function stepPrint(engine: Engine, event: EventOf<"print">, effects: Effects): void {
  moveClock(engine, event.time);
  engine.markTicks[event.instrument] = event.ticks;
  if (engine.limits.maxDailyLoss !== undefined) guard(engine, effects);
}

export function stepDecided(engine: Engine, event: EventOf<"decided">, effects: Effects): void {
  moveClock(engine, event.time);
  if (engine.stopped[event.strategy] === 1) return;
  if (event.signals.length === 0 && engine.waitingCount === 0) return;
  retryWaiting(engine);
  applySignals(engine, effects, event.strategy, event.signals);
  workTargets(engine, effects);
}

export function stepOrder(engine: Engine, event: OrderEvent, effects: Effects): void {
  moveClock(engine, event.time);
  applyOrderEvent(engine, effects, event);
}

type EventOf<K extends EngineEvent["kind"]> = Extract<EngineEvent, { kind: K }>;

/** Venue stamps of different streams may cross; the engine's clock never goes back. */
function moveClock(engine: Engine, time: Millis): void {
  if (time > engine.now) engine.now = time;
}

/**
 * True if a trade print between two bar closes could change anything but the mark, which the close sets anyway.
 * A backtest skips such prints while it is false.
 */
export function needsPrints(engine: Engine): boolean {
  return engine.orders.size > 0 || (engine.limits.maxDailyLoss !== undefined && holdsAny(engine));
}

function holdsAny(engine: Engine): boolean {
  for (let slot = 0; slot < engine.lots.length; slot++) if (engine.lots[slot]! > 0) return true;
  return false;
}

/** True for an event of an order that the engine does not know or knows to be over, and for a fill told before. */
export function isStray(engine: Engine, event: OrderEvent): boolean {
  const order = engine.orders.get(event.id);
  return !order || (event.kind === "order-filled" && order.trades.includes(event.trade));
}

function applyOrderEvent(engine: Engine, effects: Effects, event: OrderEvent): void {
  if (isStray(engine, event)) {
    engine.strays++;
    return;
  }
  const order = engine.orders.get(event.id)!;
  switch (event.kind) {
    case "order-accepted":
      onAccepted(engine, effects, order);
      return;
    case "order-unknown":
      if (order.state === "submitting") order.state = "unknown";
      return;
    case "cancel-rejected":
      // It is asked for again, if it is still wanted, at the next decision: not against the same refusal.
      if (order.state === "canceling") order.state = "open";
      return;
    case "order-filled":
      onFilled(engine, order, event);
      if (order.filledLots === order.lots) endOrder(engine, order, "filled");
      if (engine.limits.maxDailyLoss !== undefined) guard(engine, effects);
      if (order.state !== "filled") return;
      break;
    case "order-rejected":
      endOrder(engine, order, "rejected");
      onRejected(engine, effects, order, event.reason);
      break;
    case "order-expired":
      endOrder(engine, order, "expired");
      if (order.purpose === "stop") exitAll(engine, order);
      waitForDecision(engine, order);
      break;
    case "order-canceled":
      endOrder(engine, order, "canceled");
      if (order.purpose === "target") onTargetCanceled(engine, order);
      break;
  }
  workTargets(engine, effects);
}

function onAccepted(engine: Engine, effects: Effects, order: Order): void {
  const wasUnknown = order.state === "unknown";
  if (wasUnknown || order.state === "submitting") order.state = "open";
  // A halt could not withdraw what nobody knew to stand.
  if (wasUnknown && engine.halted && order.side > 0) cancelOrder(effects, order);
}

/** Cancelled by somebody else, or by a halt: what is left waits for the strategy's next word, if that may come. */
function onTargetCanceled(engine: Engine, order: Order): void {
  const slot = slotOf(engine, order.strategy, order.instrument);
  if (engine.toTrade[slot]! * order.side <= 0) return;
  if (engine.stopped[order.strategy] === 1) engine.toTrade[slot] = 0;
  else waitForDecision(engine, order);
}

/** Books a fill and counts it toward the target. */
function onFilled(engine: Engine, order: Order, fill: Extract<OrderEvent, { kind: "order-filled" }>): void {
  const slot = slotOf(engine, order.strategy, order.instrument);
  const left = order.lots - order.filledLots;
  assert(fill.lots <= left, `order ${order.id} is filled to at most its ${order.lots} lots`);
  order.filledLots += fill.lots;
  // Most orders fill at once: a list that grows would hold room for many more.
  order.trades = order.trades.length === 0 ? [fill.trade] : [...order.trades, fill.trade];
  if (order.state === "submitting" || order.state === "unknown") order.state = "open";
  release(engine, order, (order.reserved * BigInt(fill.lots)) / BigInt(left));
  applyFill(engine, order, fill);
  if (order.purpose === "target") engine.toTrade[slot] = engine.toTrade[slot]! - order.side * fill.lots;
  if (order.purpose === "stop") exitAll(engine, order);
}

/** A stop that was reached, or cannot stand, sets the target to zero: also for what it did not cover. */
function exitAll(engine: Engine, { strategy, instrument }: Order): void {
  const slot = slotOf(engine, strategy, instrument);
  engine.stopTicks[slot] = Number.NaN;
  engine.toTrade[slot] = 0 - engine.lots[slot]!;
}

function endOrder(engine: Engine, order: Order, state: "filled" | "rejected" | "expired" | "canceled"): void {
  order.state = state;
  release(engine, order, order.reserved);
  engine.orders.delete(order.id);
}

function release(engine: Engine, order: Order, units: AssetUnits): void {
  order.reserved -= units;
  engine.reserved -= units;
}

/** A refused purchase is given up and counted, a refused sale is tried again at the next decision; a refused protective stop closes the position at market instead. */
function onRejected(engine: Engine, effects: Effects, order: Order, reason: RejectReason): void {
  const slot = slotOf(engine, order.strategy, order.instrument);
  const { strategy, instrument, decision } = order;
  effects.refusals.push({
    code: "engine.rejected-by-venue",
    time: engine.now,
    strategy,
    instrument,
    decision,
    value: order.lots,
    bound: 0,
    reason,
  });
  // An exit is tried again, at the next decision: given up, it would leave the position bare. A rest too small to sell
  // stays too small.
  if (order.purpose === "target" && order.side < 0 && reason !== "min-notional")
    waitForDecision(engine, order);
  else if (order.purpose === "target") engine.toTrade[slot] = 0;
  if (order.purpose === "stop") exitAll(engine, order);
}

/** The rest of a target that met an empty book is tried again at the next decision, not against the same book. */
function waitForDecision(engine: Engine, order: Order): void {
  const slot = slotOf(engine, order.strategy, order.instrument);
  if (order.purpose === "single" || engine.toTrade[slot] === 0 || engine.waiting[slot] === 1) return;
  engine.waiting[slot] = 1;
  engine.waitingCount++;
}

function retryWaiting(engine: Engine): void {
  if (engine.waitingCount === 0) return;
  engine.waiting.fill(0);
  engine.waitingCount = 0;
}

/** Apart, because most backtests have no such limit. */
function guard(engine: Engine, effects: Effects): void {
  if (guardDailyLoss(engine)) withdrawBuys(engine, effects);
}
