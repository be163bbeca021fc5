/** The thread that trains and predicts: one request after the other, each told and answered by messages. */
import { parentPort } from "node:worker_threads";
import { assert } from "#core";
import { plainError, type Request, runJob, runPrediction, type WorkerMessage } from "./job.ts";

const port = parentPort;
assert(port, "this file runs in a worker thread");
const say = (message: WorkerMessage) => port.postMessage(message);
const answer = ({ kind, job }: Request) =>
  kind === "predict" ? runPrediction(job) : runJob(job, (report) => say({ kind: "epoch", report }));
port.on("message", (request: Request) => {
  answer(request).then(
    (result) => say({ kind: "done", result }),
    (error: unknown) => say({ kind: "failed", error: plainError(error) }),
  );
});
