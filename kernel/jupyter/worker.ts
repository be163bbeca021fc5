/** The worker thread of a kernel: sockets and protocol. It answers whatever the main thread does. */
import { writeSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { assert, textFromError } from "#core";
import { watchParent } from "./parent-watch.ts";
import { signalDescendants } from "./protocol/descendants.ts";
import { Interrupter } from "./protocol/interrupt.ts";
import { Kernel } from "./protocol/kernel.ts";
import type { InputAnswer, ToMain, ToWorker, WorkerStart } from "./threads.ts";
import { readConnection } from "./wire/connection-file.ts";
import { Codec } from "./wire/message.ts";
import { type KernelSockets, openSockets } from "./wire/sockets.ts";

/** How long the main thread may take to end before the process is killed: native code may hold it. */
const EXIT_MS = 2000;

const { connectionFile, root, home, inputPort, signal } = workerData as WorkerStart;
const main = parentPort;
assert(main, "this file runs as a worker thread");
/** Until the main thread has opened its session nobody there takes messages: they wait here. */
let waiting: ToMain[] | undefined = [];
let open: () => void = () => {};
const opened = new Promise<void>((resolve) => {
  open = resolve;
});
const toMain = (message: ToMain) => {
  // It can be told to end at any time.
  if (waiting && message.kind !== "exit") waiting.push(message);
  else main.postMessage(message);
};
// Stopping what runs there before would stop the kernel's own start.
const interrupter = new Interrupter((ticket) => toMain({ kind: "interrupt", ticket }), opened);
let sockets: KernelSockets | undefined;
let kernel: Kernel | undefined;
let isEnding = false;

/** Written to the descriptor: the worker's own stream would wait for the main thread. */
function log(text: string): void {
  try {
    writeSync(2, `tickbook kernel: ${text}\n`);
  } catch {
    // Nobody reads it.
  }
}

function mainIsReady(): void {
  const early = waiting ?? [];
  waiting = undefined;
  for (const message of early) toMain(message);
  open();
}

function answerInput(answer: InputAnswer): void {
  inputPort.postMessage(answer);
  Atomics.store(signal, 0, 1);
  Atomics.notify(signal, 0);
}

/** One message that fails must not cost the user a session. */
function guarded(work: () => void): void {
  try {
    work();
  } catch (error) {
    logFailure(error);
  }
}

function logFailure(error: unknown): void {
  log(`went on after an error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
}

async function end(code: number): Promise<void> {
  if (isEnding) return;
  isEnding = true;
  setTimeout(() => process.kill(process.pid, "SIGKILL"), EXIT_MS);
  kernel?.close();
  // Whatever runs there is stopped, so that the main thread gets to the message below.
  await interrupter.interrupt();
  // What cells started and did not end; as Jupyter's own kernel does.
  signalDescendants("SIGTERM");
  await sockets?.close();
  // Node would wait for a debugger that is still connected.
  interrupter.close();
  toMain({ kind: "exit", code });
}

async function start(): Promise<void> {
  const connection = readConnection(connectionFile);
  const codec = new Codec(connection);
  const early: (() => void)[] = [];
  const whenOpen = (work: () => void) => (sockets ? work() : early.push(work));
  kernel = new Kernel(codec, {
    root,
    home,
    send: (channel, frames) => whenOpen(() => sockets?.send(channel, frames)),
    toMain,
    answerInput,
    shutDown: () => void end(0),
    log,
    interrupter,
  });
  const current = kernel;
  main?.on("message", (message: ToWorker) => {
    if (message.kind === "ready") mainIsReady();
    guarded(() => current.told(message));
  });
  sockets = await openSockets(connection, {
    received: (channel, frames) => guarded(() => current.received(channel, frames)),
    subscribed: (topic) => guarded(() => current.subscribed(topic)),
    failed: (channel, error) => {
      if (isEnding) return;
      log(`the ${channel} socket failed: ${String(error)}`);
      void end(1);
    },
  });
  for (const work of early) work();
  current.start();
  watchParent(() => void end(0));
}

process.on("uncaughtException", logFailure);
process.on("unhandledRejection", logFailure);
start().catch((error: unknown) => {
  log(textFromError(error));
  void end(1);
});
