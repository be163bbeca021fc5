const LEVELS = "▁▂▃▄▅▆▇█";

/** A column in one line of text, each character the mean of its stretch of rows; NaN is passed over. */
export class Sparkline {
  private readonly sums: Float64Array;
  private readonly counts: Float64Array;
  private row = 0;
  private readonly rows: number;

  constructor(rows: number, width: number) {
    this.rows = rows;
    const size = Math.max(1, Math.min(width, rows));
    this.sums = new Float64Array(size);
    this.counts = new Float64Array(size);
  }

  add(column: Float64Array): void {
    const width = this.sums.length;
    for (const value of column) {
      const at = Math.min(width - 1, Math.floor((this.row++ * width) / this.rows));
      if (!Number.isFinite(value)) continue;
      this.sums[at]! += value;
      this.counts[at]!++;
    }
  }

  /** Means by stretch; NaN where there is no number. */
  means(): Float64Array {
    return this.sums.map((sum, i) => sum / this.counts[i]!);
  }

  text(): string {
    const means = this.means();
    const known = [...means].filter(Number.isFinite);
    const [low, high] = [Math.min(...known), Math.max(...known)];
    const level = (value: number) => Math.min(7, Math.floor((8 * (value - low)) / (high - low || 1)));
    return Array.from(means, (value) => (Number.isFinite(value) ? LEVELS[level(value)] : " ")).join("");
  }
}
