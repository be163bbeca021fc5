import type { ErrorCode } from "#core";
import {
  type CancelSignal,
  lotsFromQuantity,
  type OrderSignal,
  type Signal,
  type TargetSignal,
  ticksFromPrice,
} from "#model";
import type { Effects } from "../event.ts";
import { cancelOrder, sendOrder } from "../order/send.ts";
import { lotsFromTarget } from "../order/size.ts";
import { type Engine, slotOf } from "../state.ts";

/** Turns one decision's signals into targets, single orders and cancels. */
export function applySignals(
  engine: Engine,
  effects: Effects,
  strategy: number,
  signals: readonly Signal[],
): void {
  for (const signal of signals) {
    if (Number.isNaN(engine.markTicks[signal.instrument]!)) {
      refuse(engine, effects, strategy, signal, "engine.no-mark", Number.NaN, 0);
      continue;
    }
    switch (signal.kind) {
      case "target":
        applyTarget(engine, effects, strategy, signal);
        break;
      case "order":
        applyOrder(engine, effects, strategy, signal);
        break;
      case "cancel":
        applyCancel(engine, effects, strategy, signal);
        break;
    }
  }
}

/**
 * Sets what a slot is to hold. A call within `rebalance` of what is held and under way trades nothing; zero always
 * trades. The stop follows the latest call that trades or names one.
 */
function applyTarget(engine: Engine, effects: Effects, strategy: number, signal: TargetSignal): void {
  const slot = slotOf(engine, strategy, signal.instrument);
  const instrument = engine.instruments[signal.instrument]!;
  const wanted = lotsFromTarget(engine, signal);
  if (wanted < 0) {
    refuse(engine, effects, strategy, signal, "engine.short-on-cash", wanted, 0);
    return;
  }
  const mark = engine.markTicks[signal.instrument]!;
  const stop = signal.stop === undefined ? Number.NaN : ticksFromPrice(instrument, signal.stop);
  // An exit needs no stop: a trailing one that the price has passed must not hold it up.
  const isBadStop = wanted !== 0 && (stop >= mark || stop <= 0);
  if (!Number.isFinite(wanted) || isBadStop) {
    refuse(engine, effects, strategy, signal, "engine.bad-stop", stop, mark);
    return;
  }
  const held = engine.lots[slot]!;
  const expected = held + engine.toTrade[slot]!;
  const same = wanted !== 0 && Math.abs(wanted - expected) <= engine.rebalance * wanted;
  if (!same) engine.toTrade[slot] = wanted - held;
  // Within the band a call without a stop changes nothing; with one it moves the stop: that is how a stop trails.
  if (!same || signal.stop !== undefined) engine.stopTicks[slot] = wanted === 0 ? Number.NaN : stop;
}

function applyOrder(engine: Engine, effects: Effects, strategy: number, signal: OrderSignal): void {
  const instrument = engine.instruments[signal.instrument]!;
  const lots = lotsFromQuantity(instrument, signal.quantity);
  const side = signal.side === "buy" ? 1 : -1;
  const held = engine.lots[slotOf(engine, strategy, signal.instrument)]!;
  if (side < 0 && lots > held) {
    refuse(engine, effects, strategy, signal, "engine.short-on-cash", lots, held);
    return;
  }
  if (lots === 0) return;
  const { instrument: index, type, price } = signal;
  const ticks = price === undefined ? {} : { ticks: ticksFromPrice(instrument, price) };
  sendOrder(engine, effects, { strategy, instrument: index, purpose: "single", side, type, lots, ...ticks });
}

function applyCancel(engine: Engine, effects: Effects, strategy: number, signal: CancelSignal): void {
  for (const order of engine.orders.values()) {
    if (order.strategy !== strategy || order.instrument !== signal.instrument || order.purpose !== "single")
      continue;
    if (signal.id === undefined || signal.id === order.id) cancelOrder(effects, order);
  }
}

function refuse(
  engine: Engine,
  effects: Effects,
  strategy: number,
  signal: Signal,
  code: ErrorCode,
  value: number,
  bound: number,
): void {
  const { now: time, decision } = engine;
  effects.refusals.push({ code, time, strategy, instrument: signal.instrument, decision, value, bound });
}
