import type { Redis } from "ioredis";
import { fail } from "#core";
import { isOver, type QueuedRun } from "./run-state.ts";

const KEEP_OVER_MS = 30 * 864e5;
const WORKER_SEEN_MS = 15_000;
/** Writes only if nobody wrote since it was read, so that transitions of several machines come one after another. */
const WRITE_IF_SAME = `
if redis.call("GET", KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[3] == "0" then redis.call("SET", KEYS[1], ARGV[2]) else redis.call("SET", KEYS[1], ARGV[2], "PX", ARGV[3]) end
return 1`;

/** The state of runs in Redis, one text a run; and how much room each worker has. */
export class RedisLedger {
  private readonly redis: Redis;
  private readonly shown: string;
  private readonly prefix: string;
  private connectionProblem = "";

  /** @param shown the address for messages. */
  constructor(redis: Redis, shown: string, prefix: string) {
    this.redis = redis;
    this.shown = shown;
    this.prefix = prefix;
  }

  /** @returns the run as it stands, new or known before. */
  async add(run: QueuedRun): Promise<QueuedRun> {
    return this.guard(async () => {
      await this.redis.set(this.keyOf(run.id), JSON.stringify(run), "NX");
      return (await this.read(run.id)) ?? run;
    });
  }

  async get(id: string): Promise<QueuedRun | undefined> {
    return this.guard(() => this.read(id));
  }

  /** @returns the changed run; undefined if there is none, or `next` changes nothing. */
  async change(id: string, next: (run: QueuedRun) => QueuedRun | undefined): Promise<QueuedRun | undefined> {
    return this.guard(async () => {
      for (;;) {
        const text = await this.redis.get(this.keyOf(id));
        const changed = text === null ? undefined : next(JSON.parse(text) as QueuedRun);
        if (text === null || changed === undefined) return undefined;
        const keepMs = isOver(changed) ? KEEP_OVER_MS : 0;
        const key = this.keyOf(id);
        if ((await this.redis.eval(WRITE_IF_SAME, 1, key, text, JSON.stringify(changed), keepMs)) === 1)
          return changed;
      }
    });
  }

  async forget(id: string): Promise<void> {
    await this.guard(() => this.redis.del(this.keyOf(id)));
  }

  /** Notes a worker's room, which is believed for some seconds. */
  async noteWorker(worker: string, freeSlots: number): Promise<void> {
    await this.guard(async () => {
      await this.redis.sadd(`${this.prefix}:workers`, worker);
      await this.redis.set(this.workerKey(worker), freeSlots, "PX", WORKER_SEEN_MS);
    });
  }

  async freeSlots(): Promise<number> {
    return this.guard(async () => {
      const workers = await this.redis.smembers(`${this.prefix}:workers`);
      if (workers.length === 0) return 0;
      const free = await this.redis.mget(workers.map((worker) => this.workerKey(worker)));
      const gone = workers.filter((_, i) => free[i] === null);
      if (gone.length > 0) await this.redis.srem(`${this.prefix}:workers`, gone);
      return free.reduce((sum, one) => sum + Number(one ?? 0), 0);
    });
  }

  /** What is wrong with the connection, which commands only see as a time that ran out. */
  noteProblem({ message }: Error): void {
    this.connectionProblem = message;
  }

  /** Throws `jobs.unreachable` for whatever goes wrong between here and Redis. */
  async guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      const text = (cause as Error).message || String(cause);
      const isVague = /max retries|timed out|connection is closed/i.test(text);
      return fail("jobs.unreachable", {
        message: `Redis at ${this.shown} does not answer: ${(isVague && this.connectionProblem) || text}`,
        fields: { redis: this.shown },
        cause,
      });
    }
  }

  private async read(id: string): Promise<QueuedRun | undefined> {
    const text = await this.redis.get(this.keyOf(id));
    return text === null ? undefined : (JSON.parse(text) as QueuedRun);
  }

  private keyOf(id: string): string {
    return `${this.prefix}:run:${id}`;
  }

  private workerKey(worker: string): string {
    return `${this.prefix}:worker:${worker}`;
  }
}
