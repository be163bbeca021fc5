import type { JsonData, NewRun, Outcome, QueuedRun } from "./run-state.ts";

/**
 * A queue of runs. Delivery is at least once: a run whose worker dies is given to another one, within its rule, and each
 * attempt gets a higher fencing number. The end of a run is told once: a worker that was given up is refused.
 * Errors of all methods: `jobs.unreachable` where the queue is on another machine; those of its store.
 */
export interface JobQueue {
  /** Adds a run. One that the queue knows already stays as it is, so that a caller in doubt may add it again. */
  add(run: NewRun): Promise<void>;
  /** The run as it stands, for as long as the queue keeps it. */
  get(id: string): Promise<QueuedRun | undefined>;
  /** Ends a waiting run, or has the worker stop its attempt. One that is over stays as it is. */
  cancel(id: string): Promise<void>;
  /**
   * Ends the attempt with this fencing number. @returns false, and changes nothing, if that is not the running one.
   * Workers call it by themselves.
   */
  finish(id: string, fence: number, outcome: Outcome): Promise<boolean>;
  /** Forgets a run that is over. */
  forget(id: string): Promise<void>;
  /** How many more runs the workers known to this queue could take now. */
  freeSlots(): Promise<number>;
  /** Takes runs and works on them, until it is closed. */
  work(options: WorkOptions): Promise<QueueWorker>;
  /** Closes its workers, too. */
  close(): Promise<void>;
}

export interface WorkOptions {
  /** Who takes the runs, for other processes and for people. */
  readonly worker: string;
  /** How many runs at once. */
  readonly slots: number;
  readonly execute: (work: Work) => Promise<Outcome>;
  /** Told of what goes wrong beside the runs, such as a lost connection. The worker goes on. */
  readonly onError: (error: unknown) => void;
}

/** One attempt, as a worker gets it. */
export interface Work {
  readonly id: string;
  readonly payload: JsonData;
  /** From 1. */
  readonly attempt: number;
  readonly fence: number;
  /**
   * Aborted when there is no use in going on. Its reason is `cancelled`, `lost` (the attempt was given up: another one
   * may run) or `closing` (the worker is to stop).
   */
  readonly signal: AbortSignal;
  /** Notes how far it is; written now and then. */
  readonly progress: (value: JsonData) => void;
}

export interface QueueWorker {
  /** Takes no more runs, aborts those at work and waits for their end; they go back to the queue. */
  close(): Promise<void>;
}
