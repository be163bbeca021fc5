import type { ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { createRng } from "#core";
import { openState } from "../../../kernel/scheduler/state/open-state.ts";
import { runsOf } from "../../../kernel/scheduler/state/runs.ts";
import { hasRedisServer, startRedis } from "../../lib/jobs/redis-server.ts";
import { temporaryFolder } from "../../temporary-folder.ts";
import { kill, openProject, type Project, startCommand } from "./project.ts";

/*
 * kill -9 of the real scheduler, or of the process of an attempt, at random moments; the scheduler is started again each
 * time. However often: no run is lost or doubled, each attempt has its number and folder, no more attempts than allowed.
 */
const isWhole = process.env.MODE === "all";
const ROUNDS = isWhole ? 25 : 4;
const SEED = Number(process.env.TICKBOOK_SEED ?? Date.now() % 1e6);

/** Processes below one, by /proc: attempts of a scheduler. */
function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
      .trim()
      .split(" ")
      .filter(Boolean)
      .map(Number);
  } catch {
    return [];
  }
}

const attemptsOf = (project: Project, run: string) => {
  try {
    return readdirSync(join(project.home, "scheduler", "runs", run))
      .map(Number)
      .sort();
  } catch {
    return [];
  }
};

it(`loses and doubles nothing (seed ${SEED})`, { timeout: isWhole ? 600_000 : 120_000 }, async () => {
  const rng = createRng(SEED);
  const project = await openProject();
  const path = project.notebook("const i: number = 0", "await new Promise((r) => setTimeout(r, 300))\ni * 2");
  const job = await project.desk.add(project.job(path, { overlap: "allow", keep: 1000 }));
  const planned = await project.desk.add(
    project.job(path, { cron: "*/2 * * * * *", overlap: "allow", missed: "all", keep: 1000 }),
  );
  let scheduler = startCommand(project, "scheduler", ["--workers", "3"]);
  const runs: string[] = [];
  let killed = 0;
  for (let round = 0; round < ROUNDS; round++) {
    for (let i = 0; i < 3; i++) runs.push(project.desk.runNow(job.id).id);
    await sleep(rng.next() * 1800);
    const attempts = childrenOf(scheduler.pid!);
    if (rng.next() < 0.3 && attempts.length > 0)
      process.kill(attempts[rng.nextInt(attempts.length)]!, "SIGKILL");
    else {
      await kill(scheduler);
      scheduler = startCommand(project, "scheduler", ["--workers", "3"]);
    }
    killed++;
  }
  for (const run of runs) {
    const end = await project.end(run);
    // One restart: a run is only dead if two of its attempts were killed.
    expect(["done", "dead"]).toContain(end.status);
    if (end.status === "dead") expect(end.attempt).toBe(2);
    expect(end.attempt).toBeLessThanOrEqual(2);
    const folders = attemptsOf(project, run);
    expect(folders.length).toBeLessThanOrEqual(end.attempt);
    if (end.status === "done") {
      expect(end.output).toMatch(new RegExp(`^runs/nb-1/${end.number}(-${run})?\\.ipynb$`));
      const text = readFileSync(end.outputPath!, "utf8");
      // The newest attempt's, and nobody else's.
      expect(text).toContain(`/runs/${run}/${end.attempt}/output.ipynb`);
      expect(text).toContain('"status": "completed"');
    }
  }
  const all = project.desk.runs(job.id, 1000);
  expect(all.map(({ number }) => number)).toEqual(
    Array.from({ length: runs.length }, (_, i) => runs.length - i),
  );
  expect(killed).toBe(ROUNDS);
  project.desk.pause(planned.id);
  for (const { id } of project.desk.runs(planned.id, 1000)) await project.end(id);
  await kill(scheduler);
  // Each planned moment has its run, and one only.
  const state = await openState(project.home);
  onTestFinished(() => state.close());
  const moments = runsOf(state, planned.id, 1000).map(({ plannedAt }) => plannedAt!);
  expect(moments.length).toBeGreaterThan(0);
  expect(moments).toEqual(moments.map((_, i) => moments[0]! - i * 2000));
});

