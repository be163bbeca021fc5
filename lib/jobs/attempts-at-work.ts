import type { WorkOptions } from "./job-queue.ts";
import { type JsonData, lastNumber, type Outcome, type QueuedRun } from "./run-state.ts";

const TELL_TRIES_MAX = 600;
const TELL_PAUSE_MS = 1000;

type AbortReason = "cancelled" | "lost" | "closing";

/** What a queue offers to the attempts that one of its workers has at work. */
export interface AttemptStore {
  /** Says that the attempt is alive, with its newest progress. @returns the run as it stands. */
  beat(id: string, fence: number, progress: JsonData | undefined): Promise<QueuedRun | undefined>;
}

/** Runs attempts, keeps them alive in the store and stops those that are not wanted any more. */
export class AttemptsAtWork {
  private readonly options: WorkOptions;
  private readonly store: AttemptStore;
  private readonly beatMs: number;
  private readonly running = new Map<string, { abort: (reason: AbortReason) => void; done: Promise<void> }>();
  private isClosing = false;

  /** @param beatMs how often an attempt says that it is alive, milliseconds. */
  constructor(options: WorkOptions, store: AttemptStore, beatMs: number) {
    this.options = options;
    this.store = store;
    this.beatMs = beatMs;
  }

  get freeSlots(): number {
    return this.isClosing ? 0 : this.options.slots - this.running.size;
  }

  /** @param run just claimed. @returns how it ended. */
  async execute(run: QueuedRun): Promise<Outcome> {
    const { id, payload, fence } = run;
    const controller = new AbortController();
    let progress: JsonData | undefined;
    const key = `${id} ${fence}`;
    const work = this.options
      .execute({
        ...{ id, payload, fence, attempt: lastNumber(run), signal: controller.signal },
        progress: (value) => {
          progress = value;
        },
      })
      .catch((error: unknown): Outcome => {
        this.options.onError(error);
        return { status: "failed", result: { error: { name: "Error", message: String(error) } } };
      });
    const abort = (reason: AbortReason) => controller.abort(reason);
    const done = work.then(() => {});
    this.running.set(key, { abort, done });
    const beats = setInterval(() => {
      const sent = progress;
      progress = undefined;
      this.store.beat(id, fence, sent).then((now) => {
        if (!now || now.fence !== fence || now.status !== "running") abort("lost");
        else if (now.isCancelAsked) abort("cancelled");
      }, this.options.onError);
    }, this.beatMs);
    if (this.isClosing) abort("closing");
    try {
      const outcome = await work;
      const isReturned = controller.signal.reason === "closing" && outcome.status !== "done";
      return isReturned ? { ...outcome, status: "dead", isGivenBack: true } : outcome;
    } finally {
      clearInterval(beats);
      this.running.delete(key);
    }
  }

  /** Tries until the store has taken how an attempt ended: hours of work may be in it. Throws the last error at the end. */
  async tell<T>(finish: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await finish();
      } catch (error) {
        this.options.onError(error);
        if (this.isClosing || tries >= TELL_TRIES_MAX) throw error;
        await new Promise((resolve) => setTimeout(resolve, TELL_PAUSE_MS));
      }
    }
  }

  /** Aborts all, and waits until they have ended. */
  async close(): Promise<void> {
    this.isClosing = true;
    for (const { abort } of this.running.values()) abort("closing");
    await Promise.all([...this.running.values()].map(({ done }) => done));
  }
}
