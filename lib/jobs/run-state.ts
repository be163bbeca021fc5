/**
 * The life of a queued run as plain data and pure transitions, the same for every queue:
 *
 *   queued -> running -> done | failed | timed-out | cancelled | dead
 *               |  ^
 *               v  |  an attempt that may be repeated goes back to queued
 *             queued
 *
 * Each attempt has a fencing number, higher than all before it in the run. Only the running attempt with the run's
 * newest number can end the run: what a worker that was given up says later is refused.
 */

/** Data that queues store as JSON text. */
export type JsonData =
  | null
  | boolean
  | number
  | string
  | readonly JsonData[]
  | { readonly [name: string]: JsonData };

/** How an attempt ended. `dead`: it was cut short, such as by the death of its worker. */
export type OutcomeStatus = "done" | "failed" | "timed-out" | "cancelled" | "dead";
export type QueuedRunStatus = "queued" | "running" | OutcomeStatus;

/** When an attempt is repeated. */
export interface RepeatRule {
  /** How many attempts that were cut short are repeated. */
  readonly restarts: number;
  /** How many attempts that failed or timed out are repeated. */
  readonly retries: number;
  /** Before the first of these, milliseconds; doubles each time, up to an hour. */
  readonly retryDelayMs: number;
}

export interface NewRun {
  /** Unique in the queue; letters, digits, - and _. */
  readonly id: string;
  readonly payload: JsonData;
  readonly rule: RepeatRule;
  /**
   * Of a run that another store has lost: attempts it may have had there. Numbers and fences go on after them, so that one
   * that still works somewhere is refused. Default 0.
   */
  readonly attemptsBefore?: number;
}

export interface QueuedAttempt {
  /** From 1. */
  readonly number: number;
  readonly fence: number;
  readonly worker: string;
  /** Milliseconds since the epoch, by the worker's clock. */
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly status: "running" | OutcomeStatus;
  readonly result?: JsonData;
  /** Cut short because its worker was told to stop: does not count as a restart. */
  readonly isGivenBack?: boolean;
}

export interface QueuedRun extends NewRun {
  readonly status: QueuedRunStatus;
  /** Of the newest attempt; before the first, the number of those that were lost. */
  readonly fence: number;
  readonly attempts: readonly QueuedAttempt[];
  readonly isCancelAsked: boolean;
  /** When it became queued, and when it may start at the earliest, milliseconds since the epoch. */
  readonly queuedAt: number;
  readonly notBefore: number;
  /** Of the attempt that ended the run. */
  readonly result?: JsonData;
  readonly progress?: JsonData;
}

export interface Outcome {
  readonly status: OutcomeStatus;
  readonly result: JsonData;
  readonly isGivenBack?: boolean;
}

const DELAY_MAX_MS = 3_600_000;

/** A run that waits for its first attempt. */
export function newRun({ id, payload, rule, attemptsBefore = 0 }: NewRun, now: number): QueuedRun {
  return {
    ...{ id, payload, rule, attemptsBefore },
    ...{
      status: "queued",
      fence: attemptsBefore,
      attempts: [],
      isCancelAsked: false,
      queuedAt: now,
      notBefore: now,
    },
  };
}

export function isOver({ status }: QueuedRun): boolean {
  return status !== "queued" && status !== "running";
}

/** Of the newest attempt, counting those that were lost. */
export function lastNumber({ attempts, attemptsBefore = 0 }: QueuedRun): number {
  return attempts.at(-1)?.number ?? attemptsBefore;
}

/** Milliseconds until a queued run may start. A clock that was set back makes nothing wait longer than was meant. */
export function waitMs({ queuedAt, notBefore }: QueuedRun, now: number): number {
  return now < queuedAt ? 0 : Math.max(0, notBefore - now);
}

/** The queued run as the next attempt of `worker`; undefined if it is not its turn. */
export function claimed(run: QueuedRun, worker: string, now: number): QueuedRun | undefined {
  if (run.status !== "queued" || run.isCancelAsked || waitMs(run, now) > 0) return undefined;
  const fence = run.fence + 1;
  const attempt = {
    number: lastNumber(run) + 1,
    fence,
    worker,
    startedAt: now,
    status: "running",
  } as const;
  const { progress: _, ...rest } = run;
  return { ...rest, status: "running", fence, attempts: [...run.attempts, attempt] };
}

/**
 * The run after its running attempt ended. Undefined if `fence` is not that attempt's: then it was given up, another
 * may run, or the run is over, and nothing changes.
 */
export function finished(
  run: QueuedRun,
  fence: number,
  outcome: Outcome,
  now: number,
): QueuedRun | undefined {
  const attempt = run.attempts.at(-1);
  if (run.status !== "running" || attempt?.fence !== fence) return undefined;
  const { result, isGivenBack = false } = outcome;
  // Whoever asked to cancel is told so, unless the work was done already.
  const status = run.isCancelAsked && outcome.status !== "done" ? "cancelled" : outcome.status;
  const ended = { ...attempt, endedAt: now, status, result, ...(isGivenBack ? { isGivenBack } : {}) };
  const attempts = [...run.attempts.slice(0, -1), ended];
  const delayMs = repeatDelay({ ...run, attempts }, status);
  if (delayMs === undefined) return { ...run, attempts, status, result };
  return { ...run, attempts, status: "queued", queuedAt: now, notBefore: now + delayMs };
}

/** The run after its worker was found gone. */
export function givenUp(run: QueuedRun, now: number): QueuedRun | undefined {
  return finished(run, run.fence, { status: "dead", result: null }, now);
}

/** The run after somebody asked to cancel it: over if it waits, else told to its attempt. Undefined if it is over. */
export function cancelAsked(run: QueuedRun): QueuedRun | undefined {
  if (isOver(run)) return undefined;
  return {
    ...run,
    isCancelAsked: true,
    ...(run.status === "queued" ? { status: "cancelled" as const } : {}),
  };
}

/** Attempts that the run may have at most, by what happened so far. */
export function attemptsMax({ rule, attempts, attemptsBefore = 0 }: QueuedRun): number {
  const cutShort = attempts.filter(({ status }) => status === "dead");
  const repeated = Math.min(cutShort.filter(({ isGivenBack }) => !isGivenBack).length, rule.restarts);
  return (
    attemptsBefore + 1 + rule.retries + repeated + cutShort.filter(({ isGivenBack }) => isGivenBack).length
  );
}

/** Milliseconds to wait before the run's last attempt is repeated; undefined if it is not. */
function repeatDelay({ rule, attempts }: QueuedRun, status: OutcomeStatus): number | undefined {
  if (status === "done" || status === "cancelled") return undefined;
  if (status === "dead") {
    const counted = attempts.filter((one) => one.status === "dead" && !one.isGivenBack).length;
    return attempts.at(-1)?.isGivenBack || counted <= rule.restarts ? 0 : undefined;
  }
  const failures = attempts.filter((one) => one.status === "failed" || one.status === "timed-out").length;
  return failures <= rule.retries
    ? Math.min(rule.retryDelayMs * 2 ** (failures - 1), DELAY_MAX_MS)
    : undefined;
}
