/**
 * Threads that train, so that the caller's thread stays free and several networks learn at once. A thread takes long to
 * start, so it is kept for a while; it keeps no process alive that has nothing else to do.
 */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { type ErrorCode, TickbookError } from "#core";
import { builtFile } from "#storage";
import type { EpochReport, Job } from "./fit.ts";
import type { Outcome, PlainError, WorkerMessage } from "./job.ts";

const THREADS_MAX = 4;
const IDLE_MS = 30_000;

interface Task {
  readonly job: Job;
  readonly onEpoch: (report: EpochReport) => void;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

interface Thread {
  readonly worker: Worker;
  task: Task | undefined;
  timer: NodeJS.Timeout | undefined;
}

const threads = new Set<Thread>();
const waiting: Task[] = [];

/** Trains in a thread, at once or when one is free. Errors: those of `runTraining`, and `ml.worker-lost`. */
export function train(job: Job, onEpoch: (report: EpochReport) => void): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    waiting.push({ job, onEpoch, resolve, reject });
    assign();
  });
}

function assign(): void {
  while (waiting.length > 0) {
    const free = [...threads].find(({ task }) => task === undefined) ?? start();
    if (free === undefined) return;
    const task = waiting.shift()!;
    clearTimeout(free.timer);
    try {
      free.worker.postMessage(task.job);
    } catch (error) {
      // Something in it is no plain data.
      rest(free);
      task.reject(error);
      continue;
    }
    free.task = task;
    free.worker.ref();
  }
}

/** A new thread; undefined if there are enough. */
function start(): Thread | undefined {
  if (threads.size >= Math.min(availableParallelism(), THREADS_MAX)) return undefined;
  // The host's own flags and loaders mean nothing to it.
  const worker = new Worker(builtFile("./worker.js", import.meta.url), { execArgv: [] });
  const thread: Thread = { worker, task: undefined, timer: undefined };
  threads.add(thread);
  worker.on("message", (message: WorkerMessage) => hear(thread, message));
  worker.on("error", (error) => end(thread, error));
  worker.on("exit", (code) => end(thread, new Error(`it exited with code ${code}`)));
  return thread;
}

function hear(thread: Thread, message: WorkerMessage): void {
  const { task } = thread;
  if (task === undefined) return;
  if (message.kind === "epoch") {
    task.onEpoch(message.report);
    return;
  }
  thread.task = undefined;
  rest(thread);
  if (message.kind === "done") task.resolve(message.outcome);
  else task.reject(errorFrom(message.error));
  assign();
}

function rest(thread: Thread): void {
  clearTimeout(thread.timer);
  thread.worker.unref();
  thread.timer = setTimeout(() => {
    threads.delete(thread);
    void thread.worker.terminate();
  }, IDLE_MS);
  thread.timer.unref();
}

function end(thread: Thread, error: Error): void {
  threads.delete(thread);
  clearTimeout(thread.timer);
  const { task } = thread;
  thread.task = undefined;
  task?.reject(
    new TickbookError("ml.worker-lost", {
      message: `the thread that trained ended: ${error.message}`,
      hint: "Out of memory: use fewer rows, a shorter window or smaller batches.",
      cause: error,
    }),
  );
  assign();
}

function errorFrom({ code, message, hint, fields, stack }: PlainError): Error {
  if (code !== undefined) {
    const detail = { message, ...(hint ? { hint } : {}), ...(fields ? { fields } : {}) };
    return new TickbookError(code as ErrorCode, detail);
  }
  const error = new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}
