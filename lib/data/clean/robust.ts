/**
 * Medians over a window that moves.
 *
 * x n values, window of 2k + 1 around each place, cut at the ends of the column; NaN is passed over.
 * MAD = median(|x - median(x)|); 1.4826 * MAD estimates the standard deviation of normal values, since the normal
 * distribution's upper quartile is 1 / 1.4826 (Hampel 1974, "The influence curve and its role in robust estimation").
 */

/** Scales a MAD to a standard deviation. */
export const MAD_SCALE = 1.4826;

/** A sorted window that values enter and leave. */
class SortedWindow {
  readonly #values: Float64Array;
  #length = 0;

  constructor(capacity: number) {
    this.#values = new Float64Array(capacity);
  }

  add(value: number): void {
    if (Number.isNaN(value)) return;
    const at = this.#find(value);
    this.#values.copyWithin(at + 1, at, this.#length++);
    this.#values[at] = value;
  }

  remove(value: number): void {
    if (Number.isNaN(value)) return;
    const at = this.#find(value);
    this.#values.copyWithin(at, at + 1, this.#length--);
  }

  /** NaN if the window is empty. */
  median(): number {
    const n = this.#length;
    if (n === 0) return Number.NaN;
    return (this.#values[(n - 1) >> 1]! + this.#values[n >> 1]!) / 2;
  }

  /** Median distance from the median, in one walk from the middle outwards. */
  mad(): number {
    const n = this.#length;
    const middle = this.median();
    const values = this.#values;
    let right = n >> 1;
    let left = right - 1;
    let [last, before] = [0, 0];
    for (let taken = 0; taken <= n >> 1; taken++) {
      const down = left >= 0 ? middle - values[left]! : Number.POSITIVE_INFINITY;
      const up = right < n ? values[right]! - middle : Number.POSITIVE_INFINITY;
      before = last;
      last = Math.min(down, up);
      if (down <= up) left--;
      else right++;
    }
    return n % 2 === 1 ? last : (last + before) / 2;
  }

  /** First place whose value is not below. */
  #find(value: number): number {
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#values[middle]! < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Median and MAD of the window around each place. @param half k, at least 1. */
export function rollingMedians(
  values: Float64Array,
  half: number,
): { readonly median: Float64Array; readonly mad: Float64Array } {
  const n = values.length;
  const median = new Float64Array(n);
  const mad = new Float64Array(n);
  const window = new SortedWindow(2 * half + 2);
  for (let i = 0; i < Math.min(half, n); i++) window.add(values[i]!);
  for (let i = 0; i < n; i++) {
    if (i + half < n) window.add(values[i + half]!);
    if (i - half - 1 >= 0) window.remove(values[i - half - 1]!);
    median[i] = window.median();
    mad[i] = window.mad();
  }
  return { median, mad };
}
