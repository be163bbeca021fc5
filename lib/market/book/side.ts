/**
 * One side of an order book: quantities by price, best price known at once.
 *
 *   key    the price in ticks, negated for asks, so that a higher key is always the better price
 *   window W keys from `base` on, one slot each, a bitmap of the used slots and a bitmap of its used words
 *   far    the levels below the window, by key; none stands above it
 *
 * The best level always lies in the window: a better one moves the window, and so does the best when it sinks into the
 * window's lowest quarter while levels lie below. So no level is ever out of reach, and setting one costs the same whether the
 * book is deep or thin.
 */
const NOWHERE = -1;

export class BookSide {
  /** Levels with a quantity. */
  count = 0;
  private readonly window: number;
  private readonly lots: Float64Array;
  private readonly words: Int32Array;
  private readonly summary: Int32Array;
  private readonly far = new Map<number, number>();
  private farKeys: Float64Array | undefined;
  private base = 0;
  private bestAt = NOWHERE;

  /** @param window slots: a power of two, at least 1024. */
  constructor(window: number) {
    this.window = window;
    this.lots = new Float64Array(window);
    this.words = new Int32Array(window >>> 5);
    this.summary = new Int32Array(window >>> 10);
  }

  /** Key of the best level; -Infinity if there is none. */
  get bestKey(): number {
    return this.bestAt < 0 ? Number.NEGATIVE_INFINITY : this.base + this.bestAt;
  }

  /** Quantity at the best level; 0 if there is none. */
  get bestLots(): number {
    return this.bestAt < 0 ? 0 : this.lots[this.bestAt]!;
  }

  at(key: number): number {
    const slot = key - this.base;
    return slot >= 0 && slot < this.window ? this.lots[slot]! : (this.far.get(key) ?? 0);
  }

  /** Sets the quantity at a level; 0 removes it. Precondition: a safe integer and a number from 0 on. */
  set(key: number, lots: number): void {
    let slot = key - this.base;
    if (slot >= this.window || this.bestAt < 0) {
      if (lots === 0) return;
      this.moveTo(key);
      slot = key - this.base;
    }
    if (slot < 0) this.setFar(key, lots);
    else if (lots > 0) this.put(slot, lots);
    else if (this.lots[slot] !== 0) this.remove(slot);
  }

  clear(): void {
    if (this.count > 0) {
      this.lots.fill(0);
      this.words.fill(0);
      this.summary.fill(0);
      this.far.clear();
      this.farKeys = undefined;
    }
    this.count = 0;
    this.bestAt = NOWHERE;
  }

  /** Visits levels from the best on until the visitor says false. */
  walk(visit: (key: number, lots: number) => boolean): void {
    for (let slot = this.bestAt; slot >= 0; slot = this.below(slot)) {
      if (!visit(this.base + slot, this.lots[slot]!)) return;
    }
    if (this.far.size === 0) return;
    this.farKeys ??= Float64Array.from(this.far.keys()).sort();
    for (let i = this.farKeys.length - 1; i >= 0; i--) {
      const key = this.farKeys[i]!;
      if (!visit(key, this.far.get(key)!)) return;
    }
  }

  private put(slot: number, lots: number): void {
    if (this.lots[slot] === 0) {
      this.count++;
      const word = slot >>> 5;
      this.words[word]! |= 1 << (slot & 31);
      this.summary[word >>> 5]! |= 1 << (word & 31);
      if (slot > this.bestAt) this.bestAt = slot;
    }
    this.lots[slot] = lots;
  }

  private remove(slot: number): void {
    this.lots[slot] = 0;
    this.count--;
    const word = slot >>> 5;
    this.words[word]! &= ~(1 << (slot & 31));
    if (this.words[word] === 0) this.summary[word >>> 5]! &= ~(1 << (word & 31));
    if (slot !== this.bestAt) return;
    this.bestAt = this.below(slot);
    if (this.far.size > 0 && this.bestAt < this.window >>> 2) {
      this.moveTo(this.bestAt < 0 ? this.bestFarKey() : this.base + this.bestAt);
    }
  }

  /** The highest used slot below one; -1 if there is none. */
  private below(slot: number): number {
    let word = slot >>> 5;
    const bits = this.words[word]! & ((1 << (slot & 31)) - 1);
    if (bits !== 0) return (word << 5) + 31 - Math.clz32(bits);
    let group = word >>> 5;
    let used = this.summary[group]! & ((1 << (word & 31)) - 1);
    while (used === 0) {
      if (--group < 0) return NOWHERE;
      used = this.summary[group]!;
    }
    word = (group << 5) + 31 - Math.clz32(used);
    return (word << 5) + 31 - Math.clz32(this.words[word]!);
  }

  private setFar(key: number, lots: number): void {
    const before = this.far.size;
    if (lots > 0) this.far.set(key, lots);
    else this.far.delete(key);
    if (this.far.size === before) return;
    this.count += this.far.size - before;
    this.farKeys = undefined;
  }

  private bestFarKey(): number {
    let best = Number.NEGATIVE_INFINITY;
    for (const key of this.far.keys()) if (key > best) best = key;
    return best;
  }

  /** Moves the window so that `best`, the best level there is or will be, has a quarter of it above. */
  private moveTo(best: number): void {
    const levels = [...this.far];
    for (let slot = this.bestAt; slot >= 0; slot = this.below(slot)) {
      levels.push([this.base + slot, this.lots[slot]!]);
      this.lots[slot] = 0;
    }
    this.words.fill(0);
    this.summary.fill(0);
    this.far.clear();
    this.farKeys = undefined;
    this.count = 0;
    this.bestAt = NOWHERE;
    this.base = best - (this.window - (this.window >>> 2));
    for (const [key, lots] of levels) {
      if (key < this.base) this.setFar(key, lots);
      else this.put(key - this.base, lots);
    }
  }
}
