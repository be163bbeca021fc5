import { appendFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../temporary-folder.ts";
import { type KernelClient, resultOf, sharedKernel, startKernel, textOf } from "./kernel.ts";

const shared = sharedKernel();
const kernel = () => shared.client();

async function ask(code: string, answer: string): Promise<{ asked: unknown; result: string | undefined }> {
  const id = kernel().send("shell", "execute_request", { code, allow_stdin: true });
  const request = await kernel().find(({ channel, parent }) => channel === "stdin" && parent.msg_id === id);
  kernel().send("stdin", "input_reply", { value: answer }, { parent: request.header });
  await kernel().idle(id);
  return { asked: request.content, result: resultOf(kernel().iopub(id)) };
}

describe("questions to the user", () => {
  it.each([
    ["prompt('Name?', 'nobody')", "", { prompt: "Name? [nobody] ", password: false }, "'nobody'"],
    ["confirm('Sure?')", "Yes", { prompt: "Sure? [y/N] ", password: false }, "true"],
    ["confirm('Sure?')", "no", { prompt: "Sure? [y/N] ", password: false }, "false"],
    ["prompt.password('Key: ')", "s3cret", { prompt: "Key: ", password: true }, "'s3cret'"],
    [
      "await new Promise((r) => setTimeout(r, 2)); prompt('after await ')",
      "é€😀",
      { prompt: "after await ", password: false },
      "'é€😀'",
    ],
    ["prompt('long').length", "x".repeat(300_000), { prompt: "long", password: false }, "300000"],
  ])("%s", async (code, answer, asked, result) => {
    expect(await ask(code, answer)).toEqual({ asked, result });
  });

  it("are refused where the front end takes no input", async () => {
    const { reply } = await kernel().execute("prompt('Name? ')", { allow_stdin: false });
    expect(reply.content).toMatchObject({ status: "error", ename: "StdinNotAllowed" });
  });

  it("are not answered by what comes too late", async () => {
    const id = kernel().send("shell", "execute_request", { code: "prompt('first')", allow_stdin: true });
    const first = await kernel().find(({ channel, parent }) => channel === "stdin" && parent.msg_id === id);
    await kernel().request("interrupt_request", {}, { channel: "control" });
    await kernel().idle(id);
    kernel().send("stdin", "input_reply", { value: "late" }, { parent: first.header });
    expect((await ask("prompt('second')", "in time")).result).toBe("'in time'");
  });
});

describe("comms", () => {
  it("that the front end opens go to the cell that registered their target", async () => {
    const { id: cell } = await kernel().execute(
      "comm.register('echo', (c, data) => { console.log('opened', data); c.onMessage((d, m) => c.send({ echo: d }, { buffers: m.buffers })); c.onClose(() => console.log('closed')) })",
    );
    kernel().send("shell", "comm_open", { comm_id: "e1", target_name: "echo", data: { a: 1 } });
    const bytes = Buffer.from([1, 2, 3]);
    kernel().send("shell", "comm_msg", { comm_id: "e1", data: { b: 2 } }, { buffers: [bytes] });
    const echoed = await kernel().find(
      ({ type, content }) => type === "comm_msg" && content.comm_id === "e1",
    );
    expect(echoed).toMatchObject({ content: { data: { echo: { b: 2 } } }, parent: { msg_id: cell } });
    expect(echoed.buffers.map((buffer) => [...buffer])).toEqual([[1, 2, 3]]);
    const info = (target_name?: string) =>
      kernel().request("comm_info_request", target_name ? { target_name } : {});
    expect((await info()).reply.content.comms).toEqual({ e1: { target_name: "echo" } });
    expect((await info("other")).reply.content.comms).toEqual({});
    kernel().send("shell", "comm_close", { comm_id: "e1", data: {} });
    await kernel().find(({ parent, content }) => parent.msg_id === cell && /closed/.test(content.text ?? ""));
    expect(textOf(kernel().iopub(cell))).toBe("opened { a: 1 }\nclosed\n");
    expect((await info()).reply.content.comms).toEqual({});
  });

  it("that a cell opens reach the front end and back", async () => {
    const { id, iopub } = await kernel().execute(
      "const got: unknown[] = []; const mine = comm.open('widget', { size: 3 }); mine.onMessage((d) => got.push(d)); mine.send({ n: 1 })",
    );
    const open = iopub.find(({ type }) => type === "comm_open");
    expect(open?.content).toMatchObject({ target_name: "widget", data: { size: 3 } });
    const { comm_id } = open!.content;
    expect(
      kernel()
        .iopub(id)
        .find(({ type }) => type === "comm_msg")?.content,
    ).toEqual({ comm_id, data: { n: 1 } });
    await kernel().idle(kernel().send("shell", "comm_msg", { comm_id, data: { back: true } }));
    const { iopub: after } = await kernel().execute("mine.close(); got");
    expect(resultOf(after)).toContain("back");
    expect(after.find(({ type }) => type === "comm_close")?.content.comm_id).toBe(comm_id);
    expect((await kernel().execute("mine.send(1)")).reply.content.status).toBe("error");
    const { reply } = await kernel().execute("comm.open('widget', { no: 1n })");
    expect(reply.content).toMatchObject({ status: "error", ename: "TypeError" });
  });

  it("of handlers that fail show it, and go on", async () => {
    const { id } = await kernel().execute(
      "comm.register('bad', () => { throw new Error('handler failed') })",
    );
    kernel().send("shell", "comm_open", { comm_id: "b1", target_name: "bad", data: {} });
    await kernel().find(
      ({ parent, content }) => parent.msg_id === id && /handler failed/.test(content.text ?? ""),
    );
    expect(resultOf((await kernel().execute("'on'")).iopub)).toBe("'on'");
  });
});

describe("history", () => {
  const query = (client: KernelClient, content: object) =>
    client
      .request("history_request", { output: false, raw: true, ...content })
      .then(({ reply }) => reply.content.history as unknown[]);

  it("is kept over sessions, by tail, range and search", async () => {
    const cwd = temporaryFolder();
    const sessions = [
      ["1 + 1", "let a = 'x'"],
      ["2 + 2", "1 + 1", "'é*?'"],
    ];
    for (const [k, cells] of sessions.entries()) {
      const client = await startKernel({ cwd });
      try {
        await client.ready();
        for (const cell of cells) await client.execute(cell);
        if (k === 0) continue;
        const all = [
          [1, 1, "1 + 1"],
          [1, 2, "let a = 'x'"],
          [2, 1, "2 + 2"],
          [2, 2, "1 + 1"],
          [2, 3, "'é*?'"],
        ];
        expect(await query(client, { hist_access_type: "tail", n: 3 })).toEqual(all.slice(2));
        expect(await query(client, { hist_access_type: "tail", n: 100 })).toEqual(all);
        expect(await query(client, { hist_access_type: "range", session: 0, start: 1, stop: 3 })).toEqual(
          all.slice(2, 4),
        );
        expect(await query(client, { hist_access_type: "range", session: -1, start: 2, stop: null })).toEqual(
          [all[1]],
        );
        expect(await query(client, { hist_access_type: "range", session: 1, start: 0 })).toEqual(
          all.slice(0, 2),
        );
        expect(await query(client, { hist_access_type: "search", pattern: "* + *" })).toEqual([
          all[0],
          all[2],
          all[3],
        ]);
        expect(await query(client, { hist_access_type: "search", pattern: "1 + ?", unique: true })).toEqual([
          all[3],
        ]);
        expect(await query(client, { hist_access_type: "search", pattern: "*+*", n: 2 })).toEqual([
          all[2],
          all[3],
        ]);
        expect(await query(client, { hist_access_type: "search", pattern: "'?[*][?]'" })).toEqual([]);
        const withOutput = await query(client, { hist_access_type: "tail", n: 5, output: true });
        expect(withOutput[0]).toEqual([1, 1, ["1 + 1", "2"]]);
        expect(withOutput[1]).toEqual([1, 2, ["let a = 'x'", null]]);
      } finally {
        await client.close();
      }
      // What a crash left of a line.
      await appendFile(join(cwd, ".tickbook", "history.jsonl"), '{"id":"torn","li\n');
    }
  });

  it("works where nothing can be written", async () => {
    const cwd = temporaryFolder();
    await writeFile(join(cwd, ".tickbook"), "a file where the folder should be");
    const client = await startKernel({ cwd });
    try {
      await client.ready();
      expect(resultOf((await client.execute("6 * 7")).iopub)).toBe("42");
      expect(await query(client, { hist_access_type: "tail", n: 5 })).toEqual([[1, 1, "6 * 7"]]);
    } finally {
      await client.close();
    }
  });
});

describe("completion and hover count code points, as the protocol does", () => {
  it.each([
    ["const t = '😀'; inn", 18, ["innings"], 15, 18],
    ["innings.le", 10, ["length"], 8, 10],
    ["nothing.at.all.", 15, [], 15, 15],
    ["f().x", 5, [], 4, 5],
  ])("%s", async (code, cursor_pos, matches, cursor_start, cursor_end) => {
    await kernel().execute("const innings = [1, 2, 3]");
    const { reply } = await kernel().request("complete_request", { code, cursor_pos });
    expect(reply.content).toMatchObject({ matches, cursor_start, cursor_end });
  });

  it("run no code of the cells", async () => {
    await kernel().execute(
      "let touched = 0; const trap = { get inner() { touched++; return { deep: 1 } } }; const proxy = new Proxy({}, { get() { touched++ }, ownKeys() { touched++; return [] } })",
    );
    for (const code of ["trap.inner.", "trap.", "proxy.", "proxy.a."]) {
      await kernel().request("complete_request", { code, cursor_pos: code.length });
    }
    await kernel().request("inspect_request", { code: "trap.inner.deep", cursor_pos: 15, detail_level: 1 });
    expect(resultOf((await kernel().execute("touched")).iopub)).toBe("0");
  });
});

it("debug requests are answered politely, and unknown ones end in idle", async () => {
  const { reply } = await kernel().request(
    "debug_request",
    { seq: 3, type: "request", command: "attach" },
    { channel: "control" },
  );
  expect(reply.content).toMatchObject({ request_seq: 3, success: false, command: "attach" });
  await kernel().idle(kernel().send("shell", "no_such_request", {}));
});
