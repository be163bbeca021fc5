import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { isTickbookError } from "#core";
import { parseNotebook } from "#notebook";
import { openProject, type Project } from "./project.ts";

/** A cell that says how often it ran, in a file. */
const COUNTS = `import { appendFileSync } from "node:fs"\nappendFileSync("ran.txt", "x")`;
const ran = ({ folder }: Project) =>
  existsSync(join(folder, "ran.txt")) ? readFileSync(join(folder, "ran.txt"), "utf8").length : 0;
const codeOf = async (work: Promise<unknown>) =>
  work.then(
    () => "none",
    (error: unknown) => (isTickbookError(error) ? error.code : String(error)),
  );

describe("a job", () => {
  it("runs at its times, with its parameters in their types, and leaves outputs and a record", async () => {
    const project = await openProject();
    const path = project.notebook(
      "const n: number = 1\nconst s: string = ''",
      "console.log(typeof n, n + 1, s)",
    );
    const job = await project.desk.add(
      project.job(path, { cron: "* * * * * *", parameters: { n: "4", s: "007" }, keep: 2 }),
    );
    expect(job).toMatchObject({
      notebook: "nb-1.ipynb",
      parameters: { n: 4, s: "007" },
      text: "Every second, UTC",
    });
    await project.start({ workers: 2 });
    const isOver = () => project.desk.runs(job.id).filter(({ status }) => status === "done").length >= 4;
    for (let tries = 0; tries < 400 && !isOver(); tries++) await sleep(50);
    project.desk.pause(job.id);
    const runs = project.desk.runs(job.id).filter(({ status }) => status === "done");
    expect(runs.length).toBeGreaterThanOrEqual(4);
    const [newest] = runs;
    expect(newest).toMatchObject({ attempt: 1, attempts: 1, record: expect.stringMatching(/^[\da-f]{64}$/) });
    const output = readFileSync(join(project.folder, newest!.output!), "utf8");
    expect(parseNotebook(output).cells[2]).toMatchObject({ outputs: [{ text: "number 5 007\n" }] });
    expect(readFileSync(join(project.folder, newest!.report!), "utf8")).toContain("<html");
    // Only the newest two keep their outputs.
    await project.until(newest!.id, () =>
      runs.slice(2).every(({ id }) => project.desk.run(id).output === undefined),
    );
    for (const { id } of runs.slice(2)) {
      expect(project.desk.run(id).note).toBe("outputs cleared away");
      expect(existsSync(join(project.home, "scheduler", "runs", id))).toBe(false);
    }
    expect(project.desk.list()).toMatchObject({
      scheduler: { isRunning: true },
      jobs: [{ isPaused: true, nextAt: null }],
    });
  });

  it("that could never run well is refused before anything is written", async () => {
    const project = await openProject();
    const path = project.notebook("const n: number = 1");
    const refused = (more: object, notebook = path) => codeOf(project.desk.add(project.job(notebook, more)));
    expect(await refused({}, "/nowhere.ipynb")).toBe("runner.no-notebook");
    expect(await refused({ parameters: { m: 1 } })).toBe("runner.unknown-parameter");
    expect(await refused({ parameters: { n: "x" } })).toBe("runner.bad-parameter");
    expect(await refused({ cron: "61 * * * *" })).toBe("scheduler.bad-cron");
    expect(await refused({ zone: "Nowhere" })).toBe("scheduler.bad-zone");
    expect(await refused({ keep: 0 })).toBe("scheduler.bad-job");
    expect(await refused({ memoryMb: 3 })).toBe("scheduler.bad-job");
    expect(await refused({ overlap: "maybe" })).toBe("scheduler.bad-job");
    expect(await refused({ onFailure: { webhook: "file:///etc" } })).toBe("scheduler.bad-job");
    expect(project.desk.list().jobs).toEqual([]);
  });

  it("is removed with its runs, and what works is stopped", async () => {
    const project = await openProject();
    const path = project.notebook("", "await new Promise((r) => setTimeout(r, 60_000))");
    const job = await project.desk.add(project.job(path));
    const run = project.desk.runNow(job.id);
    const waits = project.desk.runNow(job.id);
    await project.start();
    await project.until(run.id, ({ progress }) => progress);
    project.desk.remove(job.id.slice(0, 5));
    expect(project.desk.list().jobs).toEqual([]);
    for (let tries = 0; tries < 400; tries++) {
      if ((await codeOf((async () => project.desk.run(run.id))())) === "scheduler.no-run") break;
      await sleep(50);
    }
    expect(await codeOf((async () => project.desk.run(waits.id))())).toBe("scheduler.no-run");
    expect(readdirSync(join(project.home, "scheduler", "runs"))).toEqual([]);
  });
});

