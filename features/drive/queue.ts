/** First in, first out, at a constant price: Array.shift moves everything that is left. */
export class Queue<T> {
  private items: T[];
  private head = 0;

  constructor(items: readonly T[] = []) {
    this.items = [...items];
  }

  get length(): number {
    return this.items.length - this.head;
  }

  /** The i-th that waits, 0 the first. */
  at(i: number): T | undefined {
    return this.items[this.head + i];
  }

  last(): T | undefined {
    return this.length === 0 ? undefined : this.items.at(-1);
  }

  push(item: T): void {
    this.items.push(item);
  }

  /** Takes the first. */
  shift(): T | undefined {
    if (this.length === 0) return undefined;
    const item = this.items[this.head++];
    if (this.head > 64 && this.head * 2 > this.items.length) {
      this.items = this.items.slice(this.head);
      this.head = 0;
    }
    return item;
  }

  toArray(): T[] {
    return this.items.slice(this.head);
  }
}
