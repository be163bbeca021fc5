/**
 * The scheduler of a home folder: plans runs, hands them to the queue, follows them, and does what is to follow. All it
 * knows is in `<home>/scheduler/state.sqlite`, and each step is one that may be done again: killed at any moment, it goes
 * on from there.
 */
import { rm } from "node:fs/promises";
import { isTickbookError, textFromError } from "#core";
import {
  isOver,
  type JobQueue,
  openEmbeddedQueue,
  openRedisQueue,
  type QueuedRun,
  type QueuedRunStatus,
} from "#jobs";
import { type FolderLock, lockFolder, ownIdentity, type SqliteDatabase } from "#storage";
import { type CommandLine, promote } from "./action/promote.ts";
import { postWebhook } from "./action/webhook.ts";
import { executeAttempt } from "./attempt/execute-attempt.ts";
import { type CronReader, loadCron } from "./cron/cron.ts";
import { payloadOf } from "./payload.ts";
import { planJobs } from "./plan-jobs.ts";
import { publish, removeIfEmpty, unpublish } from "./publish.ts";
import { deleteJob, listRemovedJobs, readJob } from "./state/jobs.ts";
import { openState, runFolder, schedulerFolder } from "./state/open-state.ts";
import {
  askCancel,
  endAction,
  markPruned,
  markSent,
  openRuns,
  pendingActions,
  prunable,
  resultOf,
  runsOf,
  takeOver,
  trimHistory,
} from "./state/runs.ts";
import type { JobRow, Published, RunRow } from "./state/types.ts";

export interface SchedulerOptions {
  /** The .tickbook folder. */
  readonly home: string;
  /** Runs at once in this process; 0 leaves them to other workers on the same Redis. */
  readonly workers: number;
  /** Sends runs through this Redis instead of the home's own queue. */
  readonly redis?: { readonly url: string; readonly prefix?: string; readonly leaseMs?: number };
  /** The scheduler that had the folder ran in a container or on a machine that is gone for certain. */
  readonly takeOver?: boolean;
  /** The command line of tickbook, for promotions. */
  readonly command: CommandLine;
  readonly onLog: (level: "info" | "error", message: string) => void;
  /** How often it looks, milliseconds. Default 250. */
  readonly tickMs?: number;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

export interface Scheduler {
  /** Stops planning, gives the runs at work back to the queue, and lets others have the folder. */
  close(): Promise<void>;
}

const IDENTITY = JSON.stringify(ownIdentity());
const HISTORY_MAX = 1000;
const ADD_AGAIN_MS = 30_000;
/** An attempt that was cut short is repeated so often. */
const RULE_RESTARTS = 1;

/**
 * Starts the scheduler of a home folder, which can have only one.
 * Errors: `storage.locked` with the other one's process, `storage.*`, `jobs.*`.
 */
export async function startScheduler(options: SchedulerOptions): Promise<Scheduler> {
  const lock = lockFolder(schedulerFolder(options.home), { takeOverUnseen: options.takeOver ?? false });
  let state: SqliteDatabase | undefined;
  try {
    state = await openState(options.home);
    const queue = await openQueue(state, options);
    const scheduler = new RunningScheduler(options, { lock, state, queue, cron: await loadCron() });
    await scheduler.start();
    return scheduler;
  } catch (error) {
    state?.close();
    lock.release();
    throw error;
  }
}

function openQueue(state: SqliteDatabase, { redis, now }: SchedulerOptions): Promise<JobQueue> {
  const clock = now ? { now } : {};
  if (redis) return openRedisQueue({ ...redis, ...clock });
  // Only who holds the folder's lock works on this queue.
  const isWorkerGone = (worker: string) => worker !== IDENTITY;
  return Promise.resolve(openEmbeddedQueue(state, { isWorkerGone, ...clock }));
}

interface Parts {
  readonly lock: FolderLock;
  readonly state: SqliteDatabase;
  readonly queue: JobQueue;
  readonly cron: CronReader;
}

class RunningScheduler implements Scheduler {
  private readonly options: SchedulerOptions;
  private readonly parts: Parts;
  private readonly now: () => number;
  private readonly actions = new Map<string, Promise<void>>();
  /** When each sent run was last added to the queue, by a clock that nobody can set. */
  private readonly addedAt = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  private tick: Promise<void> = Promise.resolve();
  private isClosed = false;
  private problem = "";

