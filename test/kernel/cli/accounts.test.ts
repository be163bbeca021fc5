import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LiveView } from "../../../kernel/cli/accounts/live-view.ts";
import type { PromoteReview } from "../../../kernel/cli/promote/review.ts";
import { ROOT } from "../../tidy/sources.ts";

const folder = mkdtempSync(join(tmpdir(), "tickbook-accounts-"));
const home = join(folder, ".tickbook");

function tickbook(...args: string[]) {
  const bin = join(ROOT, "kernel/cli/tickbook.mjs");
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
    cwd: folder,
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

function json<T>(...args: string[]): T {
  const { status, stdout, stderr } = tickbook(...args, "--json");
  expect(status, stdout + stderr).toBe(0);
  return JSON.parse(stdout.trim().split("\n").at(-1)!) as T;
}

function errorOf(...args: string[]): { readonly code: string; readonly message: string } {
  const { status, stdout } = tickbook(...args, "--json");
  expect(status).not.toBe(0);
  return (JSON.parse(stdout.trim().split("\n").at(-1)!) as { error: { code: string; message: string } })
    .error;
}

const looks = () => json<LiveView>("live", "ls");

async function until<T>(look: () => T | undefined, what: string): Promise<T> {
  for (let i = 0; i < 150; i++) {
    const found = look();
    if (found !== undefined) return found;
    await pause(200);
  }
  throw new Error(`waited in vain for ${what}: ${JSON.stringify(looks())}`);
}

function stopAll(): void {
  for (const { account, isConnected } of looks().strategies)
    if (isConnected) tickbook("live", "stop", "--account", join(home, "live", account));
}

beforeAll(() => {
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  // vega-datasets is where research finds it: among the notebooks' packages.
  copyFileSync(join(ROOT, "kernel/cli/init/first.ipynb"), join(folder, "first.ipynb"));
});

afterAll(() => {
  stopAll();
  rmSync(folder, { recursive: true, force: true });
});

describe("a promotion from a notebook", () => {
  it("is checked without a signature: what goes live, what it is judged by, what to look at", () => {
    const { status, stdout, stderr } = tickbook("promote", "first.ipynb", "--check", "--events", "--json");
    expect(status, stdout + stderr).toBe(0);
    const review = JSON.parse(stdout) as PromoteReview;
    expect(review).toMatchObject({
      refusals: [],
      strategy: { name: "dips", instruments: ["SPX/USD"], timeframe: "1d", features: ["fast", "trend"] },
      frozen: [{ binding: "best", kind: "value", cell: 6, cellId: "live" }],
      stages: [
        { stage: "paper", accounts: [{ name: "paper" }] },
        { stage: "live", accounts: [] },
      ],
      currency: "USD",
      capital: 100_000,
      report: "first.report.html",
    });
    expect(review.evidence?.columns.map(({ label }) => label)).toEqual([
      "Tuned",
      "Out of sample",
      "SPX/USD held",
    ]);
    expect(readFileSync(join(folder, review.report), "utf8")).toContain("dips");
    const steps = stderr
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { step: string; state: string });
    const passed = steps.filter(({ state }) => state === "passed").map(({ step }) => step);
    expect(passed).toEqual(["run", "slice", "types", "link", "golden"]);
    expect(existsSync(join(home, "bundles"))).toBe(false);
  });

  it("says where it can't go live: in the run, or in the slice, by cell", () => {
    const text = readFileSync(join(folder, "first.ipynb"), "utf8");
    const broken = (name: string, from: string, to: string) => {
      expect(text).toContain(from);
      writeFileSync(join(folder, name), text.replace(from, to));
      const { status, stdout } = tickbook(
        "promote",
        name,
        "--check",
        "--json",
        "--home",
        join(folder, "broken"),
      );
      expect(status).toBe(1);
      return JSON.parse(stdout) as PromoteReview;
    };
    expect(broken("throws.ipynb", "set.compute(history)", "set.compute(histori)")).toMatchObject({
      run: "",
      refusals: [
        { code: "run.failed", cell: 3, line: 2, message: expect.stringContaining("histori is not defined") },
      ],
    });
    expect(
      broken(
        "writes.ipynb",
        "const { fast, trend } = ctx.row;",
        "const { fast, trend } = ctx.row; Date.now();",
      ),
    ).toMatchObject({
      refusals: [{ code: "promote.clock", cell: 4, cellId: "define" }],
    });
  });
});

