import { fail } from "#core";

/** What a full queue may let go: market data, of which the newest counts. A trade that is missing is asked for again. */
export interface InputQueueOptions<T> {
  readonly capacity: number;
  mayDrop(item: T): boolean;
}

/**
 * Inputs in the order in which they came, for one reader. When it is full the oldest market data goes; if there is
 * none, trading must stop, because orders and fills are never dropped.
 */
export class InputQueue<T> {
  readonly #options: InputQueueOptions<T>;
  readonly #items: T[] = [];
  #wake: (() => void) | undefined;
  dropped = 0;

  constructor(options: InputQueueOptions<T>) {
    this.#options = options;
  }

  get length(): number {
    return this.#items.length;
  }

  /** Errors: `live.queue-full`. */
  push(item: T): void {
    if (this.#items.length >= this.#options.capacity) this.#makeRoom();
    this.#items.push(item);
    this.#wake?.();
  }

  async next(): Promise<T> {
    while (this.#items.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#wake = undefined;
    return this.#items.shift()!;
  }

  /** Takes out all that waits and is of this kind, oldest first. */
  takeAll<S extends T>(isWanted: (item: T) => item is S): S[] {
    const wanted = this.#items.filter(isWanted);
    const others = this.#items.filter((item) => !isWanted(item));
    this.#items.splice(0, this.#items.length, ...others);
    return wanted;
  }

  #makeRoom(): void {
    const oldest = this.#items.findIndex((item) => this.#options.mayDrop(item));
    if (oldest < 0) {
      fail("live.queue-full", {
        message: `${this.#items.length} orders and fills wait to be taken in, and there is room for no more`,
        hint: "The daemon cannot keep up. Look at the machine's load and the strategy's time for a decision.",
        fields: { waiting: this.#items.length },
      });
    }
    this.#items.splice(oldest, 1);
    this.dropped++;
  }
}
