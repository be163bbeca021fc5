import type { Millis } from "#core";
import type { Engine } from "../state.ts";

/** Marked equity in the currency: cash plus what is held at the last known prices. */
export function equity(engine: Engine): number {
  markEquity(engine);
  return engine.marked[0]!;
}

/**
 * The same into `engine.marked[0]`: a number returned from a function is allocated, once a bar in a backtest. One
 * instrument apart, because most backtests have one, and short enough to be inlined.
 */
export function markEquity(engine: Engine): void {
  const held = engine.quantity[0]!;
  if (engine.quantity.length > 1) markAll(engine);
  else if (held === 0) engine.marked[0] = engine.cashValue;
  else engine.marked[0] = engine.cashValue + held * engine.markTicks[0]! * engine.instruments[0]!.tickSize;
}

function markAll({ instruments, markTicks, quantity, marked, cashValue }: Engine): void {
  let total = cashValue;
  for (let slot = 0, i = 0; slot < quantity.length; slot++) {
    const held = quantity[slot]!;
    // Times the tick, not through `priceFromTicks`: a mark may be off in the last bit, and a division costs more.
    if (held !== 0) total += held * markTicks[i]! * instruments[i]!.tickSize;
    if (++i === instruments.length) i = 0;
  }
  marked[0] = total;
}

const DAY_MS = 864e5;

/** Whole days since the epoch. */
export function utcDay(time: Millis): number {
  return Math.floor(time / DAY_MS);
}

/**
 * Starts a new UTC day when the clock has passed midnight, and halts when the day has lost more than allowed.
 * Called whenever a mark or the cash changed. True if it halted just now.
 */
export function guardDailyLoss(engine: Engine): boolean {
  const bound = engine.limits.maxDailyLoss;
  if (bound === undefined || engine.halted) return false;
  const value = equity(engine);
  const day = utcDay(engine.now);
  if (day !== engine.day) {
    engine.day = day;
    engine.dayEquity = value;
    return false;
  }
  engine.halted = value < engine.dayEquity * (1 - bound);
  return engine.halted;
}