/** The scheduler alone, or with it the attempt's process, which then cannot look after the cells. */
const WAYS = {
  "their scheduler": kill,
  "their scheduler and the attempt's process": async (scheduler: ChildProcess) => {
    const attempts = childrenOf(scheduler.pid!);
    expect(attempts.length).toBeGreaterThan(0);
    process.kill(scheduler.pid!, "SIGSTOP");
    for (const pid of attempts) process.kill(pid, "SIGKILL");
    await kill(scheduler);
  },
};

it.each(Object.entries(WAYS))(
  "cells that compute without a pause end with %s",
  { timeout: 60_000 },
  async (_, killThem) => {
    const project = await openProject();
    const path = project.notebook("", "console.log('pid ' + process.pid + '.')", "while (true) {}");
    const job = await project.desk.add(project.job(path));
    const scheduler = startCommand(project, "scheduler", []);
    const { id } = project.desk.runNow(job.id);
    await project.until(id, ({ progress }) => progress?.cell === 2);
    const log = join(project.home, "scheduler", "runs", id, "1", "log.txt");
    let pid = 0;
    for (let tries = 0; tries < 100 && pid === 0; tries++, await sleep(50))
      pid = Number(/pid (\d+)\./.exec(readFileSync(log, "utf8"))?.[1] ?? 0);
    expect(pid).toBeGreaterThan(0);
    await killThem(scheduler);
    const isThere = () => {
      try {
        // A zombie has ended.
        return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
      } catch {
        return false;
      }
    };
    for (let tries = 0; tries < 200 && isThere(); tries++) await sleep(50);
    expect(isThere()).toBe(false);
  },
);

it.runIf(hasRedisServer())(
  "a run whose worker is killed is repeated by another machine's worker, through Redis",
  { timeout: 120_000 },
  async () => {
    const redis = await startRedis(temporaryFolder());
    onTestFinished(() => redis.kill());
    const env = { TICKBOOK_REDIS_URL: redis.url, TICKBOOK_REDIS_PREFIX: "kill" };
    const project = await openProject();
    const path = project.notebook("", "await new Promise((r) => setTimeout(r, 1500))\n7 * 6");
    const job = await project.desk.add(project.job(path));
    const scheduler = startCommand(project, "scheduler", [], env);
    const first = startCommand(project, "worker", [], env);
    const { id } = project.desk.runNow(job.id);
    await project.until(id, ({ progress }) => progress);
    await kill(first);
    // The scheduler dies as well: what the queue knows is enough.
    await kill(scheduler);
    startCommand(project, "worker", [], env);
    startCommand(project, "scheduler", [], env);
    for (
      let tries = 0;
      tries < 1500 && !["done", "dead", "failed"].includes(project.desk.run(id).status);
      tries++
    )
      await sleep(50);
    expect(project.desk.run(id)).toMatchObject({ status: "done", attempt: 2, attempts: 2 });
    expect(attemptsOf(project, id)).toEqual([1, 2]);
  },
);

it.runIf(hasRedisServer())(
  "a Redis that forgets everything in the middle of a run: it is run again, in a folder of its own, and ends once",
  { timeout: 120_000 },
  async () => {
    const redis = await startRedis(temporaryFolder());
    onTestFinished(() => redis.kill());
    const env = { TICKBOOK_REDIS_URL: redis.url, TICKBOOK_REDIS_PREFIX: "flush" };
    const project = await openProject();
    const path = project.notebook("", "await new Promise((r) => setTimeout(r, 2500))\n7 * 6");
    const job = await project.desk.add(project.job(path));
    startCommand(project, "scheduler", [], env);
    startCommand(project, "worker", ["--workers", "2"], env);
    const { id } = project.desk.runNow(job.id);
    await project.until(id, ({ progress }) => progress);
    const { Redis } = await import("ioredis");
    const client = new Redis(redis.url);
    await client.flushall();
    client.disconnect();
    const end = await project.end(id);
    expect(end).toMatchObject({ status: "done", output: "runs/nb-1/1.ipynb" });
    expect(end.attempt).toBeGreaterThan(1);
    expect(attemptsOf(project, id)).toEqual([1, end.attempt]);
    expect(readFileSync(end.outputPath!, "utf8")).toContain(`/runs/${id}/${end.attempt}/output.ipynb`);
  },
);
