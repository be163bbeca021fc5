/** Accounts when things go wrong: two commands at once, processes that are killed or hang, files that are damaged. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LiveView } from "../../../kernel/cli/accounts/live-view.ts";
import { ROOT } from "../../tidy/sources.ts";

const folder = mkdtempSync(join(tmpdir(), "tickbook-trouble-"));
const home = join(folder, ".tickbook");
const BIN = join(ROOT, "kernel/cli/tickbook.mjs");
let bundle = "";

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function started(...args: string[]): { readonly child: ChildProcess; readonly ended: Promise<Outcome> } {
  const child = spawn(process.execPath, [BIN, ...args, "--json"], { cwd: folder });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return {
    child,
    ended: new Promise((resolve) => child.once("close", (status) => resolve({ status, stdout, stderr }))),
  };
}

const tickbook = (...args: string[]) => started(...args).ended;

async function json<T>(...args: string[]): Promise<T> {
  const { status, stdout, stderr } = await tickbook(...args);
  expect(status, stdout + stderr).toBe(0);
  return lastOf(stdout) as T;
}

async function errorOf(...args: string[]): Promise<{ code: string; message: string; fields: object }> {
  const { status, stdout } = await tickbook(...args);
  expect(status, stdout).not.toBe(0);
  return (lastOf(stdout) as { error: { code: string; message: string; fields: object } }).error;
}

const lastOf = (stdout: string): unknown => JSON.parse(stdout.trim().split("\n").at(-1)!);
const looks = () => json<LiveView>("live", "ls");
const placeOf = (account: string, file = "") => join(home, "live", account, file);
const readIn = (account: string, file: string) =>
  JSON.parse(readFileSync(placeOf(account, file), "utf8")) as { pid: number; origin: string };

/** All processes on Linux whose command line names this test's folder, by pid. */
function processes(word: string): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid)
    .filter((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, "utf8");
        return line.includes(folder) && line.includes(word);
      } catch {
        return false;
      }
    });
}

const start = (name: string, ...more: string[]) => [
  "live",
  "start",
  bundle,
  "--name",
  name,
  "--speed",
  "1",
  ...more,
];
const stop = (name: string) => tickbook("live", "stop", "--account", placeOf(name));

beforeAll(() => {
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  copyFileSync(join(ROOT, "kernel/cli/init/first.ipynb"), join(folder, "first.ipynb"));
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [BIN, "promote", "first.ipynb", "--home", home, "--json"],
    { cwd: folder, encoding: "utf8" },
  );
  expect(status, stdout + stderr).toBe(0);
  bundle = (lastOf(stdout) as { path: string }).path;
}, 120_000);

