import type { Millis } from "#core";
import type { StreamProgress } from "#model";
import { subscribe } from "#wire";
import type { Audience, StreamState } from "../audience.ts";
import { PACER_CLOSED, type Pacer, TIMER_MS_MAX } from "./pacer.ts";
import { readProgress } from "./progress.ts";
import { Signal } from "./signal.ts";

/** What a user stream need not name: it began after that was sent. */
interface UserStart {
  readonly syncs: number;
  readonly executions: number;
  readonly balances: number;
}

/**
 * Sends the next message only when the one daemon that listens has taken in all before it. Only ids and counts decide:
 * every stream is subscribed, every id sent is named in the daemon's newest progress, it waits for no answer, we work
 * on none, and it has come into step since its user stream began. User streams are taken for the daemon's: after
 * another client has begun one, the daemon must come into step again. A clock is looked at only with a speed: then
 * there is time between two messages for people to look, and what the session leads to is the same.
 */
export class LockstepPacer implements Pacer {
  private readonly symbols: readonly string[];
  private readonly audience: Audience;
  private readonly starts: UserStart[];
  private readonly changes = new Signal();
  private readonly commands = new Signal();
  private progress: StreamProgress | undefined;
  private closeBus: () => Promise<void> = async () => {};
  private readonly speed: number;
  /** When the last wait for a time ended, and that time. */
  private last: { readonly wall: Millis; readonly replay: Millis } | undefined;

  /**
   * @param symbols of the instruments, "BTC/USDT". @param endpoint where progress is published.
   * @param speed replay time over wall time at most; default: as fast as the daemon. Errors: `wire.*`.
   */
  static async open(
    symbols: readonly string[],
    audience: Audience,
    endpoint: string,
    speed?: number,
  ): Promise<LockstepPacer> {
    const pacer = new LockstepPacer(symbols, audience, speed);
    const subscription = await subscribe(endpoint, "progress", (message) => pacer.onProgress(message));
    pacer.closeBus = () => subscription.close();
    return pacer;
  }

  constructor(symbols: readonly string[], audience: Audience, speed = Number.POSITIVE_INFINITY) {
    this.symbols = symbols;
    this.speed = speed;
    this.audience = audience;
    this.starts = audience.executions.map(() => ({ syncs: 0, executions: 0, balances: 0 }));
    audience.onChange = () => this.changes.give();
    audience.onUserStream = (account) => this.onUserStream(account);
  }

  async ready(): Promise<void> {
    while (this.waitsFor !== undefined) await this.changes.wait();
    if (this.changes.isClosed) throw PACER_CLOSED;
  }

  /** Time moves with the daemon; while that is away it stands still, and nothing is caught up with. */
  async reach(time: Millis): Promise<boolean> {
    if (time === Number.POSITIVE_INFINITY) return !(await this.commands.wait());
    if (this.speed === Number.POSITIVE_INFINITY) return true;
    this.last ??= { wall: performance.now(), replay: time };
    const due = this.last.wall + (time - this.last.replay) / this.speed;
    for (;;) {
      const left = due - performance.now();
      if (left <= 0) break;
      if (await this.commands.wait(Math.min(Math.ceil(left), TIMER_MS_MAX))) return false;
    }
    this.last = { wall: performance.now(), replay: Math.max(time, this.last.replay) };
    return true;
  }

  wake(): void {
    this.commands.give();
  }

  async close(): Promise<void> {
    this.changes.close();
    this.commands.close();
    await this.closeBus();
  }

  /** Takes a progress message of the daemon; what is none is passed over. */
  onProgress(message: unknown): void {
    const progress = readProgress(message);
    if (!progress) return;
    this.progress = progress;
    this.changes.give();
  }

  /** What was sent before is lost to a new user stream: the daemon asks for it, and counts that as coming into step. */
  private onUserStream(account: number): void {
    this.starts[account] = {
      syncs: this.progress?.syncs ?? 0,
      executions: this.audience.executions[account]!.sent,
      balances: this.audience.balances[account]!.sent,
    };
  }

  /** The first thing that is missing for the next message to be sent. */
  get waitsFor(): string | undefined {
    const { progress, audience, symbols, starts } = this;
    if (!progress) return "the daemon's progress on the bus";
    if (!audience.isComplete) return "somebody to listen to every stream";
    if (audience.openRequests > 0) return "our answers to requests";
    if (progress.openCommands > 0) return "the daemon to take in the answers to its commands";
    if (starts.some(({ syncs }) => progress.syncs <= syncs)) return "the daemon to come into step";
    const { trades, book, executions, balances } = progress.streams;
    return (
      missing("trade", audience.trades, (i) => trades[symbols[i]!] ?? 0, symbols) ??
      missing("book update", audience.books, (i) => book[symbols[i]!] ?? 0, symbols) ??
      missing("execution", audience.executions, (i) => Math.max(executions, starts[i]!.executions)) ??
      missing("account update", audience.balances, (i) => Math.max(balances, starts[i]!.balances))
    );
  }
}

/** The first message sent that the daemon has not named. */
function missing(
  what: string,
  streams: readonly StreamState[],
  named: (i: number) => number,
  symbols: readonly string[] = [],
): string | undefined {
  const i = streams.findIndex(({ sent }, k) => named(k) < sent);
  if (i < 0) return undefined;
  const of = symbols[i] === undefined ? "" : ` of ${symbols[i]}`;
  return `the daemon to take in ${what} ${streams[i]!.sent}${of}; it is at ${named(i)}`;
}
