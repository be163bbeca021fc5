import { spawnSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../../temporary-folder.ts";
import { ROOT } from "../../tidy/sources.ts";

const BIN = join(ROOT, "kernel/cli/tickbook.mjs");

function project() {
  const folder = temporaryFolder();
  const cells = ["const n: number = 1", "console.log(n)"].map((source, i) => ({
    ...{ cell_type: "code", id: `c${i}`, execution_count: null, outputs: [], source },
    metadata: i === 0 ? { tags: ["parameters"] } : {},
  }));
  writeFileSync(
    join(folder, "nb.ipynb"),
    JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells }),
  );
  const tickbook = (args: readonly string[], input = "") =>
    spawnSync(process.execPath, [BIN, ...args], { cwd: folder, encoding: "utf8", input });
  const json = (args: readonly string[], input = "") => {
    const { stdout, stderr } = tickbook([...args, "--json"], input);
    // A clone whose sources are newer than its build says that it builds.
    expect(stderr.replace(/^(Building|Built|Waiting).*\n/gm, "")).toBe("");
    return JSON.parse(stdout);
  };
  return { folder, tickbook, json };
}

it("schedules, runs in the background, and tells all of it in the agreed shapes", {
  timeout: 120_000,
}, async () => {
  const { folder, tickbook, json } = project();
  const { job } = json(
    ["schedule", "add", "--from-json", "-"],
    JSON.stringify({
      ...{
        notebook: "nb.ipynb",
        parameters: { n: 5 },
        cron: "30 16 * * 1-5",
        zone: "America/New_York",
        retries: 1,
      },
      ...{ retryDelaySeconds: 0, timeoutSeconds: 60, memoryMb: 0, missed: "once", overlap: "skip", keep: 5 },
    }),
  );
  expect(job).toEqual({
    ...{
      id: expect.stringMatching(/^[a-z][a-z\d]{9}$/),
      notebook: "nb.ipynb",
      parameters: { n: 5 },
      keep: 5,
      runs: 0,
    },
    ...{ cron: "30 16 * * 1-5", zone: "America/New_York", text: "At 16:30, Monday to Friday, New York time" },
    ...{ isPaused: false, nextAt: expect.any(Number), last: [], failedInARow: 0 },
  });
  expect(json(["schedule", "ls"])).toEqual({ scheduler: { isRunning: false, workersFree: 0 }, jobs: [job] });
  expect(json(["schedule", "start-scheduler"])).toEqual({});
  const { process: identity } = processOf(folder);
  onTestFinished(async () => {
    process.kill(identity, "SIGKILL");
    await sleep(200);
  });
  expect(json(["schedule", "ls"]).scheduler.isRunning).toBe(true);
  expect(tickbook(["scheduler"])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining("storage.locked"),
  });
  const { run } = json(["schedule", "run", job.id]);
  expect(run).toMatchObject({
    number: 1,
    job: job.id,
    status: "queued",
    startedAt: null,
    attempt: 0,
    attempts: 2,
  });
  const once = json(["schedule", "once", "nb.ipynb", "-p", "n", "6"]).run;
  let runs: { status: string }[] = [];
  for (let tries = 0; tries < 100 && runs[0]?.status !== "done"; tries++, await sleep(100))
    runs = json(["schedule", "history", job.id]).runs;
  expect(runs).toEqual([
    expect.objectContaining({
      id: run.id,
      status: "done",
      attempt: 1,
      output: "runs/nb/1.ipynb",
      outputPath: join(folder, "runs/nb/1.ipynb"),
    }),
  ]);
  expect(tickbook(["schedule", "history", job.id.slice(0, 4)]).stdout).toMatch(
    /NO +RUN +STATUS.*\n1 .* done /,
  );
  for (let tries = 0; tries < 100 && json(["schedule", "show", once.id]).run.status !== "done"; tries++)
    await sleep(100);
  expect(json(["schedule", "pause", job.id]).job).toMatchObject({
    isPaused: true,
    nextAt: null,
    last: ["done"],
  });
  expect(json(["schedule", "resume", job.id]).job.isPaused).toBe(false);
  expect(json(["schedule", "cancel", run.id]).run.status).toBe("done");
  expect(json(["schedule", "rm", job.id]).job.id).toBe(job.id);
  expect(json(["schedule", "ls"]).jobs).toHaveLength(1);
});

