import type { Lots, Order, OrderReport } from "#model";

/** How long the fills that the exchange has counted may be missing. */
const GRACE_MS = 2000;
/** How long the end of an order may be missing that was to end at once. */
const PATIENCE_MS = 30_000;

type Fill = Extract<OrderReport, { kind: "order-filled" }>;

/** What was told of an order. */
interface Told {
  lots: Lots;
  readonly trades: Set<string>;
}

interface Waiting {
  /** Missing while fills are counted of an order that goes on, or that they fill whole. */
  readonly end: OrderReport | undefined;
  readonly filled: Lots;
  readonly timer: NodeJS.Timeout;
}

/** An order that is to end soon. */
interface Due {
  readonly lots: Lots;
  readonly timer: NodeJS.Timeout;
}

/**
 * Fills and ends come on two paths: an end waits here until the fills that it counts have been told. If they do not
 * come, or if an end does not, they were lost, and must be asked for.
 */
export class OrderEnds {
  readonly #told = new Map<string, Told>();
  readonly #waiting = new Map<string, Waiting>();
  readonly #due = new Map<string, Due>();
  readonly #tell: (report: OrderReport) => void;
  readonly #onMissing: (id: string) => void;

  constructor(tell: (report: OrderReport) => void, onMissing: (id: string) => void) {
    this.#tell = tell;
    this.#onMissing = onMissing;
  }

  /** What is known already of orders that go on. Ends that wait go on waiting: they are true. */
  reset(orders: Iterable<Order>): void {
    this.#told.clear();
    for (const id of [...this.#due.keys()]) this.forgetDue(id);
    for (const order of orders) {
      const { id, type, state, filledLots, trades } = order;
      this.#told.set(id, { lots: filledLots, trades: new Set(trades) });
      if (type === "market" || state === "canceling") this.endsSoon(order);
    }
    for (const [id, { end, filled, timer }] of [...this.#waiting]) {
      clearTimeout(timer);
      this.#waiting.delete(id);
      if (end && this.#told.has(id)) this.#wait(id, end, filled);
    }
  }

  fill(report: Fill): void {
    this.#tell(report);
    this.know(report.id, [report]);
  }

  /** Fills that were told on another way. */
  know(id: string, fills: readonly Fill[]): void {
    const end = this.settle(id, fills);
    if (end) this.#tell(end);
  }

  /** The same, for who tells these fills only later. @returns the end that waited for them, to be told after them. */
  settle(id: string, fills: readonly Fill[]): OrderReport | undefined {
    const told = this.#toldOf(id);
    for (const { trade, lots } of fills) {
      if (told.trades.has(trade)) continue;
      told.trades.add(trade);
      told.lots += lots;
    }
    if (told.lots >= (this.#due.get(id)?.lots ?? Number.POSITIVE_INFINITY)) this.forgetDue(id);
    const waiting = this.#waiting.get(id);
    if (!waiting || told.lots < waiting.filled) return undefined;
    if (waiting.end) this.#forget(id);
    else this.#forgetWaiting(id);
    return waiting.end;
  }

  /** @param filled lots that the venue says were filled in all. */
  end(report: OrderReport, filled: Lots): void {
    const { id } = report;
    if (this.#toldOf(id).lots < filled) {
      this.#wait(id, report, filled);
      return;
    }
    this.#forget(id);
    this.#tell(report);
  }

  /** @param filled lots of an order that the venue says were filled so far. */
  count(id: string, filled: Lots): void {
    const waiting = this.#waiting.get(id);
    if (!waiting?.end && this.#toldOf(id).lots < filled) this.#wait(id, undefined, filled);
  }

  /** An order that is to end without more being asked: one at market, or one that is being cancelled. */
  endsSoon({ id, lots }: Order): void {
    if (this.#due.has(id) || this.#toldOf(id).lots >= lots) return;
    this.#due.set(id, { lots, timer: setTimeout(() => this.#onMissing(id), PATIENCE_MS) });
  }

  /** It was not taken after all. */
  forgetDue(id: string): void {
    clearTimeout(this.#due.get(id)?.timer);
    this.#due.delete(id);
  }

  close(): void {
    for (const { timer } of [...this.#waiting.values(), ...this.#due.values()]) clearTimeout(timer);
    this.#waiting.clear();
    this.#due.clear();
  }

  #toldOf(id: string): Told {
    const told = this.#told.get(id) ?? { lots: 0, trades: new Set() };
    this.#told.set(id, told);
    return told;
  }

  #wait(id: string, end: OrderReport | undefined, filled: Lots): void {
    this.#forgetWaiting(id);
    const timer = setTimeout(() => this.#onMissing(id), GRACE_MS);
    this.#waiting.set(id, { end, filled, timer });
  }

  #forget(id: string): void {
    this.#told.delete(id);
    this.#forgetWaiting(id);
    this.forgetDue(id);
  }

  #forgetWaiting(id: string): void {
    clearTimeout(this.#waiting.get(id)?.timer);
    this.#waiting.delete(id);
  }
}
