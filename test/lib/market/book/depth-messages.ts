import { createRng } from "#core";
import type { SequenceRule } from "#market";
import { TABLE_KINDS, type TableColumns } from "#model";

export interface DepthMessage {
  readonly time: number;
  readonly firstId: number;
  readonly lastId: number;
  readonly previousId: number;
  readonly isSnapshot: boolean;
  readonly levels: readonly (readonly [side: 1 | -1, price: number, quantity: number])[];
}

export interface Market {
  /** In order of arrival: the snapshot comes late, as from a REST call. */
  readonly messages: DepthMessage[];
  /** Best prices after each update that changed them. */
  readonly quotes: readonly {
    id: number;
    bid: number;
    bidQuantity: number;
    ask: number;
    askQuantity: number;
  }[];
}

/**
 * A market whose every update is numbered; depth messages collect several, quotes tell each change of the best prices.
 * Prices have the tick 0.01, quantities the lot 0.001.
 */
export function randomMarket(seed: number, rule: SequenceRule, count = 30): Market {
  const rng = createRng(seed);
  const book = { 1: new Map<number, number>(), [-1]: new Map<number, number>() };
  const middle = 50_000;
  let id = 1000;
  const best = (side: 1 | -1) => (side === 1 ? Math.max : Math.min)(...book[side].keys());
  for (let k = 1; k <= 20; k++) {
    book[1].set(middle - k, k);
    book[-1].set(middle + k, k);
  }
  const quotes: Market["quotes"][number][] = [];
  const update = (changed: Set<string>): void => {
    id += 1 + rng.nextInt(3);
    const side = rng.next() < 0.5 ? 1 : -1;
    const ticks = middle - side * (1 + rng.nextInt(30));
    const lots = rng.next() < 0.3 && book[side].size > 1 ? 0 : 1 + rng.nextInt(9999);
    if (lots > 0) book[side].set(ticks, lots);
    else book[side].delete(ticks);
    changed.add(`${side} ${ticks}`);
    const [bid, ask] = [best(1), best(-1)];
    quotes.push({
      id,
      bid: bid / 100,
      bidQuantity: book[1].get(bid)! / 1000,
      ask: ask / 100,
      askQuantity: book[-1].get(ask)! / 1000,
    });
  };
  const all = () => {
    return ([1, -1] as const).flatMap((side) =>
      [...book[side]].map(([ticks, lots]) => [side, ticks / 100, lots / 1000] as const),
    );
  };
  const messages: DepthMessage[] = [];
  let previousId = id;
  let snapshot: DepthMessage | undefined;
  let number = 0;
  for (let k = 0; k < count; k++) {
    const firstId = previousId + 1;
    const changed = new Set<string>();
    const updates = rng.nextInt(4) + (rule === "none" ? 1 : 0);
    for (let u = 0; u < updates; u++) {
      update(changed);
      // The snapshot stands in the middle of a message, and arrives four messages later.
      if (k === 3 && u === 0) {
        const ids = { firstId: id, lastId: id, previousId: Number.NaN };
        snapshot = { time: Number.NaN, ...ids, isSnapshot: true, levels: all() };
      }
    }
    if (k === 3 && !snapshot) {
      snapshot = {
        time: 0,
        firstId: id,
        lastId: id,
        previousId: Number.NaN,
        isSnapshot: true,
        levels: all(),
      };
    }
    if (updates === 0) id++;
    const levels = [...changed].map((key) => {
      const [side, ticks] = key.split(" ").map(Number) as [1 | -1, number];
      return [side, ticks / 100, (book[side].get(ticks) ?? 0) / 1000] as const;
    });
    const time = 1e12 + k * 100;
    const ids = { firstId, lastId: id, previousId: rule === "binance-futures" ? previousId : Number.NaN };
    messages.push({ time, ...idsOf(rule, ids, ++number), isSnapshot: false, levels });
    previousId = id;
    if (k !== 7) continue;
    if (rule === "binance-spot" || rule === "binance-futures") messages.push({ ...snapshot!, time });
    else {
      const now = idsOf(rule, ids, number);
      messages.splice(0, messages.length, { time, ...now, isSnapshot: true, levels: all() });
    }
  }
  return { messages, quotes };
}

function idsOf(
  rule: SequenceRule,
  ids: { firstId: number; lastId: number; previousId: number },
  number: number,
) {
  const none = Number.NaN;
  if (rule === "bybit") return { firstId: number, lastId: number, previousId: none };
  return rule === "none" ? { firstId: none, lastId: none, previousId: none } : ids;
}

/** Messages as a depth table. */
export function depthTable(messages: readonly DepthMessage[]): TableColumns<"depth"> {
  const rows = messages.flatMap(({ time, firstId, lastId, previousId, isSnapshot, levels }) =>
    (levels.length > 0 ? levels : [[Number.NaN, Number.NaN, Number.NaN]]).map((level) => [
      time,
      Number.NaN,
      firstId,
      lastId,
      previousId,
      Number(isSnapshot),
      ...level,
    ]),
  );
  const names = TABLE_KINDS.depth;
  const columns = names.map((name, c) => [name, Float64Array.from(rows, (row) => row[c]!)]);
  return Object.fromEntries(columns) as TableColumns<"depth">;
}
