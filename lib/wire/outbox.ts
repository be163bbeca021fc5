/** Texts that wait to be sent, oldest first. When it is full, the newest text of each topic is kept longest. */
export class Outbox {
  private readonly capacity: number;
  private readonly waiting: { readonly topic: string; readonly text: string }[] = [];
  private lost = 0;

  /** @param capacity texts, at least 1. */
  constructor(capacity: number) {
    this.capacity = capacity;
  }

  /** How many texts gave way to newer ones. */
  get dropped(): number {
    return this.lost;
  }

  add(topic: string, text: string): void {
    this.waiting.push({ topic, text });
    if (this.waiting.length <= this.capacity) return;
    this.waiting.splice(this.firstToGo(), 1);
    this.lost++;
  }

  take(): { readonly topic: string; readonly text: string } | undefined {
    return this.waiting.shift();
  }

  /** The oldest with a newer one of its topic behind it; if every topic is there once, the oldest. */
  private firstToGo(): number {
    const newest = new Map(this.waiting.map(({ topic }, i) => [topic, i]));
    return Math.max(
      0,
      this.waiting.findIndex(({ topic }, i) => newest.get(topic) !== i),
    );
  }
}
