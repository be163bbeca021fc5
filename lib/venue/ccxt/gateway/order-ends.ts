import type { Lots, Order, OrderReport } from "#model";

/** How long the fills that an order's end speaks of may be missing. */
const GRACE_MS = 2000;

type Fill = Extract<OrderReport, { kind: "order-filled" }>;

/** What was told of an order. */
interface Told {
  lots: Lots;
  readonly trades: Set<string>;
}

interface Waiting {
  readonly end: OrderReport;
  readonly filled: Lots;
  readonly timer: NodeJS.Timeout;
}

/**
 * Fills and ends come on two paths: an end waits here until the fills that it counts have been told. If they do not
 * come, they were lost, and must be asked for.
 */
export class OrderEnds {
  readonly #told = new Map<string, Told>();
  readonly #waiting = new Map<string, Waiting>();
  readonly #tell: (report: OrderReport) => void;
  readonly #onMissing: (id: string) => void;

  constructor(tell: (report: OrderReport) => void, onMissing: (id: string) => void) {
    this.#tell = tell;
    this.#onMissing = onMissing;
  }

  /** What is known already of orders that go on. Ends that wait go on waiting: they are true. */
  reset(orders: Iterable<Order>): void {
    this.#told.clear();
    for (const { id, filledLots, trades } of orders)
      this.#told.set(id, { lots: filledLots, trades: new Set(trades) });
  }

  fill(report: Fill): void {
    this.#tell(report);
    this.know(report.id, [report]);
  }

  /** Fills that were told on another way. */
  know(id: string, fills: readonly Fill[]): void {
    const told = this.#toldOf(id);
    for (const { trade, lots } of fills) {
      if (told.trades.has(trade)) continue;
      told.trades.add(trade);
      told.lots += lots;
    }
    const waiting = this.#waiting.get(id);
    if (waiting && told.lots >= waiting.filled) this.#release(id, waiting.end);
  }

  /** @param filled lots that the venue says were filled in all. */
  end(report: OrderReport, filled: Lots): void {
    const { id } = report;
    if (this.#toldOf(id).lots >= filled) {
      this.#release(id, report);
      return;
    }
    clearTimeout(this.#waiting.get(id)?.timer);
    const timer = setTimeout(() => this.#onMissing(id), GRACE_MS);
    this.#waiting.set(id, { end: report, filled, timer });
  }

  close(): void {
    for (const { timer } of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
  }

  #toldOf(id: string): Told {
    const told = this.#told.get(id) ?? { lots: 0, trades: new Set() };
    this.#told.set(id, told);
    return told;
  }

  #release(id: string, end: OrderReport): void {
    clearTimeout(this.#waiting.get(id)?.timer);
    this.#waiting.delete(id);
    this.#told.delete(id);
    this.#tell(end);
  }
}
