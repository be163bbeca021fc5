import { Session } from "node:inspector";
import { signalDescendants } from "./descendants.ts";

/** How long the main thread has to answer before its code is stopped from here. */
const PATIENCE_MS = 20;
/** After so many rounds of patience the main thread is not in JavaScript: it waits for a child process. */
const ROUNDS_OF_CHILDREN = 4;
/** How long the front end waits for the reply, whatever happens. */
const REPLY_AFTER_MS = 1000;

/** Stops what runs on the main thread. Works from a worker thread only. */
export class Interrupter {
  private readonly inspector = new Session();
  private readonly post: (ticket: number) => void;
  private readonly opened: Promise<void>;
  private ticket = 0;
  private acknowledged = 0;
  private current: Promise<void> | undefined;
  private acknowledge: (() => void) | undefined;
  private isStopping = false;

  /**
   * @param post asks the main thread to end its cell and to answer with the ticket.
   * @param opened resolves when that thread takes cells: there is nothing to stop before.
   */
  constructor(post: (ticket: number) => void, opened: Promise<void>) {
    this.inspector.connectToMainThread();
    this.post = post;
    this.opened = opened;
  }

  /** Resolves when the main thread is free, or after a second: native code cannot be stopped. */
  async interrupt(): Promise<void> {
    this.current ??= this.opened
      .then(() => this.perform())
      .finally(() => {
        this.current = undefined;
      });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, REPLY_AFTER_MS);
    });
    await Promise.race([this.current, late]);
    clearTimeout(timer);
  }

  /** Resolves when no interrupt is under way: what is sent to the main thread then cannot be lost. */
  async settled(): Promise<void> {
    await this.current;
  }

  /** The main thread has answered. */
  acknowledgedBy(ticket: number): void {
    this.acknowledged = Math.max(this.acknowledged, ticket);
    this.acknowledge?.();
  }

  /** Stops the JavaScript that runs there now. */
  terminate(): void {
    if (this.isStopping) return;
    this.isStopping = true;
    this.inspector.post("Runtime.terminateExecution", () => {
      this.isStopping = false;
    });
  }

  close(): void {
    this.inspector.disconnect();
  }

  /** Code that runs is stopped, code that waits is told. A stop may hit the telling too: it is told again. */
  private async perform(): Promise<void> {
    const ticket = ++this.ticket;
    const isDone = () => this.acknowledged >= ticket;
    this.post(ticket);
    await this.patience();
    for (let round = 1; !isDone(); round++) {
      // As Ctrl-C in a terminal reaches all of them.
      if (round === ROUNDS_OF_CHILDREN) signalDescendants("SIGINT");
      this.terminate();
      await this.patience();
      if (isDone()) return;
      this.post(ticket);
      await this.patience();
    }
  }

  private patience(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, PATIENCE_MS);
      this.acknowledge = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
