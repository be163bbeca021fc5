import { fail } from "#core";
import type { Instrument, Order, OrderReport } from "#model";
import { exactLots, fillFromTrade, type Raw } from "./binance-reports.ts";
import { type Binance, pause, RECEIVE_WINDOW_MS, RETRY_MS, type Requests } from "./requests.ts";

/** Fills in one answer, at most. */
const PAGE = 1000;
const FILLS_ATTEMPTS = 5;
/** An order that is not found so long after it was sent will not arrive any more: clocks may be a second apart. */
const ARRIVAL_MS = RECEIVE_WINDOW_MS + 2000;
/** How much older than an order's decision the exchange's record of it may be: an older one is another order's. */
const SAME_ORDER_MS = 60_000;

type Fill = Extract<OrderReport, { kind: "order-filled" }>;

/** What the exchange recorded of an order, and all the fills that it counts. */
export interface OrderRecord {
  readonly raw: Raw;
  readonly fills: readonly Fill[];
}

/** Asks for what became of orders. */
export class OrderHistory {
  readonly #exchange: Binance;
  readonly #requests: Requests;
  readonly #openedAt = performance.now();
  /** When each order was sent, by the monotonic clock; those of an earlier life are older than `#openedAt`. */
  readonly #sentAt = new Map<string, number>();

  constructor(exchange: Binance, requests: Requests) {
    this.#exchange = exchange;
    this.#requests = requests;
  }

  /** An order goes out now. */
  sent(id: string): void {
    this.#sentAt.set(id, performance.now());
  }

  /** Forgets all but these orders. */
  keep(ids: ReadonlySet<string>): void {
    for (const id of [...this.#sentAt.keys()]) if (!ids.has(id)) this.#sentAt.delete(id);
  }

  /**
   * The exchange's tables may be behind one another: fills that it counts and does not tell yet are waited for.
   * @returns undefined once the order can't arrive any more. Errors: `venue.unreachable`, `venue.refused`.
   */
  async find(instrument: Instrument, order: Order): Promise<OrderRecord | undefined> {
    for (let attempt = 1; ; attempt++) {
      const raw = await this.#rowOf(instrument, order);
      if (!raw) return undefined;
      const filled = exactLots(instrument, raw.executedQty);
      const fills = filled === 0 ? [] : await this.#fillsOf(instrument, order, raw.orderId);
      const told = fills.reduce((sum, { lots }) => sum + lots, 0);
      if (told >= filled) return { raw, fills };
      if (attempt === FILLS_ATTEMPTS) {
        fail("venue.unreachable", {
          message: `binance counts ${filled} lots filled of order ${order.id}, and tells fills of ${told}`,
          fields: { exchange: "binance", order: order.id, filled, told },
        });
      }
      await pause(RETRY_MS * attempt);
    }
  }

  async #rowOf(instrument: Instrument, order: Order): Promise<Raw | undefined> {
    const sentAt = this.#sentAt.get(order.id) ?? this.#openedAt;
    for (;;) {
      const isLast = performance.now() - sentAt > ARRIVAL_MS;
      const found = await this.#requests.ask(`order ${order.id}`, async () => {
        try {
          return await this.#exchange.fetchOrder("", instrument.symbol, { clientOrderId: order.id });
        } catch (error) {
          if (error instanceof this.#requests.errors.OrderNotFound) return undefined;
          throw error;
        }
      });
      const raw = found?.info as unknown as Raw | undefined;
      // An account's new folder counts decisions from one again: the id may have been an earlier order's.
      if (raw && !(Number(raw.time) < order.sentAt - SAME_ORDER_MS)) return raw;
      if (isLast) return undefined;
      await pause(RETRY_MS);
    }
  }

  async #fillsOf(instrument: Instrument, { id }: Order, orderId: unknown): Promise<readonly Fill[]> {
    const page = (from: object) =>
      this.#requests.ask(`the fills of order ${id}`, () =>
        this.#exchange.fetchMyTrades(instrument.symbol, undefined, PAGE, { orderId, ...from }),
      );
    let rows = await page({});
    if (rows.length >= PAGE) {
      rows = [];
      for (let fromId = 0; rows.length % PAGE === 0; ) {
        const next = await page({ fromId });
        if (next.length === 0) break;
        rows.push(...next);
        fromId = Number((next.at(-1)!.info as Raw).id) + 1;
      }
    }
    return rows.map(({ info }) => fillFromTrade(instrument, id, info as Raw));
  }
}
