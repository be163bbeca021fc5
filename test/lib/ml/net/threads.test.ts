import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { dirname } from "node:path";
import type { Worker } from "node:worker_threads";
import * as tf from "@tensorflow/tfjs";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { afterEach, expect, test } from "vitest";
import { mlp } from "../../../../lib/ml/net/architectures.ts";
import { trainNet } from "../../../../lib/ml/net/train.ts";
import { codeOf, numbersOf, quick } from "./training.ts";

/** Threads that were started since the test began. */
const started: Worker[] = [];
const note = (worker: Worker) => void started.push(worker);
process.on("worker", note);
afterEach(() => void started.splice(0));

const long = { ...quick, epochs: 10_000, patience: 10_000 };

test("a thread that dies is an error of its training alone, and the next goes on in another", async () => {
  const others: Promise<unknown>[] = [];
  const code = codeOf(async () =>
    trainNet({
      ...long,
      onEpoch({ epoch }) {
        if (epoch !== 2) return;
        // More than there are threads, so that some wait for this one's place.
        for (let i = 0; i < 6; i++) others.push(trainNet({ ...quick, epochs: 2 }));
        void started[0]!.terminate();
      },
    }),
  );
  expect(await code).toBe("ml.worker-lost");
  const nets = (await Promise.all(others)) as Awaited<ReturnType<typeof trainNet>>[];
  expect(nets).toHaveLength(6);
  for (const net of nets) expect(numbersOf(net)).toEqual(numbersOf(nets[0]!));
});

test("threads are used again: after a training, an error and an abort", async () => {
  await trainNet({ ...quick, epochs: 1 });
  started.splice(0);
  const first = numbersOf(await trainNet({ ...quick, epochs: 2 }));
  const dataset = { ...quick.dataset, columns: quick.dataset.columns.map((column) => column.map((x) => x * 1e38)) };
  expect(await codeOf(async () => trainNet({ ...quick, dataset, scale: false }))).toBe("ml.diverged");
  const controller = new AbortController();
  const stopped = await trainNet({ ...long, signal: controller.signal, onEpoch: () => controller.abort() });
  expect(stopped.report.stopped).toBe(true);
  expect(numbersOf(await trainNet({ ...quick, epochs: 2 }))).toEqual(first);
  expect(started).toEqual([]);
}); // biome-ignore format: long lines

test("a prediction does not wait for trainings", async () => {
  const net = await trainNet({ ...quick, epochs: 1 });
  const controller = new AbortController();
  let left = 2 * availableParallelism();
  let begun = 0;
  const trainings = Array.from({ length: left }, async () => {
    const training = trainNet({ ...long, signal: controller.signal, onEpoch: () => void begun++ });
    await training.catch(() => {}).finally(() => left--);
  });
  while (begun === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await net.predict(quick.dataset.columns);
  expect(left).toBe(2 * availableParallelism());
  controller.abort();
  await Promise.all(trainings);
});

test("the caller's tfjs keeps its backend, its kernels and its numbers", async () => {
  const entry = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm");
  setWasmPaths(`${dirname(entry)}/`);
  await tf.setBackend("wasm");
  const kernels = () => tf.getKernelsForBackend("wasm").map(({ kernelName, kernelFunc }) => [kernelName, kernelFunc]);
  const [before, variable] = [kernels(), tf.variable(tf.tensor([1, 2, 3]))];
  const numbers = () => tf.tidy(() => variable.square().sum().dataSync()[0]);
  let isDone = false;
  const work = (async () => {
    const model = (t: typeof tf) =>
      t.sequential({ layers: [t.layers.dense({ units: 1, activation: "sigmoid", inputShape: [2] })] });
    const net = await trainNet({ ...quick, epochs: 2, model: model as never, backend: "cpu" });
    await net.predict(quick.dataset.columns);
    await (await trainNet({ ...quick, epochs: 2, model: mlp(), backend: "wasm" })).predict(quick.dataset.columns);
  })().finally(() => {
    isDone = true;
  });
  const { numTensors } = tf.memory();
  while (!isDone) {
    expect([tf.getBackend(), numbers()]).toEqual(["wasm", 14]);
    await new Promise(setImmediate);
  }
  await work;
  expect(kernels()).toEqual(before);
  expect(tf.memory().numTensors).toBe(numTensors);
  variable.dispose();
}); // biome-ignore format: long lines
