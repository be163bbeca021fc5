import { readdirSync, readFileSync } from "node:fs";
import { Session } from "node:inspector";

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
  private ticket = 0;
  private acknowledged = 0;
  private current: Promise<void> | undefined;
  private acknowledge: (() => void) | undefined;
  private isStopping = false;

  /** @param post asks the main thread to end its cell and to answer with the ticket. */
  constructor(post: (ticket: number) => void) {
    this.inspector.connectToMainThread();
    this.post = post;
  }

  /** Resolves when the main thread is free, or after a second: native code cannot be stopped. */
  async interrupt(): Promise<void> {
    this.current ??= this.perform().finally(() => {
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
      if (round === ROUNDS_OF_CHILDREN) interruptChildren();
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

/** As Ctrl-C in a terminal reaches all of them. Only Linux tells which they are. */
function interruptChildren(): void {
  for (const pid of descendantsOf(process.pid)) {
    try {
      process.kill(pid, "SIGINT");
    } catch {
      // It has ended by itself.
    }
  }
}

function descendantsOf(ancestor: number): number[] {
  let parents: (readonly [pid: number, parent: number | undefined])[];
  try {
    const all = readdirSync("/proc").map(Number).filter(Number.isInteger);
    parents = all.map((pid) => [pid, parentOf(pid)] as const);
  } catch {
    return [];
  }
  const found: number[] = [];
  for (let next = [ancestor]; next.length > 0; found.push(...next)) {
    const above = new Set(next);
    next = parents.flatMap(([pid, parent]) => (parent !== undefined && above.has(parent) ? [pid] : []));
  }
  return found;
}

/** The fourth field; the second is a name in parentheses that may hold anything. */
function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined;
  }
}
