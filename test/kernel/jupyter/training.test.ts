/** A training in a notebook cell: watched while it runs, interrupted, resumed, taken from the memo. */
import { mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { ROOT } from "../../tidy/sources.ts";
import { resultOf, sharedKernel } from "./kernel.ts";

const shared = sharedKernel();

const PREPARE = `import { dataset, direction, features, mlp, returns, rsi, train } from "tickbook";
const n = 6000, step = 864e5;
const close = Float64Array.from({ length: n }, (_, i) => 100 + 10 * Math.sin(i / 7) + (i * 7919 % 13) / 5);
const history = { instrument: {}, timeframe: "1d", timeframeMs: step, length: n, hash: "ab".repeat(32),
  time: close.map((_, i) => i * step), open: close, high: close, low: close, close, volume: close } as any;
const rows = dataset({ features: features({ a: rsi(5), b: returns(1), c: returns(3) }).compute(history), labels: direction(history, { horizon: 3 }) });
const request = { dataset: rows, model: mlp({ hidden: [32, 32] }), epochs: 40, patience: 40, batchSize: 16, seed: 3 };`;

const TRAIN = "const net = await train(request)";
const SUMMARY =
  "JSON.stringify([net.report.stopped, net.report.epochs, net.report.bestEpoch > 0, Object.values(net.graph.layers).flatMap((l) => l.weights.flatMap((w) => [...w.values])).reduce((a, b) => a + Math.abs(b), 0)])";

it("draws its loss while it runs; interrupted it keeps the best so far, and run again it goes on to the same network", {
  timeout: 120_000,
}, async () => {
  const client = shared.client();
  mkdirSync(join(shared.folder(), "node_modules"));
  symlinkSync(ROOT, join(shared.folder(), "node_modules/tickbook"));
  const { reply } = await client.execute(PREPARE);
  expect(reply.content).toMatchObject({ status: "ok" });
  const summary = async () => {
    const result = resultOf((await client.execute(SUMMARY)).iopub);
    return JSON.parse(result!.slice(1, -1)) as [boolean, number, boolean, number];
  };

  const id = client.send("shell", "execute_request", { code: TRAIN, allow_stdin: false });
  const drawn = await client.find(
    ({ type, parent, content }) =>
      type === "display_data" &&
      parent.msg_id === id &&
      "application/vnd.plotly.v1+json" in ((content.data as object) ?? {}),
  );
  expect(drawn).toBeDefined();
  await client.request("interrupt_request", {}, { channel: "control" });
  expect((await client.reply(id)).content).toMatchObject({ status: "error", ename: "KeyboardInterrupt" });
  // The cell's code goes on for the moment that it needs to take the network.
  for (let wait = 0; wait < 100; wait++) {
    const known = resultOf((await client.execute("typeof net === 'undefined' ? '' : 'known'")).iopub);
    if (known === "'known'") break;
    await sleep(50);
  }
  const [stopped, epochs, hasBest] = await summary();
  expect([stopped, hasBest]).toEqual([true, true]);
  expect(epochs).toBeLessThan(40);
  expect(readdirSync(join(shared.folder(), ".tickbook/checkpoints"))).toHaveLength(1);

  expect((await client.execute(TRAIN)).reply.content).toMatchObject({ status: "ok" });
  const resumed = await summary();
  expect(resumed.slice(0, 2)).toEqual([false, 40]);
  expect(readdirSync(join(shared.folder(), ".tickbook/checkpoints"))).toEqual([]);

  await client.execute(
    "request.seed = 3; const again = await train({ ...request, epochs: 40, minDelta: 0 })",
  );
  await client.execute("const net = again");
  const whole = await summary();
  expect(whole[3]).toBe(resumed[3]);
});
