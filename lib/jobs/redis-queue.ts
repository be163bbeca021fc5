/**
 * The queue on Redis, for any number of machines. BullMQ delivers: it hands a run to one worker at a time, keeps that
 * worker's lock alive, and hands the run out again when the lock ends. What a run has been through stands beside it, in
 * the ledger, and follows the same transitions as in the embedded queue.
 */
import type { Job, Queue, Worker } from "bullmq";
import type { Redis } from "ioredis";
import { AttemptsAtWork } from "./attempts-at-work.ts";
import type { JobQueue, QueueWorker, WorkOptions } from "./job-queue.ts";
import { type RedisAddress, redisAddress } from "./redis-connection.ts";
import { RedisLedger } from "./redis-ledger.ts";
import {
  cancelAsked,
  claimed,
  finished,
  givenUp,
  isOver,
  type NewRun,
  newRun,
  type Outcome,
  type QueuedRun,
  waitMs,
} from "./run-state.ts";

export interface RedisQueueOptions {
  /** `redis://` or `rediss://`, see {@link redisAddress}. */
  readonly url: string;
  /** Begins all keys, so that several installations may share a Redis. Default `tickbook`. */
  readonly prefix?: string;
  /** A worker that does not renew its lock for so long has lost its run, milliseconds. Default 15 s. */
  readonly leaseMs?: number;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

const QUEUE_NAME = "runs";
/** BullMQ counts for itself; how often a run is repeated stands in its rule. */
const WITHOUT_LIMIT = 1_000_000;
const CLOSE_MS = 5000;
const NOTE_MS = 3000;
/** How often somebody looks for runs whose worker is gone. */
const LOOK_MS = 5000;

type BullModule = typeof import("bullmq");
interface Reference {
  readonly id: string;
}

/** Connects. Errors: `jobs.bad-url`, `jobs.unreachable`. */
export async function openRedisQueue(options: RedisQueueOptions): Promise<JobQueue> {
  const address = redisAddress(options.url);
  const [bull, { Redis: Client }] = await Promise.all([import("bullmq"), import("ioredis")]);
  const redis = new Client({ ...address.options, maxRetriesPerRequest: 1, commandTimeout: 5000 });
  const queue = new RedisQueue(bull, redis, address, options);
  // Without a listener, a lost connection would end the process; every command tells of it anyway.
  redis.on("error", (error: Error) => queue.ledger.noteProblem(error));
  try {
    // Said again: the client keeps to itself that a database is not there, and goes on in another one.
    await queue.ledger.guard(() => redis.select(address.options.db));
  } catch (error) {
    await queue.close();
    throw error;
  }
  return queue;
}

class RedisQueue implements JobQueue {
  readonly ledger: RedisLedger;
  private readonly bull: BullModule;
  private readonly redis: Redis;
  private readonly address: RedisAddress;
  private readonly queue: Queue<Reference>;
  private readonly prefix: string;
  private readonly leaseMs: number;
  private readonly now: () => number;
  private readonly workers = new Set<QueueWorker>();

  constructor(bull: BullModule, redis: Redis, address: RedisAddress, options: RedisQueueOptions) {
    this.bull = bull;
    this.redis = redis;
    this.address = address;
    this.prefix = options.prefix ?? "tickbook";
    this.leaseMs = options.leaseMs ?? 15_000;
    this.now = options.now ?? Date.now;
    this.ledger = new RedisLedger(redis, address.shown, this.prefix);
    this.queue = new bull.Queue(QUEUE_NAME, {
      prefix: this.prefix,
      connection: { ...address.options, maxRetriesPerRequest: 1, commandTimeout: 5000 },
    });
    this.queue.on("error", () => {});
  }

  async add(run: NewRun): Promise<void> {
    const known = await this.ledger.add(newRun(run, this.now()));
    if (isOver(known)) return;
    await this.ledger.guard(() =>
      this.queue.add(
        "run",
        { id: run.id },
        {
          // A run that waits or works already is not added again.
          jobId: run.id,
          ...{ attempts: WITHOUT_LIMIT, backoff: { type: "fixed", delay: 1000 } },
          ...{ removeOnComplete: true, removeOnFail: true },
        },
      ),
    );
  }

