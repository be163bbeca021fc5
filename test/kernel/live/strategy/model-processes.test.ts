/** Models in processes of their own end with what they serve, and their own end is a failure like any other. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { expect, it, onTestFinished } from "vitest";
import { encodeValue } from "#core";
import { built } from "./attacks.ts";
import { isGone, startProcess } from "./bundles.ts";
import { faultModel } from "./fault-models.ts";
import { bundleWith, GOLDEN, INSTRUMENTS, LIMIT, request, started } from "./priced.ts";

const MISSING = { onFailure: "missing" } as const;

it("a model whose process is killed is missing from then on; the strategy goes on", async () => {
  const running = await started(await bundleWith({ up: await faultModel("throws", LIMIT, GOLDEN) }, MISSING));
  const [pid] = running.modelPids;
  expect(running.isolation).toMatchObject({ permissions: true });
  process.kill(pid!, "SIGKILL");
  let { failed } = await running.decide(request(10, 10));
  for (let n = 0; n < 50 && !failed; n++) ({ failed } = await running.decide(request(10, 10)));
  expect(failed).toEqual([
    { up: expect.stringContaining("its process has ended") },
    { up: expect.stringContaining("its process has ended") },
  ]);
  expect(running.pid).toBeDefined();
});

it("a strategy whose process is killed leaves no model behind, and its death is told once they are gone", async () => {
  const bundle = await bundleWith({ up: await faultModel("slow", LIMIT, GOLDEN, 40) }, MISSING);
  let pids: number[] = [];
  const died = new Promise<boolean[]>((resolve) => {
    void (async () => {
      const running = await startProcess({ bundle, onDeath: () => resolve(pids.map(isGone)) });
      await running.start({ instruments: INSTRUMENTS.map((instrument) => ({ instrument })) });
      // The model computes for long when its strategy dies.
      await running.decide(request(2e6, null));
      pids = [running.pid!, running.modelPids[0]!];
      process.kill(running.pid!, "SIGKILL");
    })();
  });
  expect(await died).toEqual([true, true]);
});

// Where setpriv is missing, a model's process ends once it has computed.
it.runIf(existsSync("/usr/bin/setpriv"))(
  "a model that hangs ends with the daemon that is killed",
  async () => {
    const { manifest, files } = await bundleWith(
      { up: await faultModel("slow", LIMIT, GOLDEN, 200) },
      MISSING,
    );
    const bundle = { manifest, files: [...files] };
    const program = `
    const { startStrategyProcess } = await import(${built("kernel/live/strategy/strategy-process.js")});
    const { decodeValue } = await import(${built("lib/core/index.js")});
    let text = "";
    for await (const chunk of process.stdin) text += chunk;
    const { bundle: { manifest, files }, instruments, request } = decodeValue(text);
    const running = await startStrategyProcess({ bundle: { manifest, files: new Map(files) }, onDeath: () => {} });
    await running.start({ instruments });
    await running.decide({ ...request, bars: request.bars.map((bar) => bar ?? undefined) });
    console.log(running.modelPids[0]);
    setInterval(() => {}, 1e6);`;
    const daemon = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    onTestFinished(() => void daemon.kill("SIGKILL"));
    const { bars, ...rest } = request(2e6, null);
    daemon.stdin.end(
      encodeValue({
        bundle,
        instruments: INSTRUMENTS.map((instrument) => ({ instrument })),
        request: { ...rest, bars: bars.map((each) => each ?? null) },
      }),
    );
    const pid = await new Promise<number>((resolve) => {
      createInterface(daemon.stdout).once("line", (line) => resolve(Number(line)));
    });
    onTestFinished(() => {
      if (!isGone(pid)) process.kill(pid, "SIGKILL");
    });
    expect(isGone(pid)).toBe(false);
    const ended = new Promise((resolve) => daemon.once("exit", resolve));
    daemon.kill("SIGKILL");
    await ended;
    for (let tries = 0; !isGone(pid) && tries < 60; tries++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(isGone(pid)).toBe(true);
  },
);
