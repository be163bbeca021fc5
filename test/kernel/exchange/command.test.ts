import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../../temporary-folder.ts";
import { ROOT } from "../../tidy/sources.ts";
import { rest } from "./requests.ts";

const BIN = join(ROOT, "kernel/cli/tickbook.mjs");
const HISTORY = ["--symbol", "BTC/USDT", "--timeframe", "1d"];
const REPLAY = [...HISTORY, "--source", "csv", "--from", "2024-01-02", "--port", "0"];
const KEY = { apiKey: "alpha", secret: "secret of alpha" };

function tickbook(cwd: string, ...args: string[]) {
  return spawnSync(process.execPath, [BIN, ...args], { cwd, encoding: "utf8" });
}

/** A folder with three stored bars and a key file. */
function project(): string {
  const folder = temporaryFolder();
  const rows = [1, 2, 3].map((day) => `2024-01-0${day}T00:00:00Z,100,${101 + day},99,100.5,${day}.25`);
  writeFileSync(join(folder, "bars.csv"), `time,open,high,low,close,volume\n${rows.join("\n")}\n`);
  const steps = ["--tick", "0.01", "--lot", "0.001"];
  expect(tickbook(folder, "data", "import", "bars.csv", ...HISTORY, ...steps).status).toBe(0);
  writeFileSync(join(folder, "key.json"), JSON.stringify(KEY), { mode: 0o600 });
  return folder;
}

function start(cwd: string, ...args: string[]): ChildProcess & { lines(): AsyncIterator<string> } {
  const child = spawn(process.execPath, [BIN, "exchange", ...REPLAY, ...args], {
    cwd,
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  return Object.assign(child, { lines: () => lines });
}

describe("tickbook exchange", () => {
  it("replays, says when it is done, goes on answering, and ends when told to", async () => {
    const child = start(project(), "--speed", "1e12", "--key-file", "key.json", "--json");
    const next = async () =>
      JSON.parse((await child.lines().next()).value as string) as Record<string, unknown>;
    const { kind, origin } = await next();
    expect(kind).toBe("listening");
    expect(await next()).toMatchObject({
      kind: "done",
      isDone: true,
      prints: 8,
      accounts: [{ apiKey: "alpha", balances: { USDT: { free: "100000.00000000" } } }],
    });
    const { status, body } = await rest(String(origin), KEY, "GET", "/api/v3/account", {});
    expect([status, body]).toEqual([200, expect.objectContaining({ makerCommission: 10 })]);
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
  });

  it("makes a key and shows it; ends before the replay does", async () => {
    const child = start(project(), "--speed", "1");
    const lines = [await child.lines().next(), await child.lines().next(), await child.lines().next()];
    const [origin, apiKey, secret] = lines.map(({ value }) => String(value).split(/\s{2,}/)[1]!);
    const { status } = await rest(
      origin!,
      { apiKey: apiKey!, secret: secret! },
      "GET",
      "/api/v3/openOrders",
      {},
    );
    expect(status).toBe(200);
    child.kill("SIGINT");
    expect(await once(child, "exit")).toEqual([0, null]);
  });

  it("ends with one clear message when it cannot start", async () => {
    const folder = project();
    const holder = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void holder.close());
    await once(holder, "listening");
    const port = String((holder.address() as AddressInfo).port);
    chmodSync(join(folder, "bars.csv"), 0o600);
    writeFileSync(join(folder, "open.json"), JSON.stringify(KEY));
    chmodSync(join(folder, "open.json"), 0o644);
    for (const [args, text, code] of [
      [["--port", port], "(exchange.port-in-use)", 2],
      // That others may have the key is for the operator to judge.
      [["--key-file", "open.json"], "chmod 600", 1],
      [["--key-file", "bars.csv"], "(live.bad-key-file)", 2],
      [["--capital", "much"], "(cli.bad-option)", 2],
      [["--speed", "fast", "--lockstep", "tcp://127.0.0.1:1"], "(cli.bad-option)", 2],
    ] as const) {
      const { status, stderr, stdout } = tickbook(folder, "exchange", ...REPLAY, ...args);
      expect(stderr).toContain(text);
      expect(stderr).not.toMatch(/\n\s+at /);
      expect([status, stdout]).toEqual([code, ""]);
    }
  }, 120_000);
});
