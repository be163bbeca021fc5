import { averagePrice, type Engine, equity } from "#engine";
import { priceFromTicks, quantityFromLots } from "#model";
import { type AccountView, definedFields, type OrderView } from "#strategy";
import type { GoldenView } from "./golden/golden.ts";

/** What a strategy sees of the engine's account: always as it is now. */
export function accountView(engine: Engine): AccountView {
  return {
    now: () => engine.now,
    equity: () => equity(engine),
    lots: engine.lots,
    averagePrice: (i) => averagePrice(engine, i),
    mark: (i) => priceFromTicks(engine.instruments[i]!, engine.markTicks[i]!),
    orders: (i) => workingOrders(engine, i),
  };
}

function workingOrders(engine: Engine, instrument: number): OrderView[] {
  const found: OrderView[] = [];
  for (const order of engine.orders.values()) {
    if (order.instrument !== instrument || order.purpose !== "single") continue;
    const steps = engine.instruments[instrument]!;
    found.push({
      id: order.id,
      side: order.side > 0 ? "buy" : "sell",
      type: order.type,
      price: order.ticks === undefined ? undefined : priceFromTicks(steps, order.ticks),
      quantity: quantityFromLots(steps, order.lots),
      filled: quantityFromLots(steps, order.filledLots),
    });
  }
  return found;
}

/** The same as plain data, as it is at this moment. */
export function viewOf(account: AccountView): GoldenView {
  const lots = [...account.lots];
  return {
    now: account.now(),
    equity: account.equity(),
    lots,
    averagePrice: lots.map((_, i) => account.averagePrice(i)),
    mark: lots.map((_, i) => account.mark(i)),
    orders: lots.map((_, i) => account.orders(i).map(definedFields)),
  };
}
