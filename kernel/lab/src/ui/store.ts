/** A value with listeners: what a view draws. */
export class Store<T> {
  private current: T;
  private readonly listeners = new Set<() => void>();

  constructor(initial: T) {
    this.current = initial;
  }

  // Arrow functions: React takes them as they are.
  get = (): T => this.current;

  set = (next: T): void => {
    if (Object.is(next, this.current)) return;
    this.current = next;
    for (const listener of [...this.listeners]) listener();
  };

  update = (change: (value: T) => T): void => this.set(change(this.current));

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };
}
