/**
 * Threads that train and predict, so that the caller's thread and its tfjs stay as they are, and several networks learn
 * at once. A thread takes long to start, so it is kept for a while; it keeps no process alive that has nothing else to
 * do. Trainings leave one thread to predictions, which would wait for hours behind them.
 */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { type ErrorCode, TickbookError } from "#core";
import { builtFile } from "#storage";
import type { EpochReport, Job } from "./fit.ts";
import type { Outcome, PlainError, PredictJob, Request, WorkerMessage } from "./job.ts";

const TRAININGS_MAX = Math.min(availableParallelism(), 4);
const IDLE_MS = 30_000;

interface Task {
  readonly request: Request;
  readonly onEpoch: ((report: EpochReport) => void) | undefined;
  readonly resolve: (result: Outcome | Float32Array) => void;
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
  return ask({ kind: "train", job }, onEpoch) as Promise<Outcome>;
}

/** Predicts in a thread. Errors: those of `runPrediction`, and `ml.worker-lost`. */
export function predict(job: PredictJob): Promise<Float32Array> {
  return ask({ kind: "predict", job }) as Promise<Float32Array>;
}

function ask(request: Request, onEpoch?: Task["onEpoch"]): Promise<Outcome | Float32Array> {
  return new Promise((resolve, reject) => {
    const task = { request, onEpoch, resolve, reject };
    if (request.kind === "train") waiting.push(task);
    else waiting.unshift(task);
    assign();
  });
}

function assign(): void {
  while (waiting.length > 0) {
    if (waiting[0]!.request.kind === "train" && trainings() >= TRAININGS_MAX) return;
    const free = [...threads].find(({ task }) => task === undefined) ?? start();
    if (free === undefined) return;
    const task = waiting.shift()!;
    clearTimeout(free.timer);
    try {
      free.worker.postMessage(task.request);
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

function trainings(): number {
  return [...threads].filter(({ task }) => task?.request.kind === "train").length;
}

/** A new thread; undefined if there are enough. */
function start(): Thread | undefined {
  if (threads.size > TRAININGS_MAX) return undefined;
  // TensorFlow's library tells of the processor on every start. It reads this process's own environment, which a thread
  // has only a copy of.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= "1";
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
    task.onEpoch?.(message.report);
    return;
  }
  thread.task = undefined;
  rest(thread);
  if (message.kind === "done") task.resolve(message.result);
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
      message: `the thread of a network ended before its work was done: ${error.message}`,
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