  constructor(options: SchedulerOptions, parts: Parts) {
    this.options = options;
    this.parts = parts;
    this.now = options.now ?? Date.now;
  }

  async start(): Promise<void> {
    const { workers, onLog } = this.options;
    if (workers > 0) {
      await this.parts.queue.work({
        ...{ worker: IDENTITY, slots: workers, execute: executeAttempt },
        onError: (error) => onLog("error", shortText(error)),
      });
    }
    await this.step();
    this.timer = setInterval(() => {
      // One after another: a slow step makes the next one late, not a second one beside it.
      this.tick = this.tick.then(() => (this.isClosed ? undefined : this.step()));
    }, this.options.tickMs ?? 250);
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    clearInterval(this.timer);
    await this.tick;
    const { queue, state, lock } = this.parts;
    await queue.close().catch((error: unknown) => this.options.onLog("error", shortText(error)));
    await Promise.allSettled(this.actions.values());
    state.run("DELETE FROM scheduler");
    state.close();
    lock.release();
  }

  /**
   * Everything that is to be done now. What cannot be done (Redis is away, a disk is full) holds up nothing else; it is
   * told once and tried again at the next step.
   */
  private async step(): Promise<void> {
    const problems: string[] = [];
    const note = (error: unknown) => void problems.push(shortText(error));
    const parts = [
      async () => planJobs(this.parts.state, this.parts.cron, this.now(), note),
      () => this.sendRuns(),
      () => this.followRuns(),
      async () => this.startActions(),
      () => this.clearRemoved(),
      () => this.noteSelf(),
    ];
    for (const part of parts) await part().catch(note);
    const text = [...new Set(problems)].join("\n");
    if (text !== this.problem) this.options.onLog(text ? "error" : "info", text || "goes on");
    this.problem = text;
  }

  /** Gives waiting runs to the queue, one at a time of a job whose runs may not overlap. */
  private async sendRuns(): Promise<void> {
    const { state } = this.parts;
    const open = openRuns(state);
    const busy = new Set(open.filter(({ isSent }) => isSent).map(({ job }) => job));
    for (const run of open) {
      if (run.isSent) continue;
      const job = readJob(state, run.job);
      if (run.isCancelAsked || !job || job.isRemoved) {
        askCancel(state, run.id, this.now());
        continue;
      }
      if (busy.has(run.job) && job.spec.overlap !== "allow") continue;
      busy.add(run.job);
      await this.add(job, run);
      markSent(state, run.id);
    }
  }

  private async add(job: JobRow, run: RunRow, attemptsBefore = 0): Promise<void> {
    const { retries, retryDelaySeconds } = job.spec;
    await this.parts.queue.add({
      id: run.id,
      payload: payloadOf(job, run, this.options.home),
      rule: { restarts: RULE_RESTARTS, retries, retryDelayMs: retryDelaySeconds * 1000 },
      attemptsBefore,
    });
    this.addedAt.set(run.id, performance.now());
  }

  private async followRuns(): Promise<void> {
    const { state, queue } = this.parts;
    for (const run of openRuns(state)) {
      if (!run.isSent) continue;
      const job = readJob(state, run.job);
      if (run.isCancelAsked || job?.isRemoved) await queue.cancel(run.id);
      const queued = await queue.get(run.id);
      // A queue that lost a run, or is not sure to have it, gets it again; one that has it does not mind.
      const isOld = performance.now() - (this.addedAt.get(run.id) ?? Number.NEGATIVE_INFINITY) > ADD_AGAIN_MS;
      // One more than is known: an attempt that began a moment ago may not be noted yet.
      if (job && !queued) await this.add(job, run, run.attempt + 1);
      else if (job && queued?.status === "queued" && isOld) await this.add(job, run);
      if (!queued) continue;
      // Before its end is written: killed in between, it is published again, to the same place.
      const ending = isOver(queued) && job ? await this.publish(job, run, queued) : {};
      if (!takeOver(state, queued, (status) => hasAction(job, status), ending)) continue;
      this.addedAt.delete(run.id);
      this.options.onLog("info", `run ${run.id} of ${job?.spec.notebook ?? run.job}: ${queued.status}`);
      await queue.forget(run.id);
      if (job) await this.prune(job);
    }
  }

