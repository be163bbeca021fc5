/** Models that throw or hang: what the strategy's process does about it, by the strategy's own policy. */
import { expect, it } from "vitest";
import { encodeValue } from "#core";
import { decisionFrom } from "../../../../kernel/live/core-driver.ts";
import type { StrategySnapshot } from "../../../../kernel/live/strategy/types.ts";
import { errorOf, isGone, startProcess } from "./bundles.ts";
import { faultModel } from "./fault-models.ts";
import { bar, bundleWith, GOLDEN, INSTRUMENTS, LIMIT, request, started } from "./priced.ts";

const MISSING = { onFailure: "missing" } as const;
const THREW = /^model "up" did not predict: .*indices element out of data bounds/s;

it("a model that throws is missing for that bar alone, and what failed fails again in a replay", async () => {
  const bundle = await bundleWith({ up: await faultModel("throws", LIMIT, GOLDEN) }, MISSING);
  expect(bundle.manifest.inference).toEqual({ onFailure: "missing", timeoutMs: 1000 });
  const running = await started(bundle);
  // The second instrument's failure stays until its next bar.
  const requests = [request(10, 20), request(12, 2e6), request(14, null), request(2e6, 16), request(10, 10)];
  const answers = [];
  for (const each of requests) answers.push(await running.decide(each));
  const [first, second, third, fourth, fifth] = answers;
  expect(first!.predictions).toEqual([{ up: 5 }, { up: 10 }]);
  expect(first).not.toHaveProperty("failed");
  expect(second!.predictions).toEqual([{ up: 6 }, { up: Number.NaN }]);
  expect(second!.failed).toEqual([{}, { up: expect.stringMatching(THREW) }]);
  expect(second!.memory.state).toEqual([{ seen: 6 }, { seen: Number.NaN }]);
  expect(second!.signals).toEqual([{ kind: "target", instrument: 0, weight: 0.5 }]);
  expect(third!.failed).toEqual(second!.failed);
  expect(fourth!.failed).toEqual([{ up: expect.stringMatching(THREW) }, {}]);
  expect(fifth).not.toHaveProperty("failed");
  expect(fifth!.predictions).toEqual([{ up: 5 }, { up: 5 }]);

  // The same failures in a process whose model would predict: told, and not computed again.
  const sound = await bundleWith({ up: await faultModel("throws", 1e9, GOLDEN) }, MISSING);
  const replay = await started(sound);
  for (const [n, each] of requests.entries()) {
    const again = await replay.decide({ ...each, failed: answers[n]!.failed ?? [] });
    expect(encodeValue(decisionFrom(again)), `decision ${n}`).toBe(encodeValue(decisionFrom(answers[n]!)));
  }
});

it("what failed is in the snapshot, and a process that recovers does not predict it after all", async () => {
  const bundle = await bundleWith({ up: await faultModel("throws", LIMIT, GOLDEN) }, MISSING);
  const running = await started(bundle);
  const { failed, predictions } = await running.decide(request(10, 2e6));
  const snapshot = await running.snapshot();
  const next = await startProcess({ bundle });
  await next.start(snapshot);
  expect(encodeValue(await next.snapshot())).toBe(encodeValue(snapshot));
  expect((await next.decide(request(10, null))).failed).toEqual(failed);

  // From the journal: the bars again, and what failed at the last.
  const recovered = await startProcess({ bundle });
  await recovered.start({ instruments: INSTRUMENTS.map((instrument) => ({ instrument })) });
  await recovered.warmUp([[bar(10)], [bar(9)]], failed);
  const { predictions: found, failed: kept }: StrategySnapshot = await recovered.snapshot();
  expect([found, kept]).toEqual([predictions, failed]);
});

it("a model that throws ends a strategy without a policy, with the model's name and onnxruntime's words", async () => {
  const running = await started(await bundleWith({ up: await faultModel("throws", LIMIT, GOLDEN) }));
  expect(running.modelPids).toEqual([]);
  await running.decide(request(10, 10));
  const pid = running.pid!;
  const error = await errorOf(running.decide(request(10, 2e6)));
  expect(error).toMatchObject({ code: "live.inference-failed", message: expect.stringMatching(THREW) });
  expect(isGone(pid)).toBe(true);
});

it("a model that hangs is missing until it has come back, and the one beside it never", {
  timeout: 60_000,
}, async () => {
  const models = {
    up: await faultModel("slow", LIMIT, GOLDEN),
    other: await faultModel("throws", 1e9, GOLDEN),
  };
  const running = await started(await bundleWith(models, { ...MISSING, timeoutMs: 150 }));
  const late = await running.decide(request(2e6, 10));
  expect(late.predictions).toEqual([
    { up: Number.NaN, other: 1e6 },
    { up: Number.NaN, other: 5 },
  ]);
  expect(late.failed).toEqual([
    { up: 'model "up" did not predict within 150 ms' },
    { up: 'model "up" still computes an earlier prediction, which was given up' },
  ]);
  let answer = late;
  for (let n = 0; n < 400 && answer.failed; n++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    answer = await running.decide(request(12, 10));
    expect(answer.predictions.map(({ other }) => other)).toEqual([6, 5]);
  }
  expect(answer.predictions).toEqual([
    { up: 6, other: 6 },
    { up: 5, other: 5 },
  ]);
});

it("a model that hangs ends a strategy that does not go on without it, and nothing of it is left", async () => {
  const bundle = await bundleWith({ up: await faultModel("slow", LIMIT, GOLDEN, 40) }, { timeoutMs: 150 });
  const running = await started(bundle);
  const pids = [running.pid!, ...running.modelPids.map((pid) => pid!)];
  expect(pids).toHaveLength(2);
  await running.decide(request(10, 10));
  const error = await errorOf(running.decide(request(2e6, 10)));
  expect(error).toMatchObject({ code: "live.inference-timeout" });
  expect(pids.map(isGone)).toEqual([true, true]);
});

it("no policy of the strategy's outlasts the operator's deadline: all models together get half of it", async () => {
  const bundle = await bundleWith(
    { up: await faultModel("slow", LIMIT, GOLDEN, 40) },
    { ...MISSING, timeoutMs: 60_000 },
  );
  const running = await startProcess({ bundle, decideTimeoutMs: 1500 });
  await running.start({ instruments: INSTRUMENTS.map((instrument) => ({ instrument })) });
  const { failed } = await running.decide(request(2e6, null));
  expect(failed).toEqual([{ up: 'model "up" did not predict within 750 ms' }, {}]);
  const pids = [running.pid!, running.modelPids[0]!];
  await running.stop();
  expect(pids.map(isGone)).toEqual([true, true]);
});
