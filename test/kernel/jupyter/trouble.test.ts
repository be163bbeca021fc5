/** What a kernel meets in places and from cells that nobody planned for. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../temporary-folder.ts";
import { type KernelClient, resultOf, sharedKernel, startKernel, textOf } from "./kernel.ts";

const shared = sharedKernel();
const kernel = () => shared.client();

async function withKernel<T>(cwd: string, work: (client: KernelClient) => Promise<T>): Promise<T> {
  const client = await startKernel({ cwd });
  try {
    await client.ready();
    return await work(client);
  } finally {
    await client.close();
  }
}

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    // A process that ended and was not waited for still has its number.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
};

describe.skipIf(process.platform !== "linux")("the working directory", () => {
  it("may be one in which no folder can be made", () =>
    withKernel("/proc", async (client) => {
      expect(resultOf((await client.execute("import { EOL } from 'node:os'; EOL.length")).iopub)).toBe("1");
    }));

  it("may be deleted: cells and imports go on", async () => {
    const cwd = mkdtempSync(join(tmpdir(), "tickbook-gone-"));
    try {
      await withKernel(cwd, async (client) => {
        rmSync(cwd, { recursive: true });
        expect(resultOf((await client.execute("1 + 1")).iopub)).toBe("2");
        expect(resultOf((await client.execute("import { EOL } from 'node:os'; EOL.length")).iopub)).toBe("1");
      });
    } finally {
      rmSync(cwd, { recursive: true, force: true });
    }
  });
});

describe("a cell that shows without end", () => {
  it("is cut, and says so; what it replaces in place, and the next cell, are shown", async () => {
    const { reply, iopub } = await kernel().execute("for (let i = 0; i < 1500; i++) display.html(String(i))");
    expect(reply.content.status).toBe("ok");
    const shown = iopub.filter(({ type }) => type === "display_data");
    expect(shown.map(({ content }) => content.data["text/html"])).toEqual(
      Array.from({ length: 1000 }, (_, i) => String(i)),
    );
    expect(textOf(iopub, "stderr")).toMatch(
      /more than 1,000 displays[\s\S]*500 displays of this cell were not shown/,
    );
    const animation = await kernel().execute(
      "display.html('0', { id: 'a' }); for (let i = 1; i < 3000; i++) display.html(String(i), { id: 'a', update: true })",
    );
    const updates = animation.iopub.filter(({ type }) => type === "update_display_data");
    expect(updates.length).toBe(2999);
    expect(textOf(animation.iopub, "stderr")).toBe("");
  });

  it("does not fill the memory", async () => {
    const rss = () =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${kernel().pid}/status`, "utf8"))![1]) / 1024;
    const before = rss();
    const id = kernel().send("shell", "execute_request", {
      code: "const big = 'x'.repeat(1e6); while (true) display.html(big, { id: 'b', update: true })",
      silent: false,
    });
    await kernel().find(
      ({ parent, content }) => parent.msg_id === id && /is not shown/.test(content.text ?? ""),
      "the notice",
    );
    await kernel().request("interrupt_request", {}, { channel: "control" });
    await kernel().reply(id);
    // 64 MiB are let through; each exists some three times on its way.
    expect(rss() - before).toBeLessThan(500);
  });
});

it("a kernel that computes stays busy, whatever else it answers meanwhile", async () => {
  const id = kernel().send("shell", "execute_request", {
    code: "while (true);",
    silent: false,
  });
  await kernel().find(({ parent, type }) => parent.msg_id === id && type === "execute_input");
  for (const type of ["comm_info_request", "complete_request", "history_request"]) {
    const content = { code: "x", cursor_pos: 1, hist_access_type: "tail", n: 1 };
    const { id: other } = await kernel().request(type, content, { channel: "control" });
    const idle = kernel().received.findIndex(
      (message) => message.parent.msg_id === other && message.content.execution_state === "idle",
    );
    const next = await kernel().find(
      (message) => message.type === "status" && kernel().received.indexOf(message) > idle,
      "the next status",
    );
    expect(next).toMatchObject({ parent: { msg_id: id }, content: { execution_state: "busy" } });
  }
  await kernel().request("interrupt_request", {}, { channel: "control" });
  await kernel().idle(id);
  const last = kernel().received.findLast(({ type, parent }) => type === "status" && parent.msg_id === id);
  expect(last).toMatchObject({ parent: { msg_id: id }, content: { execution_state: "idle" } });
});

describe("cells that declare names of their surroundings", () => {
  it.each([
    "process",
    "performance",
    "Buffer",
    "setImmediate",
    "queueMicrotask",
    "URL",
    "console",
    "display",
  ])("%s: the kernel goes on", (name) =>
    withKernel(temporaryFolder(), async (client) => {
      await client.execute("const write = (text) => globalThis.process.stdout.write(text)");
      expect((await client.execute(`const ${name} = 5; ${name}`)).reply.content.status).toBe("ok");
      const { reply, iopub } = await client.execute(
        'write("é"); globalThis.display.html("x"); import { EOL } from "node:os"; [new globalThis.Uint8Array(20), EOL]',
      );
      expect(reply.content).toMatchObject({ status: "ok" });
      expect(textOf(iopub)).toBe("é");
      expect((await client.execute("throw new Error('late')")).reply.content.evalue).toBe("late");
      expect(resultOf((await client.execute(name)).iopub)).toBe("5");
    }),
  );

  it.each([
    "let Promise = 5",
    "class Map {}",
    "function String() {}",
    'import { EOL as Object } from "node:os"',
    "const [JSON] = [1]",
  ])("%s is refused, with a way out", async (code) => {
    const { reply } = await kernel().execute(code);
    expect(reply.content).toMatchObject({ status: "error" });
    expect(reply.content.traceback.join("\n")).toMatch(/another name[\s\S]*session\.reserved-name/);
    expect(resultOf((await kernel().execute("JSON.stringify(new Map([[1, 2]]).size)")).iopub)).toBe("'1'");
  });
});

it.skipIf(process.platform !== "linux")(
  "ends the children that cells left, but not those that were detached",
  async () => {
    const code =
      "import { spawn } from 'node:child_process'; [spawn('sleep', ['60']).pid, spawn('sleep', ['60'], { detached: true }).pid]";
    const pids = await withKernel(temporaryFolder(), async (client) => {
      const { iopub } = await client.execute(code);
      return JSON.parse(resultOf(iopub)!) as [number, number];
    });
    try {
      expect(pids.map(isRunning)).toEqual([false, true]);
    } finally {
      process.kill(pids[1], "SIGKILL");
    }
  },
);

describe("history", () => {
  it("is cut to its newest entries, whole sessions' names kept; a pattern of many stars is quick", async () => {
    const cwd = temporaryFolder();
    await mkdir(join(cwd, ".tickbook"));
    const lines = Array.from({ length: 300 }, (_, s) => [
      { start: `s${s}` },
      ...Array.from({ length: 100 }, (_, line) => ({ id: `s${s}`, line: line + 1, source: `${s}/${line}` })),
    ]).flat();
    const file = join(cwd, ".tickbook", "history.jsonl");
    writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    await withKernel(cwd, async (client) => {
      await client.execute(`'${"a".repeat(100_000)}'`);
      const ask = (content: object) =>
        client.request("history_request", { output: false, raw: true, ...content });
      const tail = await ask({ hist_access_type: "tail", n: 2 });
      expect(tail.reply.content.history[0]).toEqual([100, 100, "299/99"]);
      const all = await ask({ hist_access_type: "tail", n: 100_000 });
      expect(all.reply.content.history.length).toBe(10_001);
      const found = await ask({ hist_access_type: "search", pattern: "*a*a*a*a*a*a*a*b" });
      expect(found.reply.content.history).toEqual([]);
    });
    expect(readFileSync(file, "utf8").split("\n").length).toBeLessThan(10_200);
  });
});

it("completion and inspection behind a text of a million letters, and marks behind many comments, take no time", async () => {
  const code = `const data = "${"Q".repeat(1_000_000)}"; data.le`;
  const { reply } = await kernel().request("complete_request", { code, cursor_pos: code.length });
  expect(reply.content.status).toBe("ok");
  const inside = await kernel().request("inspect_request", { code, cursor_pos: 900_000, detail_level: 0 });
  expect(inside.reply.content.status).toBe("ok");
  expect((await kernel().execute(`${"/**/".repeat(10_000)} 1`)).reply.content.status).toBe("ok");
});
