/** The latest rows of a stream, one after another, oldest first. */
export class RecentRows {
  private readonly width: number;
  private readonly kept: number;
  private readonly values: Float64Array;
  private count = 0;

  /** @param width values of a row. @param kept the most rows that {@link latest} gives, at least 1. */
  constructor(width: number, kept: number) {
    this.width = width;
    this.kept = kept;
    // Twice what is kept, so that only every so many rows they are moved to the front.
    this.values = new Float64Array(2 * kept * width);
  }

  /** Rows there are, up to `kept`. */
  get length(): number {
    return Math.min(this.kept, this.count);
  }

  /** @param rows any number of them, one after another. */
  push(rows: Float64Array): void {
    const { width, kept, values } = this;
    if (width === 0) return;
    const added = rows.subarray(-kept * width);
    const count = added.length / width;
    if (this.count + count > 2 * kept) {
      const stay = kept - count;
      values.copyWithin(0, (this.count - stay) * width, this.count * width);
      this.count = stay;
    }
    values.set(added, this.count * width);
    this.count += count;
  }

  /** The last `n` rows, which the next push overwrites; undefined if there are not so many. */
  latest(n: number): Float64Array | undefined {
    const { width, count } = this;
    return n > this.length ? undefined : this.values.subarray((count - n) * width, count * width);
  }

  /** Copies column j of all rows into `to` from `at` on. */
  copyColumn(j: number, to: Float64Array, at: number): void {
    const { width, count, length } = this;
    for (let i = 0; i < length; i++) to[at + i] = this.values[(count - length + i) * width + j]!;
  }
}
