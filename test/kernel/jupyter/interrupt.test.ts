import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { kernelArgv } from "../../../kernel/jupyter/argv.ts";
import { temporaryFolder } from "../../temporary-folder.ts";
import { KernelClient, resultOf, sharedKernel, startKernel, textOf } from "./kernel.ts";

const shared = sharedKernel();
const kernel = () => shared.client();

const STUCK: readonly (readonly [string, string])[] = [
  ["a synchronous loop", "while (true) {}"],
  ["a loop after await", "await 1; while (true) {}"],
  ["an endless chain of promises", "for (;;) await null"],
  ["a timer", "await new Promise(() => setTimeout(() => { while (true) {} }, 1))"],
  ["setImmediate", "await new Promise(() => setImmediate(() => { while (true) {} }))"],
  ["nextTick", "await new Promise(() => process.nextTick(() => { while (true) {} }))"],
  ["a promise that never settles", "await new Promise(() => {})"],
  ["a catastrophic regular expression", "/^(a+)+$/.test('a'.repeat(40) + 'b')"],
  [
    "a loop under hooks of the user's",
    "require('node:async_hooks').createHook({ init() {}, before() {} }).enable(); await 1; while (true) {}",
  ],
  ["Atomics.wait", "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)"],
  ["a question to the user", "prompt('who?')"],
  ["endless output", "while (true) console.log('x')"],
  ["a loop that catches all", "for (;;) { try { while (true) {} } catch {} finally {} }"],
];

/** Runs code that does not end, and waits until it runs. */
async function start(code: string): Promise<string> {
  const id = kernel().send("shell", "execute_request", { code, allow_stdin: true });
  await kernel().find(({ type, parent }) => type === "execute_input" && parent.msg_id === id);
  await sleep(60);
  return id;
}

describe("interrupt_request", () => {
  it.each([...STUCK, ...STUCK])("ends %s, and keeps what was set", async (_name, code) => {
    await kernel().execute("let kept = 1; const map = new Map([['a', 1]])");
    const id = await start(`kept++; ${code}`);
    const { reply: interrupted } = await kernel().request("interrupt_request", {}, { channel: "control" });
    expect(interrupted.content).toEqual({ status: "ok" });
    expect((await kernel().reply(id)).content).toMatchObject({ status: "error", ename: "KeyboardInterrupt" });
    await kernel().idle(id);
    expect(
      kernel()
        .iopub(id)
        .filter(({ type }) => type === "error"),
    ).toHaveLength(1);
    const { reply, iopub } = await kernel().execute(
      "await new Promise<void>((done) => setTimeout(() => { console.log('timers work'); done() }, 1)); [kept, map.get('a')]",
    );
    expect(reply.content.status).toBe("ok");
    expect([resultOf(iopub), textOf(iopub)]).toEqual(["[ 2, 1 ]", "timers work\n"]);
  });

  it("ends a loop in what a cell left behind, when no cell runs", async () => {
    const { id } = await kernel().execute("setTimeout(() => { console.log('begins'); while (true) {} }, 1)");
    await kernel().find(({ parent, type }) => parent.msg_id === id && type === "stream");
    await kernel().request("interrupt_request", {}, { channel: "control" });
    expect(resultOf((await kernel().execute("'free'")).iopub)).toBe("'free'");
  });

  it("does nothing when nothing runs, however often", async () => {
    for (let k = 0; k < 20; k++) {
      await kernel().request("interrupt_request", {}, { channel: "control" });
      expect(resultOf((await kernel().execute(`'free ${k}'`)).iopub)).toBe(`'free ${k}'`);
    }
  });

  it("aborts the cells that wait", async () => {
    const id = await start("while (true) {}");
    const next = kernel().send("shell", "execute_request", { code: "1" });
    await kernel().request("interrupt_request", {}, { channel: "control" });
    expect((await kernel().reply(id)).content.ename).toBe("KeyboardInterrupt");
    expect((await kernel().reply(next)).content.status).toBe("aborted");
  });

  it("ends a child process that a cell waits for", async () => {
    const id = await start("require('node:child_process').execSync('sleep 20')");
    await kernel().request("interrupt_request", {}, { channel: "control" });
    expect((await kernel().reply(id, 5000)).content.status).toBe("error");
    expect(resultOf((await kernel().execute("'free'")).iopub)).toBe("'free'");
  });
});

describe("a busy kernel", () => {
  it("answers on control and shell, and its heart beats", async () => {
    const id = await start("while (true) {}");
    const asked = [
      kernel().request("kernel_info_request", {}, { channel: "control" }),
      kernel().request("kernel_info_request"),
      kernel().request("is_complete_request", { code: "1" }),
      kernel().request("comm_info_request"),
      kernel().request("complete_request", { code: "con", cursor_pos: 3 }),
    ];
    for (const { reply } of await Promise.all(asked)) expect(reply.content.status).toMatch(/ok|complete/);
    expect((await kernel().heartbeat()).toString()).toBe("ping");
    expect(
      kernel().received.some(({ parent, type }) => parent.msg_id === id && type === "execute_reply"),
    ).toBe(false);
    await kernel().request("interrupt_request", {}, { channel: "control" });
    await kernel().idle(id);
  });

  it("shuts down", async () => {
    const client = await startKernel({ cwd: temporaryFolder() });
    try {
      await client.ready();
      client.send("shell", "execute_request", { code: "await 1; while (true) {}" });
      await client.find(({ type }) => type === "execute_input");
      await client.request("shutdown_request", { restart: false }, { channel: "control" });
      expect(await client.exited).toEqual({ code: 0, signal: null });
      expect(client.stderr).toBe("");
    } finally {
      await client.close();
    }
  });

  it("ignores SIGINT", async () => {
    const id = await start("await new Promise((done) => setTimeout(done, 150)); 'not stopped'");
    process.kill(kernel().pid, "SIGINT");
    await kernel().idle(id);
    expect(resultOf(kernel().iopub(id))).toBe("'not stopped'");
  });
});

it("ends when the process that started it is gone", async () => {
  const parent = spawn("sleep", ["60"]);
  const client = await KernelClient.start(kernelArgv, {
    cwd: temporaryFolder(),
    env: { JPY_PARENT_PID: String(parent.pid) },
  });
  try {
    await client.ready();
    client.send("shell", "execute_request", { code: "while (true) {}" });
    await client.find(({ type }) => type === "execute_input");
    expect(existsSync(`/proc/${client.pid}`) || process.platform !== "linux").toBe(true);
    parent.kill("SIGKILL");
    expect(await client.exited).toEqual({ code: 0, signal: null });
  } finally {
    parent.kill("SIGKILL");
    await client.close();
  }
});

it("says what is wrong with its connection file, and ends", async () => {
  const client = await KernelClient.start(() => kernelArgv("/no/such/file.json"), { cwd: temporaryFolder() });
  expect(await client.exited).toMatchObject({ code: 1 });
  expect(client.stderr).toContain("jupyter.bad-connection-file");
  await client.close();
});
