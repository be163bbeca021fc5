import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runThreads } from "../../../../lib/ml/tree/threads.ts";
import { temporaryFolder } from "../../../temporary-folder.ts";

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
