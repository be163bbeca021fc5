import type { Effects, OperatorEvent } from "../event.ts";
import { cancelOrder } from "../order/send.ts";
import { liveOrder, workTargets } from "../order/work.ts";
import { equity, utcDay } from "../pnl/equity.ts";
import { type Engine, slotOf } from "../state.ts";

/** A halt withdraws all buys. Stops and exits go on: on a cash account a sale can only lower the risk. */
export function withdrawBuys(engine: Engine, effects: Effects): void {
  for (let slot = 0; slot < engine.toTrade.length; slot++) forgetBuy(engine, slot);
  for (const order of engine.orders.values()) if (order.side > 0) cancelOrder(effects, order);
}

/** A strategy that is gone gives no more orders: what it was buying and its single orders are withdrawn. Its protective stops stay, and sales under way go on: without them its position would stand bare. */
export function stopStrategy(engine: Engine, effects: Effects, strategy: number): void {
  engine.stopped[strategy] = 1;
  for (let i = 0; i < engine.instruments.length; i++) forgetBuy(engine, slotOf(engine, strategy, i));
  for (const order of engine.orders.values()) {
    if (order.strategy === strategy && (order.side > 0 || order.purpose === "single"))
      cancelOrder(effects, order);
  }
}

export function obeyOperator(engine: Engine, effects: Effects, action: OperatorEvent["action"]): void {
  switch (action) {
    case "halt":
      engine.halted = true;
      withdrawBuys(engine, effects);
      break;
    case "flatten":
      engine.halted = true;
      flatten(engine, effects);
      break;
    case "resume":
      engine.halted = false;
      engine.day = utcDay(engine.now);
      engine.dayEquity = equity(engine);
      break;
  }
}

/** Sells all that is held at market, once what holds it back is cancelled. */
function flatten(engine: Engine, effects: Effects): void {
  for (let slot = 0; slot < engine.toTrade.length; slot++) {
    engine.stopTicks[slot] = Number.NaN;
    engine.toTrade[slot] = 0 - engine.lots[slot]!;
    engine.waiting[slot] = 0;
  }
  engine.waitingCount = 0;
  for (const order of engine.orders.values()) {
    if (order.side > 0 || order.purpose === "single") cancelOrder(effects, order);
  }
  workTargets(engine, effects);
}

function forgetBuy(engine: Engine, slot: number): void {
  if (engine.toTrade[slot]! <= 0) return;
  // A buy that fills before its cancel arrives stays: it is part of the target that is left.
  const order = liveOrder(engine, slot, "target");
  engine.toTrade[slot] = order && order.side > 0 ? order.lots - order.filledLots : 0;
}