  get(id: string): Promise<QueuedRun | undefined> {
    return this.ledger.get(id);
  }

  async cancel(id: string): Promise<void> {
    const run = await this.ledger.change(id, cancelAsked);
    // Only tidies up: a worker that gets it sees that it is over.
    if (run && isOver(run)) await this.queue.remove(id).catch(() => {});
  }

  async finish(id: string, fence: number, outcome: Outcome): Promise<boolean> {
    return (await this.ledger.change(id, (run) => finished(run, fence, outcome, this.now()))) !== undefined;
  }

  async forget(id: string): Promise<void> {
    const run = await this.ledger.get(id);
    if (run && isOver(run)) await this.ledger.forget(id);
  }

  freeSlots(): Promise<number> {
    return this.ledger.freeSlots();
  }

  async work(options: WorkOptions): Promise<QueueWorker> {
    const attempts = new AttemptsAtWork(
      options,
      { beat: (id, fence, progress) => this.beat(id, fence, progress) },
      Math.min(1000, this.leaseMs / 4),
    );
    const worker: Worker<Reference> = new this.bull.Worker<Reference>(
      QUEUE_NAME,
      (job, token) => this.carryOut(job, token, attempts, options),
      {
        ...{ prefix: this.prefix, concurrency: options.slots },
        connection: { ...this.address.options, maxRetriesPerRequest: null },
        ...{
          lockDuration: this.leaseMs,
          stalledInterval: Math.min(this.leaseMs, LOOK_MS),
          maxStalledCount: WITHOUT_LIMIT,
        },
      },
    );
    worker.on("error", options.onError);
    const note = () =>
      this.ledger.noteWorker(options.worker, attempts.freeSlots).catch(() => {
        // The next one will do.
      });
    const notes = setInterval(() => void note(), NOTE_MS);
    await note();
    const handle: QueueWorker = {
      close: async () => {
        if (!this.workers.delete(handle)) return;
        clearInterval(notes);
        await Promise.all([worker.pause(true).catch(options.onError), attempts.close()]);
        await within(CLOSE_MS, worker.close());
        await this.ledger.noteWorker(options.worker, 0).catch(() => {});
      },
    };
    this.workers.add(handle);
    return handle;
  }

  async close(): Promise<void> {
    await Promise.all([...this.workers].map((worker) => worker.close()));
    await within(CLOSE_MS, this.queue.close());
    this.redis.disconnect();
  }

  private async carryOut(
    job: Job<Reference>,
    token: string | undefined,
    attempts: AttemptsAtWork,
    options: WorkOptions,
  ): Promise<void> {
    const { id } = job.data;
    const run = await this.ledger.change(id, (known) => this.handedOut(known, options.worker));
    if (run?.status === "running") {
      const outcome = await attempts.execute(run);
      await attempts.tell(() => this.finish(id, run.fence, outcome));
    }
    const now = await attempts.tell(() => this.ledger.get(id));
    // Over, forgotten, or in the hands of the worker that got it after this one had lost it.
    if (now?.status !== "queued") return;
    await job.moveToDelayed(Date.now() + Math.max(1, waitMs(now, this.now())), token);
    throw new this.bull.DelayedError();
  }

  /** A run that BullMQ hands out has no worker any more, whatever the ledger says. */
  private handedOut(run: QueuedRun, worker: string): QueuedRun | undefined {
    const free = run.status === "running" ? givenUp(run, this.now()) : run;
    return (free && claimed(free, worker, this.now())) ?? (free === run ? undefined : free);
  }

  private async beat(
    id: string,
    fence: number,
    progress: QueuedRun["progress"],
  ): Promise<QueuedRun | undefined> {
    if (progress === undefined) return this.ledger.get(id);
    const changed = await this.ledger.change(id, (run) =>
      run.status === "running" && run.fence === fence ? { ...run, progress } : undefined,
    );
    return changed ?? this.ledger.get(id);
  }
}

/** Waits for the end of a connection, but not for one that never ends. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work.catch(() => {}), late]);
  clearTimeout(timer);
}
