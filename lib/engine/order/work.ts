import { type AssetUnits, notionalUnits, type Order } from "#model";
import type { Effects } from "../event.ts";
import { type Engine, slotOf } from "../state.ts";
import { cancelOrder, sendOrder } from "./send.ts";
import { belowMinimum, freeCash, reserveTicks } from "./size.ts";

/**
 * Works every slot toward its target: reductions first, then increases scaled together to fit the free cash, then
 * protective stops. Runs after each decision with signals and after each order that ended. One order a slot works
 * on the target at a time; what the book could not fill waits for the next decision, under the stop meanwhile.
 */
export function workTargets(engine: Engine, effects: Effects): void {
  let reducing = false;
  for (let slot = 0; slot < engine.toTrade.length; slot++) {
    if (engine.toTrade[slot]! < 0) reducing = reduce(engine, effects, slot) || reducing;
  }
  if (!reducing) increase(engine, effects);
  for (let slot = 0; slot < engine.toTrade.length; slot++) {
    if (isResting(engine, slot)) protect(engine, effects, slot);
  }
}

/** True while nothing is under way that changes what a slot holds: its target is reached, or has to wait. */
function isResting(engine: Engine, slot: number): boolean {
  if (liveOrder(engine, slot, "target")) return false;
  return engine.toTrade[slot]! >= 0 || engine.waiting[slot] === 1;
}

/** Sells toward a lower target. The stop goes first: on a cash account it holds the asset. True while under way. */
function reduce(engine: Engine, effects: Effects, slot: number): boolean {
  if (liveOrder(engine, slot, "target")) return true;
  if (engine.waiting[slot]) return false;
  // A single sale on its way out still holds the asset.
  if (hasCancelingSale(engine, slot)) return true;
  const stop = liveOrder(engine, slot, "stop");
  if (stop) {
    cancelOrder(effects, stop);
    return true;
  }
  const { strategy, instrument } = slotParts(engine, slot);
  const lots = Math.min(-engine.toTrade[slot]!, engine.lots[slot]!);
  const sent =
    !belowMinimum(engine.instruments[instrument]!, engine.markTicks[instrument]!, lots) &&
    sendOrder(engine, effects, { strategy, instrument, purpose: "target", side: -1, type: "market", lots });
  if (!sent) engine.toTrade[slot] = 0;
  return sent;
}

function hasCancelingSale(engine: Engine, slot: number): boolean {
  for (const order of engine.orders.values()) {
    if (order.purpose !== "single" || order.side > 0 || order.state !== "canceling") continue;
    if (slotOf(engine, order.strategy, order.instrument) === slot) return true;
  }
  return false;
}

/** Buys toward higher targets, all scaled by one factor if the free cash does not cover them. */
function increase(engine: Engine, effects: Effects): void {
  let needed = 0n;
  for (let slot = 0; slot < engine.toTrade.length; slot++) {
    if (canBuy(engine, slot)) needed += cost(engine, slot);
  }
  if (needed === 0n) return;
  const free = freeCash(engine);
  const spend = free < 0n ? 0n : free < needed ? free : needed;
  for (let slot = 0; slot < engine.toTrade.length; slot++) {
    if (!canBuy(engine, slot)) continue;
    const { strategy, instrument } = slotParts(engine, slot);
    const lots = Number((BigInt(engine.toTrade[slot]!) * spend) / needed);
    const sent =
      !belowMinimum(engine.instruments[instrument]!, engine.markTicks[instrument]!, lots) &&
      sendOrder(engine, effects, { strategy, instrument, purpose: "target", side: 1, type: "market", lots });
    engine.toTrade[slot] = sent ? lots : 0;
  }
}

function canBuy(engine: Engine, slot: number): boolean {
  return engine.toTrade[slot]! > 0 && !engine.waiting[slot] && !liveOrder(engine, slot, "target");
}

/** Quote units that buying the rest of a slot's target may cost. */
function cost(engine: Engine, slot: number): AssetUnits {
  const { instrument } = slotParts(engine, slot);
  const ticks = reserveTicks(engine, engine.markTicks[instrument]!);
  return notionalUnits(engine.instruments[instrument]!, ticks, engine.toTrade[slot]!);
}

/** Keeps one stop over exactly what is held, or none. A change is a cancel, then a new one once it is confirmed. */
function protect(engine: Engine, effects: Effects, slot: number): void {
  const stop = liveOrder(engine, slot, "stop");
  const ticks = engine.stopTicks[slot]!;
  const lots = engine.lots[slot]!;
  const { strategy, instrument } = slotParts(engine, slot);
  const wanted = lots > 0 && ticks > 0 && !belowMinimum(engine.instruments[instrument]!, ticks, lots);
  if (stop) {
    if (!wanted || stop.ticks !== ticks || stop.lots - stop.filledLots !== lots) cancelOrder(effects, stop);
  } else if (wanted) {
    sendOrder(engine, effects, {
      strategy,
      instrument,
      purpose: "stop",
      side: -1,
      type: "stop",
      lots,
      ticks,
    });
  }
}

/** The order of a slot that works on its target, or its stop, if there is one. */
export function liveOrder(engine: Engine, slot: number, purpose: "target" | "stop"): Order | undefined {
  if (engine.orders.size === 0) return undefined;
  for (const order of engine.orders.values()) {
    if (order.purpose === purpose && slotOf(engine, order.strategy, order.instrument) === slot) return order;
  }
  return undefined;
}

function slotParts(engine: Engine, slot: number): { strategy: number; instrument: number } {
  const count = engine.instruments.length;
  return { strategy: Math.floor(slot / count), instrument: slot % count };
}
