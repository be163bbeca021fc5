import { join } from "node:path";
import { runCommand } from "./command.ts";
import type { ServiceContext } from "./index.ts";
import type { Method } from "./lab-target.ts";
import { accountParam } from "./params.ts";

const RESTART_MS = 1000;

/** Watches what trades while somebody looks, for all front ends of a kernel at once. */
export class LiveEvents {
  readonly #context: ServiceContext;
  readonly #watchers = new Map<object, (view: unknown) => void>();
  #watch: AbortController | undefined;
  #last: unknown;

  constructor(context: ServiceContext) {
    this.#context = context;
  }

  /** @returns takes it back. */
  join(receive: (view: unknown) => void): () => void {
    const key = {};
    this.#watchers.set(key, receive);
    if (this.#last !== undefined) receive(this.#last);
    if (!this.#watch) this.#start();
    return () => this.#remove(key);
  }

  #remove(key: object): void {
    this.#watchers.delete(key);
    if (this.#watchers.size > 0) return;
    this.#watch?.abort();
    this.#watch = undefined;
    this.#last = undefined;
  }

  #start(): void {
    const watch = new AbortController();
    this.#watch = watch;
    const { root: cwd, home } = this.#context;
    const onLine = (view: unknown) => {
      if (watch.signal.aborted) return;
      this.#last = view;
      for (const receive of this.#watchers.values()) receive(view);
    };
    // It ends only if it is told to, or is killed: then it is started again.
    const again = () => setTimeout(() => !watch.signal.aborted && this.#start(), RESTART_MS).unref();
    runCommand(["live", "watch", "--home", home], { cwd, signal: watch.signal, onLine }).then(again, again);
  }
}

export function liveMethods(
  { root: cwd, home }: ServiceContext,
  live: LiveEvents,
): Readonly<Record<string, Method>> {
  const act =
    (action: string): Method =>
    async (call) => {
      await runCommand(["live", action, "--account", join(home, "live", accountParam(call))], {
        cwd,
        signal: call.signal,
      });
      return {};
    };
  return {
    "live.watch": async (call) => {
      const leave = live.join((view) => call.event("live", view));
      call.closed.addEventListener("abort", leave);
      return {};
    },
    "live.halt": act("halt"),
    "live.resume": act("resume"),
    "live.flatten": act("flatten"),
    "live.stop": act("stop"),
    "live.halt-all": ({ signal }) => runCommand(["live", "halt-all", "--home", home], { cwd, signal }),
    "live.start": async (call) => {
      await runCommand(["live", "start", "--name", accountParam(call), "--home", home], {
        cwd,
        signal: call.signal,
      });
      return {};
    },
  };
}