describe("an account in the background", () => {
  let bundle = "";

  it("trades a bundle on paper, with another capital, and is seen", async () => {
    ({ path: bundle } = json<{ path: string }>("promote", "first.ipynb"));
    const started = json<{ account: string; warmupBars: number; status: LiveView["strategies"][number] }>(
      ...["live", "start", bundle, "--capital", "50000", "--speed", "1000000"],
    );
    expect(started).toMatchObject({
      account: "paper",
      stage: "paper",
      status: { strategy: "dips", capital: 50_000, currency: "USD", isConnected: true },
    });
    const [strategy] = await until(() => {
      const { strategies } = looks();
      return strategies[0]!.counts!.fills > 0 && strategies[0]!.curve!.length > 10 ? strategies : undefined;
    }, "a fill");
    expect(
      strategy!.events!.some(({ kind, text }) => kind === "filled" && /^Bought .* SPX at /.test(text)),
    ).toBe(true);
    expect(strategy!.events!.at(-1)).toMatchObject({ kind: "started" });
    expect(errorOf("live", "start", bundle, "--capital", "50000").code).toBe("live.account-taken");
    expect(json("live", "halt-all")).toEqual({ halted: ["paper"] });
    const halted = await until(() => looks().strategies.find(({ state }) => state === "halted"), "the halt");
    expect(halted.events![0]).toMatchObject({ kind: "halted", text: "Halted by the operator" });
  });

  it("is replaced by a start with another capital, proven, stopped, and started again", async () => {
    json("live", "start", bundle, "--speed", "1000000");
    await until(() => (looks().strategies[0]!.counts!.decisions > 20 ? true : undefined), "decisions");
    json("live", "stop", "--account", join(home, "live", "paper"));
    const ended = looks().strategies[0]!;
    expect(ended).toMatchObject({
      state: "ended",
      isConnected: false,
      seenAt: null,
      bundle: expect.any(String),
    });
    const proof = json<{ replay: { isEqual: boolean }; parity: { isEqual: boolean; decisions: number } }>(
      ...[
        "live",
        "prove",
        bundle,
        "--home",
        home,
        "--source",
        "vega",
        "--account",
        join(home, "live", "paper"),
      ],
    );
    expect(proof).toMatchObject({ replay: { isEqual: true }, parity: { isEqual: true } });
    json("live", "start");
    expect(looks().strategies[0]).toMatchObject({ isConnected: true, capital: 100_000 });
    json("live", "stop", "--account", join(home, "live", "paper"));
  });

  it("a daemon that was killed is neither ended nor trading, as far as anybody can tell", async () => {
    json("live", "start", "--speed", "1");
    const { pid } = JSON.parse(readFileSync(join(home, "live/paper/control.json"), "utf8")) as {
      pid: number;
    };
    process.kill(pid, "SIGKILL");
    await until(() => (looks().strategies[0]!.isConnected ? undefined : true), "silence");
    expect(looks().strategies[0]).toMatchObject({ state: "no contact" });
    json("live", "start");
    expect(looks().strategies[0]).toMatchObject({ isConnected: true });
    json("live", "stop", "--account", join(home, "live", "paper"));
  });

  it("with real money wants an account of the operator's, and says what is wrong", () => {
    expect(errorOf("live", "start", bundle, "--stage", "live").code).toBe("live.no-account");
    expect(errorOf("live", "start", bundle, "--stage", "testnet").code).toBe("cli.bad-option");
    expect(errorOf("live", "start", bundle, "--name", "../x").code).toBe("cli.bad-option");
    expect(errorOf("live", "start", "ffff").code).toBe("cli.bad-option");
    writeFileSync(join(folder, "key.json"), JSON.stringify({ apiKey: "a", secret: "b" }), { mode: 0o644 });
    expect(errorOf("live", "account", "main", "--key-file", "key.json").code).toBe("keys.exposed");
    rmSync(join(folder, "key.json"));
    writeFileSync(join(folder, "key.json"), JSON.stringify({ apiKey: "a", secret: "b" }), { mode: 0o600 });
    writeFileSync(join(folder, "limits.json"), JSON.stringify({ maxDailyLoss: -1 }));
    expect(errorOf("live", "account", "main", "--key-file", "key.json", "--limits", "limits.json").code).toBe(
      "cli.bad-option",
    );
    writeFileSync(join(folder, "limits.json"), JSON.stringify({ maxDailyLoss: 0.01 }));
    json("live", "account", "main", "--key-file", "key.json", "--limits", "limits.json");
    const review = json<PromoteReview>("promote", "first.ipynb", "--check");
    const account = review.stages!.find(({ stage }) => stage === "live")!.accounts[0]!;
    expect(account.name).toBe("main");
    expect(account.limits.find(({ name }) => name.startsWith("Daily loss"))).toEqual({
      name: "Daily loss",
      asked: "10.0\u00a0%",
      operator: "1.0\u00a0%",
      inForce: "1.0\u00a0%",
      setBy: "operator",
    });
  });
});