  /** The outputs of the attempt that won. A folder that cannot be written to does not keep the run from ending. */
  private async publish(
    { spec, isRemoved }: JobRow,
    run: RunRow,
    queued: QueuedRun,
  ): Promise<{ readonly published?: Published; readonly problem?: string }> {
    if (isRemoved) return {};
    try {
      return { published: await publish(spec.notebook, run, resultOf(queued)) };
    } catch (error) {
      const { message } = error as Error;
      this.options.onLog("error", `run ${run.id}: outputs not published: ${shortText(error)}`);
      return { problem: `outputs are in the attempt's folder only: ${message}` };
    }
  }

  private async prune({ id, spec }: JobRow): Promise<void> {
    const { state } = this.parts;
    for (const run of prunable(state, id, spec.keep)) {
      await unpublish(run);
      await rm(runFolder(this.options.home, run.id), { recursive: true, force: true });
      markPruned(state, run.id);
    }
    trimHistory(state, id, HISTORY_MAX, this.now());
  }

  private startActions(): void {
    for (const run of pendingActions(this.parts.state)) {
      if (this.actions.has(run.id)) continue;
      const work = this.act(run)
        .catch((error: unknown) => this.options.onLog("error", shortText(error)))
        .finally(() => this.actions.delete(run.id));
      this.actions.set(run.id, work);
    }
  }

  private async act(run: RunRow): Promise<void> {
    const { state } = this.parts;
    const { home, command } = this.options;
    const job = readJob(state, run.job);
    const record = run.result?.record;
    const webhook = job?.spec.onFailure?.webhook;
    const end =
      run.status === "done"
        ? await promote(command, { record, home })
        : webhook === undefined
          ? { isDone: false, note: "its job is gone" }
          : await postWebhook(webhook, failureText(job!, run));
    endAction(state, run.id, end);
    this.options.onLog(end.isDone ? "info" : "error", `run ${run.id}: ${end.note}`);
    if (job) await this.prune(job);
  }

  /** Clears away jobs that were removed, when none of their runs works any more. */
  private async clearRemoved(): Promise<void> {
    const { state } = this.parts;
    for (const job of listRemovedJobs(state)) {
      if (openRuns(state, job.id).length > 0) continue;
      for (const run of runsOf(state, job.id, Number.MAX_SAFE_INTEGER)) {
        await unpublish(run);
        await rm(runFolder(this.options.home, run.id), { recursive: true, force: true });
      }
      await removeIfEmpty(job.spec.notebook);
      deleteJob(state, job.id);
    }
  }

  private async noteSelf(): Promise<void> {
    const free = await this.parts.queue.freeSlots();
    this.parts.state.run(
      `INSERT INTO scheduler (one, process, seen_at, free_slots) VALUES (1, ?, ?, ?)
       ON CONFLICT (one) DO UPDATE SET process = excluded.process, seen_at = excluded.seen_at,
         free_slots = excluded.free_slots WHERE excluded.seen_at - seen_at NOT BETWEEN 0 AND 2000
         OR process <> excluded.process OR free_slots <> excluded.free_slots`,
      ...([IDENTITY, this.now(), free] as const),
    );
  }
}

function hasAction(job: JobRow | undefined, status: QueuedRunStatus): boolean {
  if (!job || job.isRemoved) return false;
  if (status === "done") return job.spec.onSuccess !== undefined;
  return status !== "cancelled" && job.spec.onFailure !== undefined;
}

function failureText({ id, spec }: JobRow, run: RunRow): unknown {
  const { number, status, attempt, startedAt, endedAt, result } = run;
  const { error } = result ?? {};
  const { output, report } = { ...result, ...result?.published };
  return {
    ...{ job: id, notebook: spec.notebook, run: run.id, number, status, attempt, startedAt, endedAt },
    ...{ error, output, report },
  };
}

function shortText(error: unknown): string {
  return isTickbookError(error) ? textFromError(error) : String((error as Error)?.message ?? error);
}