describe("a run", () => {
  it("that fails is repeated in a folder of its own, and its error says where", async () => {
    const project = await openProject();
    const path = project.notebook("", COUNTS, "\nthrow new RangeError('no')");
    const job = await project.desk.add(project.job(path, { retries: 1 }));
    const { id } = project.desk.runNow(job.id);
    await project.start();
    const end = await project.end(id);
    expect(end).toMatchObject({
      ...{
        status: "failed",
        attempt: 2,
        attempts: 2,
        output: "runs/nb-1/1.ipynb",
      },
      error: { name: "RangeError", message: "no", cell: 2, cellId: "c2", line: 2 },
    });
    expect(ran(project)).toBe(2);
    for (const attempt of ["1", "2"])
      expect(readdirSync(join(project.home, "scheduler/runs", id, attempt)).sort()).toEqual([
        "log.txt",
        "output.ipynb",
        "report.html",
      ]);
    expect(project.desk.list().jobs[0]).toMatchObject({ failedInARow: 1, last: ["failed"] });
  });

  it("is stopped at its time limit and at its memory limit", async () => {
    const project = await openProject();
    const endless = project.notebook("", "while (true) {}");
    const slow = await project.desk.add(project.job(endless, { timeoutSeconds: 2 }));
    const hungry = project.notebook(
      "",
      "const kept: Buffer[] = []\nwhile (true) {\n  kept.push(Buffer.alloc(2e7, 1))\n  await new Promise((r) => setTimeout(r, 20))\n}",
    );
    const large = await project.desk.add(project.job(hungry, { memoryMb: 300 }));
    const [first, second] = [project.desk.runNow(slow.id), project.desk.runNow(large.id)];
    await project.start({ workers: 2 });
    expect(await project.end(first.id)).toMatchObject({
      status: "timed-out",
      error: { code: "runner.timed-out" },
    });
    const end = await project.end(second.id);
    expect(end).toMatchObject({ status: "failed", error: { code: "scheduler.memory-limit" } });
    expect(end.error?.message).toMatch(/held \d+ MB, more than the limit of 300 MB/);
  });

  it("is cancelled while it waits, while another of its job works, and at work", async () => {
    const project = await openProject();
    const path = project.notebook("", COUNTS, "while (true) {}");
    const job = await project.desk.add(project.job(path, { retries: 3, overlap: "queue" }));
    const early = project.desk.runNow(job.id);
    // No scheduler yet: over at once.
    expect(project.desk.cancel(early.id)).toMatchObject({ status: "cancelled" });
    const [works, waits] = [project.desk.runNow(job.id), project.desk.runNow(job.id)];
    await project.start();
    await project.until(works.id, ({ progress }) => progress?.cell === 2);
    expect(project.desk.run(waits.id).status).toBe("queued");
    project.desk.cancel(waits.id);
    expect((await project.end(waits.id)).status).toBe("cancelled");
    project.desk.cancel(works.id);
    const end = await project.end(works.id);
    expect(end).toMatchObject({ status: "cancelled", attempt: 1, output: expect.any(String) });
    expect(project.desk.cancel(works.id).status).toBe("cancelled");
    expect(ran(project)).toBe(1);
  });

  it("whose cells are killed from outside is cut short, and repeated once", async () => {
    const project = await openProject();
    const path = project.notebook("", `${COUNTS}\nprocess.kill(process.pid, "SIGKILL")`);
    const job = await project.desk.add(project.job(path));
    const { id } = project.desk.runNow(job.id);
    await project.start();
    expect(await project.end(id)).toMatchObject({ status: "dead", attempt: 2 });
    expect(ran(project)).toBe(2);
  });

  it("whose outputs cannot be put beside the notebook ends all the same, and says where they are", async () => {
    const project = await openProject();
    const path = project.notebook("", "1");
    writeFileSync(join(project.folder, "runs"), "a file of somebody's");
    const job = await project.desk.add(project.job(path));
    const { id } = project.desk.runNow(job.id);
    await project.start();
    expect(await project.end(id)).toMatchObject({
      status: "done",
      output: `.tickbook/scheduler/runs/${id}/1/output.ipynb`,
      note: expect.stringContaining("in the attempt's folder only"),
    });
    expect(readFileSync(join(project.folder, "runs"), "utf8")).toBe("a file of somebody's");
  });

  it("of a notebook that was changed since has the parameters that it declares now", async () => {
    const project = await openProject();
    const path = project.notebook("const n: number = 1", "n");
    const job = await project.desk.add(project.job(path, { parameters: { n: 2 } }));
    writeFileSync(path, readFileSync(path, "utf8").replace("const n: number", "const m: number"));
    const { id } = project.desk.runNow(job.id);
    await project.start();
    expect(await project.end(id)).toMatchObject({
      status: "failed",
      error: { code: "runner.unknown-parameter" },
    });
    expect(existsSync(join(project.folder, "runs"))).toBe(false);
  });

  it("of a notebook that has gone says so", async () => {
    const project = await openProject();
    const path = project.notebook("");
    const job = await project.desk.add(project.job(path));
    writeFileSync(path, "{");
    const { id } = project.desk.runNow(job.id);
    await project.start();
    expect(await project.end(id)).toMatchObject({ status: "failed", error: { code: "notebook.not-json" } });
  });
});

