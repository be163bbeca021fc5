import { type Golden, goldenOrder } from "#backtest";
import { encodeValue } from "#core";
import { createEffects, createEngine, restoreEngine, step } from "#engine";
import { createInstrument } from "#model";

/** An order that this engine would make otherwise than the notebook's did. */
export interface OrderDifference {
  readonly decision: number;
  readonly time: number;
  readonly expected: string;
  readonly actual: string;
}

/**
 * Puts this process's own engine where the notebook's stood before each decision that led to orders, gives it the
 * recorded signals, and compares the orders that it makes at once.
 * @returns how many were compared, and the first that differs.
 */
export function verifyOrders({ facts, instruments, decisions }: Golden): {
  readonly orders: number;
  readonly difference?: OrderDifference;
} {
  const { name, account, limits, rebalance } = facts;
  let orders = 0;
  for (const { number: decision, view, signals, orders: made, engine: before } of decisions) {
    if (!before) continue;
    const engine = createEngine({
      account,
      instruments: instruments.map(({ instrument }) => createInstrument(instrument)),
      strategies: [name],
      limits,
      rebalance,
    });
    restoreEngine(engine, before);
    const effects = createEffects();
    step(engine, { kind: "decided", time: view.now, strategy: 0, signals }, effects);
    const actual = effects.commands.flatMap(({ kind, order }) =>
      kind === "submit" ? [encodeValue(goldenOrder(order))] : [],
    );
    const expected = made.filter(({ sentAt }) => sentAt === view.now).map((order) => encodeValue(order));
    // The venue's refusal, in the same moment, may have led to more.
    const length = Math.max(1, actual.length);
    for (let k = 0; k < length; k++) {
      if (actual[k] === expected[k]) continue;
      const difference = {
        decision,
        time: view.now,
        expected: expected[k] ?? "none",
        actual: actual[k] ?? "none",
      };
      return { orders, difference };
    }
    orders += actual.length;
  }
  return { orders };
}
