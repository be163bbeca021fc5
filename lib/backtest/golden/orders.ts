import { createEffects, createEngine, type EngineSnapshot, restoreEngine, step } from "#engine";
import type { Account, Instrument, Limits, Order, Signal } from "#model";
import { definedFields } from "#strategy";
import type { GoldenOrder } from "./golden.ts";

/** What an engine is made for. */
export interface EngineTerms {
  readonly name: string;
  readonly account: Account;
  readonly limits: Limits;
  readonly rebalance: number;
}

/** The orders that this process's engine makes of signals at once, from the state of a snapshot. */
export function ordersMade(
  { name, account, limits, rebalance }: EngineTerms,
  instruments: readonly Instrument[],
  before: EngineSnapshot,
  time: number,
  signals: readonly Signal[],
): GoldenOrder[] {
  const engine = createEngine({ account, instruments, strategies: [name], limits, rebalance });
  restoreEngine(engine, before);
  const effects = createEffects();
  step(engine, { kind: "decided", time, strategy: 0, signals }, effects);
  return effects.commands.flatMap(({ kind, order }) => (kind === "submit" ? [goldenOrder(order)] : []));
}

export function goldenOrder({
  id,
  instrument,
  purpose,
  side,
  type,
  lots,
  ticks,
  sentAt,
}: Order): GoldenOrder {
  return definedFields({ id, instrument, purpose, side, type, lots, ticks, sentAt });
}