function processOf(folder: string): { process: number } {
  const script = `const { openSqlite } = await import(${JSON.stringify(join(ROOT, "dist/lib/storage/index.js"))});
    const { openState } = await import(${JSON.stringify(join(ROOT, "dist/kernel/scheduler/state/open-state.js"))});
    void openSqlite;
    const state = await openState(process.argv[1]);
    console.log(JSON.parse(state.get("SELECT process FROM scheduler").process).pid);`;
  const { stdout } = spawnSync(
    process.execPath,
    ["--input-type=module", "-e", script, join(folder, ".tickbook")],
    {
      encoding: "utf8",
    },
  );
  return { process: Number(stdout) };
}

it("makes nothing where it is only asked", { timeout: 120_000 }, () => {
  const { folder, tickbook, json } = project();
  expect(json(["schedule", "ls"])).toEqual({ scheduler: { isRunning: false, workersFree: 0 }, jobs: [] });
  for (const question of ["history", "show", "cancel", "run", "pause", "rm"])
    expect(tickbook(["schedule", question, "k3f9"]).status).toBe(2);
  expect(readdirSync(folder)).toEqual(["nb.ipynb"]);
});

it("refuses bad input with a code and 2, and explains", { timeout: 120_000 }, () => {
  const { tickbook, json } = project();
  const refused = (...args: string[]) => {
    const { status, stdout } = tickbook(["schedule", ...args, "--json"]);
    return [status, JSON.parse(stdout).error.code];
  };
  expect(refused("explain", "61 * * * *")).toEqual([2, "scheduler.bad-cron"]);
  expect(refused("explain", "2030-01-01T00:00:00")).toEqual([2, "scheduler.bad-cron"]);
  expect(refused("explain", "1 * * * *", "--zone", "X/Y")).toEqual([2, "scheduler.bad-zone"]);
  expect(refused("add", "nb.ipynb", "--cron", "1 * * * *", "-p", "m", "1")).toEqual([
    2,
    "runner.unknown-parameter",
  ]);
  expect(refused("add", "nb.ipynb")).toEqual([2, "cli.bad-option"]);
  const wrong = [{ parameters: null }, { cron: 5 }, { zone: null }, { retries: "3" }, { onFailure: "x" }];
  for (const one of wrong) {
    const job = JSON.stringify({ notebook: "nb.ipynb", cron: "1 * * * *", ...one });
    const { status, stdout } = tickbook(["schedule", "add", "--from-json", "-", "--json"], job);
    expect([one, status, JSON.parse(stdout).error.code]).toEqual([one, 2, "cli.bad-option"]);
  }
  expect(refused("show", "nothing")).toEqual([2, "scheduler.no-run"]);
  expect(refused("run", "nothing")).toEqual([2, "scheduler.no-job"]);
  const unwritable = ["--cron", "1 * * * *", "--home", "/proc/none/x"];
  expect(refused("add", "nb.ipynb", ...unwritable)[1]).toBe("storage.unwritable");
  expect(json(["schedule", "explain", "30 2 * * *", "--zone", "America/New_York"])).toMatchObject({
    text: "At 02:30, New York time",
    next: expect.arrayContaining([
      expect.objectContaining({ local: expect.stringContaining("02:30"), at: expect.any(Number) }),
    ]),
  });
  expect(tickbook(["worker"])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining("TICKBOOK_REDIS_URL"),
  });
  expect(tickbook(["worker", "--help"]).stdout).toContain("What must be shared");
  for (const command of [["schedule"], ["schedule", "add"], ["scheduler"]])
    expect(tickbook([...command, "--help"])).toMatchObject({
      status: 0,
      stdout: expect.stringContaining("Usage: tickbook"),
    });
});
