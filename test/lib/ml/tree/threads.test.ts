import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { runThreads } from "../../../../lib/ml/tree/threads.ts";
import { trainTrees } from "../../../../lib/ml/tree/train.ts";
import { temporaryFolder } from "../../../temporary-folder.ts";
import { madeDataset } from "./datasets.ts";

const watch = { signal: undefined, roundDone: () => {} };

test.each([
  ["ends by itself", "process.exit(3)", /code 3/],
  ["throws", "throw new Error('boom')", /boom/],
] as const)("a thread that %s is an error, and the others are ended", async (_, code, message) => {
  const folder = temporaryFolder();
  const file = join(folder, "thread.mjs");
  // The others wait for good, as helpers do.
  writeFileSync(
    file,
    `import { workerData } from "node:worker_threads";
if (workerData === 1) { ${code} }
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);`,
  );
  await expect(runThreads(file, [0, 1, 2], watch, () => {})).rejects.toMatchObject({
    code: "ml.worker-lost",
    message: expect.stringMatching(message),
  });
});

test("a helper that dies ends a training whose leader waits for it", async () => {
  const started: Worker[] = [];
  const note = (worker: Worker) => void started.push(worker);
  process.on("worker", note);
  const update = (round: number) => {
    if (round === 2) void started[1]!.terminate();
  };
  try {
    const training = trainTrees({
      dataset: madeDataset({ rows: 20_000 }),
      rounds: 10_000,
      validation: 0,
      workers: 2,
      startProgress: () => ({ update, end: () => {} }),
    });
    await expect(training).rejects.toMatchObject({ code: "ml.worker-lost" });
    expect(started).toHaveLength(2);
    // -1: it has ended.
    expect(started.map(({ threadId }) => threadId)).toEqual([-1, -1]);
  } finally {
    process.off("worker", note);
  }
});
