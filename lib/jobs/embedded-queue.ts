/** The queue in a SQLite file, for the processes of one machine. */
import { AttemptsAtWork } from "./attempts-at-work.ts";
import type { JobQueue, QueueWorker, WorkOptions } from "./job-queue.ts";
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
} from "./run-state.ts";

/** What the queue needs of its database: `SqliteDatabase` of #storage is one. */
export interface QueueDatabase {
  all<Row>(sql: string, ...values: (string | number | null)[]): Row[];
  get<Row>(sql: string, ...values: (string | number | null)[]): Row | undefined;
  run(sql: string, ...values: (string | number | null)[]): number;
  transaction<T>(work: () => T): T;
}

/** Statements that make the queue's table; a part of its database's migrations. */
export const EMBEDDED_QUEUE_SCHEMA = `
  CREATE TABLE queued_runs (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    is_over INTEGER NOT NULL,
    beat INTEGER NOT NULL
  );
  CREATE INDEX queued_runs_open ON queued_runs (is_over, place);
`;

export interface EmbeddedQueueOptions {
  /** Whether the process that a worker names is gone for certain. */
  readonly isWorkerGone: (worker: string) => boolean;
  /** An attempt that says nothing for so long is given up, milliseconds. Default 30 s. */
  readonly leaseMs?: number;
  /** How often workers look for runs, milliseconds. Default 200. */
  readonly pollMs?: number;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

interface Row {
  readonly id: string;
  readonly state: string;
  readonly beat: number;
}

/** @param database is not closed by the queue. */
export function openEmbeddedQueue(database: QueueDatabase, options: EmbeddedQueueOptions): JobQueue {
  return new EmbeddedQueue(database, options);
}

class EmbeddedQueue implements JobQueue {
  private readonly database: QueueDatabase;
  private readonly isWorkerGone: (worker: string) => boolean;
  private readonly leaseMs: number;
  private readonly pollMs: number;
  private readonly now: () => number;
  private readonly workers = new Set<EmbeddedWorker>();
  /** The newest beat seen of each attempt, and when, by a clock that nobody can set. */
  private readonly seen = new Map<string, { readonly beat: string; readonly at: number }>();

  constructor(database: QueueDatabase, options: EmbeddedQueueOptions) {
    this.database = database;
    this.isWorkerGone = options.isWorkerGone;
    this.leaseMs = options.leaseMs ?? 30_000;
    this.pollMs = options.pollMs ?? 200;
    this.now = options.now ?? Date.now;
  }

  async add(run: NewRun): Promise<void> {
    this.database.run(
      "INSERT INTO queued_runs (id, state, is_over, beat) VALUES (?, ?, 0, 0) ON CONFLICT (id) DO NOTHING",
      run.id,
      JSON.stringify(newRun(run, this.now())),
    );
  }

  async get(id: string): Promise<QueuedRun | undefined> {
    return this.read(id);
  }

  async cancel(id: string): Promise<void> {
    this.change(id, cancelAsked);
  }

  async finish(id: string, fence: number, outcome: Outcome): Promise<boolean> {
    return this.change(id, (run) => finished(run, fence, outcome, this.now())) !== undefined;
  }

  async forget(id: string): Promise<void> {
    this.database.run("DELETE FROM queued_runs WHERE id = ? AND is_over = 1", id);
  }

  async freeSlots(): Promise<number> {
    return [...this.workers].reduce((sum, worker) => sum + worker.attempts.freeSlots, 0);
  }

  async work(options: WorkOptions): Promise<QueueWorker> {
    const attempts = new AttemptsAtWork(
      options,
      { beat: async (id, fence, progress) => this.beat(id, fence, progress) },
      Math.min(500, this.leaseMs / 4),
    );
    const worker = new EmbeddedWorker(this, attempts, options, this.pollMs, () =>
      this.workers.delete(worker),
    );
    this.workers.add(worker);
    return worker;
  }

  async close(): Promise<void> {
    await Promise.all([...this.workers].map((worker) => worker.close()));
  }