describe("after a run", () => {
  it("a webhook is told of failures; one that does not answer fails nothing", async () => {
    const project = await openProject();
    const bodies: unknown[] = [];
    let refusals = 1;
    const server = createServer((request, response) => {
      let text = "";
      request.on("data", (part) => {
        text += part;
      });
      request.on("end", () => {
        if (refusals-- > 0) return response.writeHead(503).end();
        bodies.push(JSON.parse(text));
        return response.end();
      });
    }).listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once("listening", resolve));
    const webhook = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?secret=1`;
    const path = project.notebook("", "throw new Error('x')");
    const told = await project.desk.add(project.job(path, { onFailure: { webhook } }));
    const untold = await project.desk.add(
      project.job(path, { onFailure: { webhook: "http://127.0.0.1:1/s3cret" } }),
    );
    const [first, second] = [project.desk.runNow(told.id), project.desk.runNow(untold.id)];
    await project.start();
    await project.until(first.id, ({ note }) => note?.startsWith("told 127.0.0.1"));
    expect(bodies).toEqual([
      expect.objectContaining({
        job: told.id,
        run: first.id,
        status: "failed",
        error: expect.objectContaining({ message: "x" }),
      }),
    ]);
    const end = await project.until(second.id, ({ note }) => note?.includes("could not tell"));
    expect(end.status).toBe("failed");
    expect(`${end.note} ${project.logs.join(" ")}`).not.toContain("s3cret");
  });

  it("a promotion whose gates do not pass is told, and the run stays done", async () => {
    const project = await openProject();
    const path = project.notebook("", "1 + 1");
    const job = await project.desk.add(project.job(path, { onSuccess: { promote: "paper" } }));
    const { id } = project.desk.runNow(job.id);
    await project.start();
    const end = await project.until(id, ({ note }) => note?.includes("not promoted"));
    expect(end.status).toBe("done");
    expect(end.bundle).toBeUndefined();
  });
});

describe("one scheduler a home", () => {
  it("a second one is refused and told who has it; after the first has ended it may start", async () => {
    const project = await openProject();
    const first = await project.start();
    const error = await project.start().catch((caught: unknown) => caught);
    expect(isTickbookError(error) && error.code).toBe("storage.locked");
    expect(String(error)).toContain(String(process.pid));
    await first.close();
    expect(project.desk.list().scheduler.isRunning).toBe(false);
    await project.start();
    expect(project.desk.list().scheduler.isRunning).toBe(true);
  });

  it("that is closed gives its runs back, and the next one repeats them without using up a restart", async () => {
    const project = await openProject();
    const path = project.notebook("", COUNTS, "await new Promise((r) => setTimeout(r, 3000))");
    const job = await project.desk.add(project.job(path));
    const { id } = project.desk.runNow(job.id);
    const first = await project.start();
    await project.until(id, ({ progress }) => progress?.cell === 2);
    await first.close();
    expect(project.desk.run(id).status).toBe("running");
    await project.start();
    expect(await project.end(id)).toMatchObject({ status: "done", attempt: 2 });
    expect(ran(project)).toBe(2);
  });
});
