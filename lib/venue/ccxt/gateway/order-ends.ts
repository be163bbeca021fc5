import type { Lots, Order, OrderReport } from "#model";

/** How long the fills that an order's end speaks of may be missing. */
const GRACE_MS = 2000;

/**
 * Fills and ends come on two paths: an end waits here until the fills that it counts have been told. If they do not
 * come, they were lost.
 */
export class OrderEnds {
  readonly #told = new Map<string, Lots>();
  readonly #waiting = new Map<
    string,
    { readonly end: OrderReport; readonly filled: Lots; readonly timer: NodeJS.Timeout }
  >();
  readonly #tell: (report: OrderReport) => void;
  readonly #onMissing: (id: string) => void;

  constructor(tell: (report: OrderReport) => void, onMissing: (id: string) => void) {
    this.#tell = tell;
    this.#onMissing = onMissing;
  }

  /** What is known already of orders that go on. */
  reset(orders: Iterable<Order>): void {
    for (const { timer } of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
    this.#told.clear();
    for (const { id, filledLots } of orders) this.#told.set(id, filledLots);
  }

  fill(report: Extract<OrderReport, { kind: "order-filled" }>): void {
    this.#told.set(report.id, (this.#told.get(report.id) ?? 0) + report.lots);
    this.#tell(report);
    const waiting = this.#waiting.get(report.id);
    if (waiting && this.#told.get(report.id)! >= waiting.filled) this.#release(report.id, waiting.end);
  }

  /** @param filled lots that the venue says were filled in all. */
  end(report: OrderReport, filled: Lots): void {
    const { id } = report;
    if ((this.#told.get(id) ?? 0) >= filled) {
      this.#release(id, report);
      return;
    }
    const timer = setTimeout(() => this.#onMissing(id), GRACE_MS);
    this.#waiting.set(id, { end: report, filled, timer });
  }

  #release(id: string, end: OrderReport): void {
    clearTimeout(this.#waiting.get(id)?.timer);
    this.#waiting.delete(id);
    this.#told.delete(id);
    this.#tell(end);
  }
}
