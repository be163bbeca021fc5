// What the public suite runtimed/kernel-testbed checks, check by check, by its names.
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../temporary-folder.ts";
import { resultOf, sharedKernel, startKernel, textOf, typesOf } from "./kernel.ts";

const shared = sharedKernel();
const kernel = () => shared.client();

describe("tier 1: basic protocol", () => {
  it("heartbeat_responds", async () => {
    expect((await kernel().heartbeat(Buffer.from("are you there"))).toString()).toBe("are you there");
  });

  it("iopub_welcome", async () => {
    const welcome = await kernel().find(({ type }) => type === "iopub_welcome");
    expect(welcome).toMatchObject({ content: { subscription: "" }, parent: {}, isSigned: true });
    kernel().subscribe("status");
    const second = await kernel().find(
      ({ type, content }) => type === "iopub_welcome" && content.subscription !== "",
    );
    expect(second).toMatchObject({ content: { subscription: "status" }, topic: "status" });
  });

  it("kernel_info_reply_valid, kernel_info_has_language_info, kernel_info_has_protocol_version", async () => {
    const { reply } = await kernel().request("kernel_info_request");
    expect(reply.content).toMatchObject({
      status: "ok",
      protocol_version: "5.4",
      implementation: "tickbook",
      language_info: {
        name: "typescript",
        file_extension: ".ts",
        mimetype: "text/x-typescript",
        codemirror_mode: "typescript",
        pygments_lexer: "typescript",
        nbconvert_exporter: "script",
      },
    });
    expect(reply.content.language_info.version).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it("execute_stdout, execute_stderr", async () => {
    const { iopub } = await kernel().execute("console.log('hello'); console.error('error')");
    expect([textOf(iopub), textOf(iopub, "stderr")]).toEqual(["hello\n", "error\n"]);
  });

  it("execute_reply_ok, status_busy_idle_lifecycle, execute_input_broadcast", async () => {
    const { reply, iopub } = await kernel().execute("const x = 1");
    expect(reply.content).toMatchObject({ status: "ok", payload: [], user_expressions: {} });
    expect(typesOf(iopub)).toEqual(["busy", "execute_input", "idle"]);
    expect(iopub[1]?.content).toEqual({
      code: "const x = 1",
      execution_count: reply.content.execution_count,
    });
  });

  it.each(["control", "shell"] as const)("shutdown_reply on %s, and a clean end", async (channel) => {
    const client = await startKernel({ cwd: temporaryFolder() });
    try {
      await client.ready();
      const { reply } = await client.request("shutdown_request", { restart: true }, { channel });
      expect(reply.content).toEqual({ status: "ok", restart: true });
      expect(await client.exited).toEqual({ code: 0, signal: null });
      expect([client.stdout, client.stderr]).toEqual(["", ""]);
    } finally {
      await client.close();
    }
  });
});

describe("tier 2: interactive features", () => {
  it("complete_request", async () => {
    await kernel().execute("const testVariableForCompletion = 42");
    const { reply } = await kernel().request("complete_request", { code: "testVariableFor", cursor_pos: 15 });
    expect(reply.content).toMatchObject({
      status: "ok",
      matches: ["testVariableForCompletion"],
      cursor_start: 0,
      cursor_end: 15,
    });
  });

  it("inspect_request", async () => {
    await kernel().execute("const inspected = { answer: 42 }");
    const { reply } = await kernel().request("inspect_request", {
      code: "inspected",
      cursor_pos: 4,
      detail_level: 0,
    });
    expect(reply.content).toMatchObject({ status: "ok", found: true });
    expect(reply.content.data["text/plain"]).toContain("answer");
    const none = await kernel().request("inspect_request", {
      code: "1 +  2",
      cursor_pos: 4,
      detail_level: 0,
    });
    expect(none.reply.content).toEqual({ status: "ok", found: false, data: {}, metadata: {} });
  });

  it.each([
    ["is_complete_complete", "const x = 1", { status: "complete" }],
    ["is_complete_incomplete", "const x = {", { status: "incomplete", indent: "  " }],
    ["is_complete, invalid", "function function", { status: "invalid" }],
  ])("%s", async (_name, code, content) => {
    expect((await kernel().request("is_complete_request", { code })).reply.content).toEqual(content);
  });

  it("history_request", async () => {
    const { reply: ran } = await kernel().execute("'for the history'");
    const query = { hist_access_type: "tail", n: 1, output: false, raw: true };
    const { reply } = await kernel().request("history_request", query);
    expect(reply.content).toEqual({
      status: "ok",
      history: [[1, ran.content.execution_count, "'for the history'"]],
    });
  });

  it("comm_info_request", async () => {
    expect((await kernel().request("comm_info_request")).reply.content).toEqual({ status: "ok", comms: {} });
  });

  it("error_handling", async () => {
    const { reply, iopub } = await kernel().execute("function function");
    expect(reply.content).toMatchObject({ status: "error", ename: "SyntaxError" });
    const error = iopub.find(({ type }) => type === "error")?.content;
    expect(error).toEqual({
      ename: "SyntaxError",
      evalue: reply.content.evalue,
      traceback: reply.content.traceback,
    });
  });
});

describe("tier 3: rich output", () => {
  it("display_data", async () => {
    const { iopub } = await kernel().execute("display.html('<b>bold</b>')");
    expect(iopub.find(({ type }) => type === "display_data")?.content).toEqual({
      data: { "text/html": "<b>bold</b>", "text/plain": "<b>bold</b>" },
      metadata: {},
      transient: {},
    });
  });

  it("update_display_data", async () => {
    const { iopub } = await kernel().execute(
      "display.html('<b>initial</b>', { id: 'u' }); display.html('<b>updated</b>', { id: 'u', update: true })",
    );
    const shown = iopub.filter(({ type }) => type.endsWith("display_data"));
    expect(shown.map(({ type, content }) => [type, content.data["text/html"], content.transient])).toEqual([
      ["display_data", "<b>initial</b>", { display_id: "u" }],
      ["update_display_data", "<b>updated</b>", { display_id: "u" }],
    ]);
  });

  it("execute_result", async () => {
    const { reply, iopub } = await kernel().execute("1 + 1");
    expect(iopub.find(({ type }) => type === "execute_result")?.content).toEqual({
      execution_count: reply.content.execution_count,
      data: { "text/plain": "2" },
      metadata: {},
    });
  });

  it("rich_execute_result", async () => {
    const { iopub } = await kernel().execute(
      "[{ letter: 'A', frequency: 0.08167 }, { letter: 'B', frequency: 0.01492 }]",
    );
    const { data } = iopub.find(({ type }) => type === "execute_result")?.content ?? {};
    expect(data["text/html"]).toContain("<td>0.08167</td>");
    expect(data["text/plain"]).toContain("frequency");
  });
});

describe("tier 4: advanced features", () => {
  it("stdin_input_request", async () => {
    const id = kernel().send("shell", "execute_request", { code: "prompt('Enter: ')", allow_stdin: true });
    const asked = await kernel().find(({ channel, parent }) => channel === "stdin" && parent.msg_id === id);
    expect(asked).toMatchObject({ type: "input_request", content: { prompt: "Enter: ", password: false } });
    kernel().send("stdin", "input_reply", { value: "typed ✓" }, { parent: asked.header });
    expect((await kernel().reply(id)).content.status).toBe("ok");
    await kernel().idle(id);
    expect(resultOf(kernel().iopub(id))).toBe("'typed ✓'");
  });

  it("comms_lifecycle", async () => {
    const open = { comm_id: "unknown-1", target_name: "nobody.answers.this", data: {} };
    const id = kernel().send("shell", "comm_open", open);
    await kernel().idle(id);
    const closed = kernel()
      .iopub(id)
      .find(({ type }) => type === "comm_close");
    expect(closed?.content).toEqual({ comm_id: "unknown-1", data: {} });
  });

  it("interrupt_request", async () => {
    const { reply } = await kernel().request("interrupt_request", {}, { channel: "control" });
    expect(reply.content).toEqual({ status: "ok" });
    expect(resultOf((await kernel().execute("'still here'")).iopub)).toBe("'still here'");
  });

  it("execution_count_increments", async () => {
    const first = await kernel().execute("1");
    const second = await kernel().execute("1");
    expect(second.reply.content.execution_count).toBe(first.reply.content.execution_count + 1);
  });

  it("parent_header_correlation", async () => {
    const { id, reply, iopub } = await kernel().execute("console.log('hello'); display(1); 2");
    expect(typesOf(iopub)).toEqual([
      "busy",
      "execute_input",
      "stream",
      "display_data",
      "execute_result",
      "idle",
    ]);
    for (const message of [reply, ...iopub]) {
      expect(message).toMatchObject({ isSigned: true, parent: { msg_id: id, msg_type: "execute_request" } });
    }
  });
});
