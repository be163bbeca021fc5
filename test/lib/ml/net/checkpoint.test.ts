import { spawn } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { encodeValue } from "#core";
import { gru, mlp } from "../../../../lib/ml/net/architectures.ts";
import type { TrainedNet } from "../../../../lib/ml/net/net.ts";
import type { TrainOptions } from "../../../../lib/ml/net/options.ts";
import { trainNet } from "../../../../lib/ml/net/train.ts";
import { temporaryFolder } from "../../../temporary-folder.ts";
import { lagged, twoClasses } from "./datasets.ts";
import { numbersOf } from "./training.ts";

const REQUESTS: [string, TrainOptions][] = [
  [
    "mlp with dropout, normalisation and a plateau",
    {
      dataset: twoClasses(300),
      model: mlp({ dropout: 0.2, batchNorm: true }),
      epochs: 9,
      learningRate: { kind: "plateau", rate: 0.01, patience: 1 },
    },
  ],
  [
    "gru with momentum and a cosine",
    {
      dataset: lagged(300, { window: 4 }),
      model: gru({ units: 4, dropout: 0.1 }),
      epochs: 7,
      optimizer: { kind: "sgd", momentum: 0.9 },
      learningRate: { kind: "cosine", rate: 0.05 },
    },
  ],
];

/** Trains until an epoch is done, then is told to stop. */
async function stopAfter(epochs: number, options: TrainOptions): Promise<TrainedNet> {
  const controller = new AbortController();
  return trainNet({
    ...options,
    signal: controller.signal,
    onEpoch: ({ epoch }) => {
      if (epoch >= epochs) controller.abort();
    },
  });
}

