/** Who listens to a stream, and what it was told last. */
interface StreamState {
  listeners: number;
  /** Id of the last message sent; 0 for none. */
  sent: number;
}

/** What the protocol knows of its clients, and a pacer asks: the streams they hear and the requests they wait for. */
export class Audience {
  /** By instrument. */
  readonly trades: readonly StreamState[];
  readonly books: readonly StreamState[];
  /** By account: user streams. */
  readonly executions: readonly StreamState[];
  readonly balances: readonly StreamState[];
  /** Called after every change. */
  onChange: () => void = () => {};
  /** Called when a user stream has begun. */
  onUserStream: (account: number) => void = () => {};
  private requests = 0;

  constructor(instruments: number, accounts: number) {
    const states = (length: number) => Array.from({ length }, (): StreamState => ({ listeners: 0, sent: 0 }));
    this.trades = states(instruments);
    this.books = states(instruments);
    this.executions = states(accounts);
    this.balances = states(accounts);
  }

  /** True if every stream has a listener. */
  get isComplete(): boolean {
    return [this.trades, this.books, this.executions].every((streams) =>
      streams.every(({ listeners }) => listeners > 0),
    );
  }

  /** Requests that have not been answered. */
  get openRequests(): number {
    return this.requests;
  }

  join(stream: StreamState): void {
    stream.listeners++;
    this.onChange();
  }

  leave(stream: StreamState): void {
    stream.listeners--;
    this.onChange();
  }

  joinUser(account: number): void {
    this.onUserStream(account);
    this.join(this.executions[account]!);
  }

  leaveUser(account: number): void {
    this.leave(this.executions[account]!);
  }

  /** Counts a request as open until its answer is sent or given up. @param answer must not reject. */
  async during(answer: () => Promise<void>): Promise<void> {
    this.requests++;
    try {
      await answer();
    } finally {
      this.requests--;
      this.onChange();
    }
  }
}

export type { StreamState };