afterAll(() => {
  for (const pid of [...processes("tickbook.mjs"), ...processes("strategy")]) {
    try {
      process.kill(pid, "SIGCONT");
      process.kill(pid, "SIGKILL");
    } catch {}
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});

describe.skipIf(process.platform !== "linux")("an account", { timeout: 120_000 }, () => {
  it("that two commands start at once is started by one; the other says so, and harms nothing", async () => {
    const outcomes = await Promise.all([tickbook(...start("two")), tickbook(...start("two"))]);
    expect(outcomes.map(({ status }) => status).sort(), JSON.stringify(outcomes)).toEqual([0, 2]);
    const refused = outcomes.find(({ status }) => status === 2)!;
    expect((lastOf(refused.stdout) as { error: { code: string } }).error.code).toBe("live.account-taken");
    expect(processes("exchange")).toEqual([readIn("two", "exchange.json").pid]);
    expect((await looks()).strategies).toMatchObject([{ account: "two", isConnected: true }]);
    expect((await stop("two")).status).toBe(0);
    expect(processes("exchange")).toEqual([]);
  });

  it("whose start is interrupted does not trade: neither daemon nor exchange is left", async () => {
    for (const step of ["exchange", "daemon"]) {
      const { child, ended } = started(...start("cut"));
      await new Promise<void>((resolve) => {
        child.stderr!.on("data", (text: string) => text.includes(`"${step}"`) && resolve());
      });
      child.kill("SIGINT");
      const { status, stdout } = await ended;
      expect(status, step).toBe(2);
      expect((lastOf(stdout) as { error: { code: string } }).error.code).toBe("cli.interrupted");
      expect([...processes("exchange"), ...processes("--account")], step).toEqual([]);
    }
  });

  it("starts again after its exchange, its daemon, or both were killed", async () => {
    for (const victims of [["control.json"], ["exchange.json"], ["control.json", "exchange.json"]]) {
      await json(...start("hit"));
      for (const file of victims) process.kill(readIn("hit", file).pid, "SIGKILL");
      await pause(300);
      if (victims.join() === "exchange.json") expect((await stop("hit")).status).toBe(0);
      await json("live", "start", "--name", "hit");
      const seen = (await looks()).strategies.find(({ account }) => account === "hit");
      expect(seen, victims.join()).toMatchObject({ isConnected: true });
      expect((await stop("hit")).status).toBe(0);
      expect([...processes("exchange"), ...processes("--account")], victims.join()).toEqual([]);
    }
  });

  it("whose daemon was killed is stopped with its exchange", async () => {
    await json(...start("left"));
    process.kill(readIn("left", "control.json").pid, "SIGKILL");
    await pause(300);
    expect((await errorOf("live", "stop", "--account", placeOf("left"))).code).toBe("live.not-running");
    expect(processes("exchange")).toEqual([]);
    expect((await looks()).strategies.find(({ account }) => account === "left")?.state).toBe("ended");
  });

  it("that hangs, or whose file is damaged, keeps nobody from seeing and halting the others", async () => {
    await json(...start("good"));
    await json(...start("hangs"));
    await json(...start("torn"));
    const { pid } = readIn("hangs", "control.json");
    process.kill(pid, "SIGSTOP");
    writeFileSync(placeOf("torn", "account.json"), "{");
    const { strategies, damaged } = await looks();
    const isNew = ({ account }: { account: string }) => ["good", "hangs", "torn"].includes(account);
    expect(strategies.filter(isNew)).toMatchObject([
      { account: "good", isConnected: true },
      { account: "hangs", isConnected: false, state: "no contact" },
    ]);
    expect(damaged).toMatchObject([{ account: "torn", message: expect.stringContaining("account.json") }]);
    const failure = await errorOf("live", "halt-all");
    expect(failure).toMatchObject({
      code: "live.not-halted",
      fields: { halted: ["good", "torn"], unanswered: ["hangs"] },
    });
    expect((await errorOf("live", "start", "--name", "torn")).code).toBe("storage.damaged");
    process.kill(pid, "SIGCONT");
    for (const name of ["good", "hangs", "torn"]) await stop(name);
  });

  it("is not mistaken for another program that has its port since the machine was restarted", async () => {
    const server = createServer((_, response) => response.end("{}"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const account = {
        stage: "paper",
        trades: { bundle, hash: "h", strategy: "s", currency: "USD", capital: 1, startedAt: 1 },
      };
      mkdirSync(placeOf("stale"), { recursive: true });
      writeFileSync(placeOf("stale", "account.json"), JSON.stringify(account));
      writeFileSync(placeOf("stale", "control.json"), JSON.stringify({ port, token: "t", pid: process.pid }));
      const { strategies } = await looks();
      expect(strategies.find(({ account: name }) => name === "stale")).toMatchObject({ state: "no contact" });
      expect((await errorOf("live", "halt-all")).message).toContain("stale");
      writeFileSync(placeOf("stale", "control.json"), "{");
      expect((await errorOf("live", "status", "--account", placeOf("stale"))).code).toBe("live.not-running");
    } finally {
      server.close();
      rmSync(placeOf("stale"), { recursive: true });
    }
  });
});
