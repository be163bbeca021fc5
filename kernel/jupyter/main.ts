/**
 * The Jupyter kernel's process: node main.js <connection file>. The main thread runs the cells, a worker thread speaks
 * the protocol. It ends by itself when told to shut down or when the process that started it is gone.
 */
import { join } from "node:path";
import { MessageChannel, Worker } from "node:worker_threads";
import type { ToMain, ToWorker, WorkerStart } from "./threads.ts";

// The session replaces process.exit: cells must not end the process, but this file must.
const exit = process.exit.bind(process);
const [, , connectionFile] = process.argv;
if (connectionFile === undefined) {
  process.stderr.write("usage: main.js <connection file>\n");
  exit(2);
}
// Front ends interrupt by message; a signal that reaches the process group is not for the kernel.
process.on("SIGINT", () => {});

const root = process.cwd();
const home = join(root, ".tickbook");
const input = new MessageChannel();
const signal = new Int32Array(new SharedArrayBuffer(4));
// First of all, so that both threads load at the same time.
const workerData: WorkerStart = {
  connectionFile: connectionFile as string,
  root,
  home,
  inputPort: input.port2,
  signal,
};
const worker = new Worker(new URL("./worker.js", import.meta.url), {
  workerData,
  transferList: [input.port2],
});
worker.on("error", (error) => {
  process.stderr.write(`tickbook kernel: the protocol thread failed: ${error.stack ?? String(error)}\n`);
  exit(1);
});
worker.on("message", (message: ToMain) => {
  if (message.kind === "exit") exit(message.code);
});

const { serveCells } = await import("./user/serve-cells.ts");
await serveCells({
  root,
  home,
  toWorker: (message: ToWorker) => worker.postMessage(message),
  onMessage: (receive) => worker.on("message", receive),
  inputPort: input.port1,
  signal,
});
