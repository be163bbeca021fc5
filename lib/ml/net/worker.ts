/** The thread that trains: one training after the other, each told and answered by messages. */
import { parentPort } from "node:worker_threads";
import { assert } from "#core";
import type { Job } from "./fit.ts";
import { plainError, runJob, type WorkerMessage } from "./job.ts";

const port = parentPort;
assert(port, "this file runs in a worker thread");
const say = (message: WorkerMessage) => port.postMessage(message);
port.on("message", (job: Job) => {
  runJob(job, (report) => say({ kind: "epoch", report })).then(
    (outcome) => say({ kind: "done", outcome }),
    (error: unknown) => say({ kind: "failed", error: plainError(error) }),
  );
});