describe("an interrupted training", () => {
  test.each(REQUESTS)("of %s goes on as if never stopped, bit for bit", async (_, options) => {
    const whole = await trainNet(options);
    const checkpoint = { folder: temporaryFolder() };
    const long = { ...options, dataset: options.dataset, checkpoint };
    const part = await stopAfter(2, long);
    expect(part.report.epochs).toBeLessThanOrEqual(options.epochs!);
    const rest = await trainNet(long);
    expect(numbersOf(rest)).toEqual(numbersOf(whole));
    expect(rest.report.loss).toEqual(whole.report.loss);
    expect(rest.report.learningRates).toEqual(whole.report.learningRates);
    expect(readdirSync(checkpoint.folder)).toEqual(["net.checkpoint"]);
  });

  test("gives the best so far and says so; without one whole epoch it is refused", async () => {
    const options = { dataset: twoClasses(4000), epochs: 10_000, patience: 10_000 };
    const net = await stopAfter(2, options);
    expect(net.report.stopped).toBe(true);
    expect(net.report.epochs).toBeGreaterThanOrEqual(2);
    expect(net.report.loss.validation).toHaveLength(net.report.epochs);
    await expect(trainNet({ ...options, signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "ml.interrupted",
    });
  });

  test("killed at any moment it leaves a whole checkpoint, from which it goes on bit for bit", async () => {
    const [, options] = REQUESTS[0]!;
    const long = { ...options, epochs: 40, patience: 40 };
    const whole = await trainNet(long);
    const folder = temporaryFolder();
    const request = join(temporaryFolder(), "request");
    writeFileSync(request, encodeValue({ ...long, checkpoint: { folder } }));
    for (const epochs of [3, 1, 7]) await killAfter(epochs, request);
    const rest = await trainNet({ ...long, checkpoint: { folder } });
    expect(numbersOf(rest)).toEqual(numbersOf(whole));
    expect(rest.report.loss).toEqual(whole.report.loss);
  });
});

describe("a checkpoint", () => {
  const [, options] = REQUESTS[0]!;

  test("of another training is refused, or left aside, or gives its weights", async () => {
    const folder = temporaryFolder();
    const first = await trainNet({ ...options, checkpoint: { folder, every: 4 } });
    const other = { ...options, seed: 2 };
    await expect(trainNet({ ...other, checkpoint: { folder } })).rejects.toMatchObject({
      code: "ml.other-checkpoint",
    });
    const onward = await trainNet({
      ...other,
      epochs: 1,
      learningRate: 1e-12,
      checkpoint: { folder, resume: "best" },
    });
    expect(onward.report.metrics.validation!.auc).toBeCloseTo(first.report.metrics.validation!.auc!, 2);
    const anew = await trainNet({ ...other, checkpoint: { folder, resume: false } });
    expect(numbersOf(anew)).toEqual(numbersOf(await trainNet(other)));
    const changed = {
      ...options.dataset,
      target: options.dataset.target.map((y, i) => (i === 0 ? 1 - y : y)),
    };
    await expect(trainNet({ ...options, dataset: changed, checkpoint: { folder } })).rejects.toMatchObject({
      code: "ml.other-checkpoint",
    });
    await expect(
      trainNet({ ...options, model: mlp({ hidden: [3] }), checkpoint: { folder, resume: "best" } }),
    ).rejects.toMatchObject({ code: "ml.other-checkpoint" });
  });

  test("that is damaged is refused, and stays as it is", async () => {
    const folder = temporaryFolder();
    const path = join(folder, "net.checkpoint");
    await trainNet({ ...options, epochs: 2, checkpoint: { folder } });
    const good = readFileSync(path);
    for (const bad of [
      good.subarray(0, good.length - 5),
      Buffer.from(""),
      Buffer.from("no\n{}"),
      Buffer.from(good).fill(65, 200, 201),
    ]) {
      writeFileSync(path, bad);
      await expect(trainNet({ ...options, epochs: 2, checkpoint: { folder } })).rejects.toMatchObject({
        code: "ml.bad-checkpoint",
      });
      expect(readFileSync(path)).toEqual(Buffer.from(bad));
    }
  });

  test("that can no longer be written costs nothing but itself", async () => {
    const folder = join(temporaryFolder(), "in");
    const long = { ...options, epochs: 60, patience: 60 };
    const net = await trainNet({
      ...long,
      checkpoint: { folder },
      onEpoch: ({ epoch }) => {
        if (epoch === 3) blockFolder(folder);
      },
    });
    expect(net.report.keptEpoch).toBeGreaterThanOrEqual(1);
    expect(net.report.keptEpoch).toBeLessThan(60);
    expect(numbersOf(net)).toEqual(numbersOf(await trainNet(long)));
  });

  test("where nothing can be written fails the training by its path", async () => {
    const file = join(temporaryFolder(), "file");
    writeFileSync(file, "");
    await expect(trainNet({ ...options, checkpoint: { folder: join(file, "in") } })).rejects.toMatchObject({
      code: expect.stringMatching(/^(storage\.unwritable|ml\.bad-checkpoint)$/),
    });
  });
});

test("a process that has nothing else to do ends when its training has", async () => {
  const request = join(temporaryFolder(), "request");
  writeFileSync(request, encodeValue({ ...REQUESTS[0]![1], epochs: 2 }));
  expect(await trainElsewhere(request, Number.POSITIVE_INFINITY)).toEqual({ epochs: 2, code: 0 });
}, 20_000);

/** Puts a file in a folder's place; the training makes the folder anew, so it may take more than one try. */
function blockFolder(folder: string): void {
  for (let tries = 0; tries < 100; tries++) {
    try {
      rmSync(folder, { recursive: true, force: true });
      writeFileSync(folder, "");
      return;
    } catch {
      // The folder was there again.
    }
  }
  expect.fail(`${folder} could not be blocked`);
}

/** Trains a request in a process of its own and kills that after some epochs. */
async function killAfter(epochs: number, request: string): Promise<void> {
  expect((await trainElsewhere(request, epochs)).epochs).toBeGreaterThanOrEqual(epochs);
}

/** @returns the epochs that the process told before it ended, and how it ended. */
async function trainElsewhere(request: string, killAt: number) {
  const dist = new URL("../../../../dist/lib/", import.meta.url).href;
  const text = `
    import { readFileSync } from "node:fs";
    import { decodeValue } from "${dist}core/index.js";
    import { trainNet } from "${dist}ml/net/train.js";
    const options = structuredClone(decodeValue(readFileSync(${JSON.stringify(request)}, "utf8")));
    await trainNet({ ...options, onEpoch: () => process.stdout.write(".") });
  `;
  const child = spawn(process.execPath, ["--input-type=module", "-e", text], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    let epochs = 0;
    child.stdout.on("data", (dots: Buffer) => {
      epochs += dots.length;
      if (epochs >= killAt) child.kill("SIGKILL");
    });
    const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
    return { epochs, code };
  } finally {
    child.kill("SIGKILL");
  }
}
