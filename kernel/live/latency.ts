/** How long it takes from a market event to an order handed to the exchange's client, in milliseconds. */
export class LatencyMeter {
  /** The newest so many. */
  readonly #samples: number[] = [];
  #count = 0;
  #beganAt = Number.NaN;

  /** An event came in at this time of the monotonic clock. */
  began(at: number): void {
    this.#beganAt = at;
  }

  /** An order goes out now. */
  sent(): void {
    if (Number.isNaN(this.#beganAt)) return;
    this.#samples[this.#count++ % 1000] = performance.now() - this.#beganAt;
  }

  /** NaN before the first order. */
  percentile(share: number): number {
    const sorted = this.#samples.toSorted((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  }
}
