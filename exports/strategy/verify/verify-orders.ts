import { type Golden, ordersMade } from "#backtest";
import { encodeValue } from "#core";
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
export function verifyOrders({ facts, instruments: specs, decisions }: Golden): {
  readonly orders: number;
  readonly difference?: OrderDifference;
} {
  const instruments = specs.map(({ instrument }) => createInstrument(instrument));
  let orders = 0;
  for (const { number: decision, view, signals, sized } of decisions) {
    if (!sized) continue;
    const actual = ordersMade(facts, instruments, sized.before, view.now, signals);
    for (let k = 0; k < Math.max(actual.length, sized.orders.length); k++) {
      const [expected, found] = [sized.orders[k], actual[k]].map((order) =>
        order ? encodeValue(order) : "none",
      );
      if (expected === found) orders++;
      else return { orders, difference: { decision, time: view.now, expected: expected!, actual: found! } };
    }
  }
  return { orders };
}