  /** Takes the run that has waited longest, and gives up attempts whose worker is gone. */
  claim(worker: string): QueuedRun | undefined {
    return this.database.transaction(() => {
      const rows = this.database.all<Row>(
        "SELECT id, state, beat FROM queued_runs WHERE is_over = 0 ORDER BY place",
      );
      this.forgetSeen(rows);
      for (const { state, beat } of rows) {
        let run = JSON.parse(state) as QueuedRun;
        if (run.status === "running" && this.isLost(run, beat)) run = this.write(givenUp(run, this.now())!);
        const next = claimed(run, worker, this.now());
        if (next) return this.write(next);
      }
      return undefined;
    });
  }

  private beat(id: string, fence: number, progress: QueuedRun["progress"]): QueuedRun | undefined {
    return this.database.transaction(() => {
      const run = this.read(id);
      if (run?.status !== "running" || run.fence !== fence) return run;
      this.database.run("UPDATE queued_runs SET beat = beat + 1 WHERE id = ?", id);
      return progress === undefined ? run : this.write({ ...run, progress });
    });
  }

  /** Its process is gone, or its beat has stood still for the whole lease while this process was looking. */
  private isLost({ id, fence, attempts }: QueuedRun, beatCount: number): boolean {
    if (this.isWorkerGone(attempts.at(-1)?.worker ?? "")) return true;
    const beat = `${fence} ${beatCount}`;
    const last = this.seen.get(id);
    if (last?.beat === beat) return performance.now() - last.at > this.leaseMs;
    this.seen.set(id, { beat, at: performance.now() });
    return false;
  }

  private forgetSeen(rows: readonly Row[]): void {
    const open = new Set(rows.map(({ id }) => id));
    for (const id of this.seen.keys()) if (!open.has(id)) this.seen.delete(id);
  }

  private change(id: string, next: (run: QueuedRun) => QueuedRun | undefined): QueuedRun | undefined {
    return this.database.transaction(() => {
      const run = this.read(id);
      const changed = run && next(run);
      return changed && this.write(changed);
    });
  }

  private read(id: string): QueuedRun | undefined {
    const row = this.database.get<Row>("SELECT id, state, beat FROM queued_runs WHERE id = ?", id);
    return row && (JSON.parse(row.state) as QueuedRun);
  }

  private write(run: QueuedRun): QueuedRun {
    this.database.run(
      "UPDATE queued_runs SET state = ?, is_over = ? WHERE id = ?",
      JSON.stringify(run),
      isOver(run) ? 1 : 0,
      run.id,
    );
    return run;
  }
}

class EmbeddedWorker implements QueueWorker {
  readonly attempts: AttemptsAtWork;
  private readonly queue: EmbeddedQueue;
  private readonly options: WorkOptions;
  private readonly ends = new Set<Promise<void>>();
  private readonly timer: NodeJS.Timeout;
  private readonly onClosed: () => void;

  constructor(
    queue: EmbeddedQueue,
    attempts: AttemptsAtWork,
    options: WorkOptions,
    pollMs: number,
    onClosed: () => void,
  ) {
    this.queue = queue;
    this.attempts = attempts;
    this.options = options;
    this.onClosed = onClosed;
    this.timer = setInterval(() => this.take(), pollMs);
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.attempts.close();
    await Promise.all(this.ends);
    this.onClosed();
  }

  private take(): void {
    try {
      while (this.attempts.freeSlots > 0) {
        const run = this.queue.claim(this.options.worker);
        if (!run) return;
        const end = this.carryOut(run).catch(this.options.onError);
        this.ends.add(end);
        void end.finally(() => this.ends.delete(end));
      }
    } catch (error) {
      this.options.onError(error);
    }
  }

  private async carryOut(run: QueuedRun): Promise<void> {
    const outcome = await this.attempts.execute(run);
    await this.attempts.tell(() => this.queue.finish(run.id, run.fence, outcome));
  }
}
