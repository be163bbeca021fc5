/** The comm to JupyterLab under fire: bad requests, two front ends, floods, and no process that outlives its request. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { formatNotebook, parseNotebook } from "../../../../lib/notebook/index.ts";
import { type KernelClient, sharedKernel, startKernel } from "../kernel.ts";

const NAME = "it's busy 研究.ipynb";
const shared = sharedKernel();

/** A front end: a comm of its own. */
class FrontEnd {
  readonly kernel: KernelClient;
  readonly id: string;
  #requests = 0;

  constructor(kernel: KernelClient, id: string) {
    this.kernel = kernel;
    this.id = id;
    kernel.send("shell", "comm_open", { comm_id: id, target_name: "tickbook", data: {} });
  }

  say(data: unknown): void {
    this.kernel.send("shell", "comm_msg", { comm_id: this.id, data });
  }

  ask(method: string, params?: unknown): number {
    const id = ++this.#requests;
    this.say({ id, method, params });
    return id;
  }

  // biome-ignore lint/suspicious/noExplicitAny: messages are looked into as they come.
  async hears(fits: (data: any) => unknown, what: string): Promise<any> {
    const found = await this.kernel.find(
      ({ type, content }) =>
        type === "comm_msg" && content.comm_id === this.id && Boolean(fits(content.data)),
      what,
    );
    return found.content.data;
  }

  // biome-ignore lint/suspicious/noExplicitAny: as above.
  answer(id: number): Promise<any> {
    return this.hears((data) => data.id === id && (data.result || data.error), `the answer to ${id}`);
  }
}

/** Processes below `pid`, zombies aside. Only Linux tells. */
function below(pid: number): number[] {
  const found: number[] = [];
  for (const name of readdirSync("/proc")) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (Number(parent) === pid && state !== "Z") found.push(Number(name), ...below(Number(name)));
    } catch {}
  }
  return found;
}

async function untilGone(pids: () => readonly number[]): Promise<readonly number[]> {
  for (let i = 0; i < 100 && pids().length > 0; i++) await pause(100);
  return pids();
}

const alive = (pids: readonly number[]) =>
  pids.filter((pid) => {
    try {
      return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
    } catch {
      return false;
    }
  });

function writeBusy(folder: string): void {
  const cell = {
    cell_type: "code",
    id: "busy",
    metadata: {},
    execution_count: null,
    outputs: [],
    source: "console.log('begun'); while (true);",
  };
  const text = JSON.stringify({ cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 });
  writeFileSync(join(folder, NAME), formatNotebook(parseNotebook(text, NAME)));
}

/** A check whose cell computes, seen from its processes: the command, and the cells' one. */
async function busyCheck(
  front: FrontEnd,
): Promise<{ readonly id: number; readonly pids: readonly number[] }> {
  const id = front.ask("promote.check", { notebook: NAME });
  await front.hears((data) => data.id === id && data.progress?.done === 0, "the first cell");
  let pids: number[] = [];
  for (let i = 0; i < 100 && pids.length < 2; i++) {
    await pause(50);
    pids = below(front.kernel.pid as number);
  }
  expect(pids.length).toBeGreaterThanOrEqual(2);
  await pause(500);
  return { id, pids };
}

describe("a front end", () => {
  it("is told what is wrong with its requests, and nothing it says ends the kernel", async () => {
    const front = new FrontEnd(shared.client(), "wrong");
    for (const junk of [
      null,
      5,
      "x",
      [],
      { id: 1 },
      { cells: [{}] },
      { cells: [null] },
      { id: 9, cancel: true },
      { method: 5 },
    ])
      front.say(junk);
    const codes: string[] = [];
    const requests: readonly [string, unknown][] = [
      ["nothing", {}],
      ["__proto__", {}],
      ["live.halt", { account: "../x" }],
      ["live.halt", null],
      ["promote.check", { notebook: 5 }],
      ["promote.check", { notebook: "missing.ipynb" }],
      ["promote.start", { run: "f", notebook: NAME, stage: "paper", account: "paper", capital: 1 }],
      ["schedule.explain", { cron: "--help", zone: "UTC" }],
    ];
    for (const [method, params] of requests)
      codes.push((await front.answer(front.ask(method, params))).error.code);
    expect(codes).toEqual([
      "jupyter.unknown-method",
      "jupyter.unknown-method",
      "jupyter.bad-params",
      "jupyter.bad-params",
      "jupyter.bad-params",
      "runner.no-notebook",
      "promote.not-reviewed",
      "jupyter.bad-params",
    ]);
  });

  it("that tells of a thousand edits is answered about the last", async () => {
    const front = new FrontEnd(shared.client(), "flood");
    for (let i = 1; i <= 1000; i++)
      front.say({ cells: [{ cellId: "c", source: `let x${i}: string = ${i};` }] });
    const told = await front.hears((data) => data.event === "diagnostics", "diagnostics");
    expect(told.value.cells.c[0]).toMatchObject({ line: 1, column: 5, endColumn: 10, code: "TS2322" });
  });
});

describe.skipIf(process.platform !== "linux")("processes", () => {
  it("watch what trades once for all front ends, and end with the last", async () => {
    const kernel = shared.client();
    const [one, two] = [new FrontEnd(kernel, "one"), new FrontEnd(kernel, "two")];
    for (const front of [one, two]) {
      front.ask("live.watch");
      await front.hears((data) => data.event === "live", "the view");
    }
    expect(below(kernel.pid as number)).toHaveLength(1);
    kernel.send("shell", "comm_close", { comm_id: "one", data: {} });
    await pause(300);
    expect(below(kernel.pid as number)).toHaveLength(1);
    kernel.send("shell", "comm_close", { comm_id: "two", data: {} });
    expect(await untilGone(() => below(kernel.pid as number))).toEqual([]);
  });

  it("of a check that is cancelled end, the cells' own too", async () => {
    writeBusy(shared.folder());
    const front = new FrontEnd(shared.client(), "cancel");
    const { id, pids } = await busyCheck(front);
    front.say({ id, cancel: true });
    expect((await front.answer(id)).error.code).toBe("jupyter.cancelled");
    expect(await untilGone(() => alive(pids))).toEqual([]);
  });

  it("of a check end when the front end or the kernel goes", async () => {
    writeBusy(shared.folder());
    for (const end of ["comm", "kernel", "killed"]) {
      const kernel = await startKernel({ cwd: shared.folder() });
      try {
        await kernel.ready();
        const { pids } = await busyCheck(new FrontEnd(kernel, "gone"));
        if (end === "comm") kernel.send("shell", "comm_close", { comm_id: "gone", data: {} });
        else if (end === "kernel") await kernel.close();
        else process.kill(kernel.pid as number, "SIGKILL");
        expect(await untilGone(() => alive(pids)), end).toEqual([]);
      } finally {
        await kernel.close();
      }
    }
  });
});
