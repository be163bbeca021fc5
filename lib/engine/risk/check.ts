import { type ErrorCode, powerOfTen } from "#core";
import {
  type CancelOrder,
  notionalUnits,
  type Order,
  type OrderCommand,
  priceFromTicks,
  quantityFromLots,
  type SubmitOrder,
} from "#model";
import type { Engine } from "../state.ts";

declare const approved: unique symbol;
/** A command that passed the checks. Only this file makes one, and only this reaches a venue. */
export type Approved<T> = T & { readonly [approved]: true };

export interface Refused {
  readonly code: ErrorCode;
  readonly value: number;
  readonly bound: number;
}

export type RiskVerdict =
  | { readonly ok: true; readonly command: Approved<SubmitOrder> }
  | { readonly ok: false; readonly refused: Refused };

/**
 * Checks an order against the limits before it is sent, and counts it for the order rate.
 * A sale only reduces here (cash account), so neither a halt nor a limit on size or rate holds it back: a limit must
 * never trap a loss.
 */
export function checkOrder(engine: Engine, order: Order): RiskVerdict {
  const refused = brokenLimit(engine, order);
  if (refused) return { ok: false, refused };
  if (engine.sentAt.length > 0) {
    engine.sentAt[engine.sent % engine.sentAt.length] = engine.now;
    engine.sent++;
  }
  return { ok: true, command: { kind: "submit", order } as Approved<SubmitOrder> };
}

/** A command that had passed before a snapshot was taken, for the state that is restored from it. */
export function approveAgain(kind: OrderCommand["kind"], order: Order): Approved<OrderCommand> {
  return { kind, order } as Approved<OrderCommand>;
}

/** Cancels always pass: they only lower the risk. */
export function approveCancel(order: Order): Approved<CancelOrder> {
  return { kind: "cancel", order } as Approved<CancelOrder>;
}

function brokenLimit(engine: Engine, order: Order): Refused | undefined {
  const { limits } = engine;
  const instrument = engine.instruments[order.instrument]!;
  const markTicks = engine.markTicks[order.instrument]!;
  const ticks = order.ticks ?? markTicks;
  if (engine.halted && order.side > 0) return { code: "risk.halted", value: 1, bound: 0 };
  if (limits.priceBandBps !== undefined && order.purpose !== "stop") {
    const away = (Math.abs(ticks - markTicks) * 1e4) / markTicks;
    if (away > limits.priceBandBps)
      return { code: "risk.price-band", value: away, bound: limits.priceBandBps };
  }
  if (order.side < 0) return undefined;

  const free = Number(engine.cash - engine.reserved);
  if (Number(order.reserved) > free) {
    return { code: "risk.insufficient-cash", value: Number(order.reserved), bound: free };
  }
  const units = notionalUnits(instrument, ticks, order.lots);
  const notional = Number(units) / powerOfTen(instrument.assetDecimals);
  if (notional > (limits.maxOrderNotional ?? Number.POSITIVE_INFINITY)) {
    return { code: "risk.notional-exceeded", value: notional, bound: limits.maxOrderNotional! };
  }
  if (limits.maxPositionNotional !== undefined) {
    const held = heldQuantity(engine, order.instrument) * priceFromTicks(instrument, markTicks);
    const after = held + notional + openBuys(engine, order.instrument);
    if (after > limits.maxPositionNotional) {
      return { code: "risk.position-exceeded", value: after, bound: limits.maxPositionNotional };
    }
  }
  if (limits.maxOrdersPerMinute !== undefined && engine.sent >= limits.maxOrdersPerMinute) {
    const oldest = engine.sentAt[engine.sent % limits.maxOrdersPerMinute]!;
    if (engine.now - oldest < 60_000) {
      return {
        code: "risk.order-rate",
        value: limits.maxOrdersPerMinute + 1,
        bound: limits.maxOrdersPerMinute,
      };
    }
  }
  return undefined;
}

/** Base quantity that all strategies together hold of an instrument. */
function heldQuantity(engine: Engine, instrument: number): number {
  let total = 0;
  for (let slot = instrument; slot < engine.quantity.length; slot += engine.instruments.length) {
    total += engine.quantity[slot]!;
  }
  return total;
}

/** Value of the buys of an instrument that are still working, at their limit or the mark. */
function openBuys(engine: Engine, index: number): number {
  const instrument = engine.instruments[index]!;
  let total = 0;
  for (const order of engine.orders.values()) {
    if (order.side < 0 || order.instrument !== index) continue;
    const ticks = order.ticks ?? engine.markTicks[index]!;
    total += quantityFromLots(instrument, order.lots - order.filledLots) * priceFromTicks(instrument, ticks);
  }
  return total;
}
