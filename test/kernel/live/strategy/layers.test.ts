import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { expect, it, onTestFinished } from "vitest";
import { built, runPlain } from "./attacks.ts";
import { bundleOf, isGone, REQUEST, START } from "./bundles.ts";

it("a disarmed process makes no code of text and has no tools to act on others", async () => {
  const { stdout, code } = await runPlain(`
    const { disarm } = await import(${built("kernel/live/strategy/disarm.js")});
    const tools = ["kill", "dlopen", "binding", "_linkedBinding", "getBuiltinModule", "mainModule", "chdir"];
    const before = tools.filter((name) => process[name] !== undefined).length;
    disarm();
    const makers = [() => 1, class {}, async () => 1, function* () {}, async function* () {}, Array, process.exit, {}.constructor];
    const made = makers.filter((each) => { try { return typeof each.constructor("return 1") === "function"; } catch { return false; } });
    console.log(JSON.stringify({ before, after: tools.filter((name) => process[name] !== undefined).length, made: made.length }));`);
  expect({ code, ...(JSON.parse(stdout) as object) }).toMatchObject({ code: 0, after: 0, made: 0 });
  expect((JSON.parse(stdout) as { before: number }).before).toBeGreaterThan(3);
});

it("a script's rejected promises end nobody; our own still end the process", async () => {
  const load = `const { loadScript } = await import(${built("exports/strategy/verify/sandbox.js")});
    const later = () => new Promise((resolve) => setImmediate(resolve));
    const script = loadScript('({ describe() { Promise.reject(new Error("theirs")); return \\'{"ok":1}\\'; } })');
    console.log(script.call("describe")); await later(); console.log("on");`;
  expect(await runPlain(load)).toMatchObject({ code: 0, stdout: "1\non\n", stderr: "" });
  const ours = await runPlain(
    `${load} void Promise.reject(new Error("ours")); await later(); console.log("never");`,
  );
  expect(ours).toMatchObject({ code: 1, stdout: "1\non\n" });
  expect(ours.stderr).toContain("ours");
});

// Where setpriv is missing, it ends at its next look at the channel: a loop never looks.
it.runIf(existsSync("/usr/bin/setpriv"))(
  "a process that loops ends with the daemon that started it",
  async () => {
    const { files, manifest } = bundleOf(
      `({ describe: () => '{"ok":null}', start: () => '{"ok":null}', push() { for (;;); } })`,
    );
    const program = `
    const { startStrategyProcess } = await import(${built("kernel/live/strategy/strategy-process.js")});
    const bundle = { manifest: ${JSON.stringify(manifest)}, files: new Map([["strategy.js", Buffer.from(${JSON.stringify(Buffer.from([...files.values()][0]!).toString())})]]) };
    const running = await startStrategyProcess({ bundle, onDeath: () => {}, decideTimeoutMs: 60_000 });
    await running.start(${JSON.stringify(START)});
    const decision = running.decide(${JSON.stringify({ ...REQUEST, view: { ...REQUEST.view, averagePrice: [0] } })});
    console.log(running.pid);
    await decision;`;
    const daemon = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    onTestFinished(() => {
      daemon.kill("SIGKILL");
    });
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
    for (let tries = 0; !isGone(pid) && tries < 100; tries++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(isGone(pid)).toBe(true);
  },
);
