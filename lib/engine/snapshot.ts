import { fail } from "#core";
import type { Order } from "#model";
import type { Engine } from "./state.ts";

/** All that changes in an engine, as plain data of the canonical text. */
export type EngineSnapshot = Readonly<Record<string, unknown>>;

/** What the configuration says: a snapshot leaves it out. */
const FIXED: readonly (keyof Engine)[] = [
  "account",
  "instruments",
  "strategies",
  "limits",
  "orderNames",
  "rebalance",
];

/** A copy of the engine's state: later steps do not change it. */
export function snapshotEngine(engine: Engine): EngineSnapshot {
  const state = Object.entries(engine).filter(([name]) => !FIXED.includes(name as keyof Engine));
  return Object.fromEntries(
    state.map(([name, value]) => [
      name,
      name === "orders" ? [...engine.orders.values()].map(withoutUndefined) : structuredClone(value),
    ]),
  );
}

/**
 * Puts a fresh engine of the same configuration into the state of a snapshot.
 * Errors: `engine.bad-snapshot` for one of another shape.
 */
export function restoreEngine(engine: Engine, snapshot: EngineSnapshot): void {
  const fresh = snapshotEngine(engine);
  for (const name of new Set([...Object.keys(fresh), ...Object.keys(snapshot)])) {
    if (!isSameShape(fresh[name], snapshot[name])) {
      fail("engine.bad-snapshot", {
        message: `the snapshot does not fit this engine: field "${name}"`,
        hint: "It is of other instruments, strategies or limits, or of another version. Replay the journal from its start.",
        fields: { name },
      });
    }
  }
  const { orders, ...state } = structuredClone(snapshot);
  // The engine's arrays stay the same objects: views of the account hold them.
  for (const [name, value] of Object.entries(state)) {
    const own = (engine as unknown as Record<string, unknown>)[name];
    if (own instanceof Float64Array || own instanceof Uint8Array) own.set(value as ArrayLike<number>);
    else if (Array.isArray(own)) own.splice(0, own.length, ...(value as unknown[]));
    else (engine as unknown as Record<string, unknown>)[name] = value;
  }
  engine.orders.clear();
  for (const order of orders as Order[]) engine.orders.set(order.id, { ...order, ticks: order.ticks });
}

/** The canonical text has no word for the price of a market order. */
function withoutUndefined({ ticks, ...order }: Order): object {
  return { ...order, trades: [...order.trades], ...(ticks === undefined ? {} : { ticks }) };
}

/** Lists of orders differ in length; everything else is as long as the configuration says. */
function isSameShape(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b))
    return a.every((value) => typeof value === "object") || a.length === b.length;
  if (ArrayBuffer.isView(a) && ArrayBuffer.isView(b)) return a.byteLength === b.byteLength;
  return typeof a === typeof b;
}
