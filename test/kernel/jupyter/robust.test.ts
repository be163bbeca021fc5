import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../temporary-folder.ts";
import { resultOf, sharedKernel, startKernel } from "./kernel.ts";

const shared = sharedKernel();
const kernel = () => shared.client();
const SEED = Number(process.env.TICKBOOK_SEED ?? Math.floor(Math.random() * 2 ** 31));
const DELIMITER = "<IDS|MSG>";

const json = fc.oneof(
  fc.json(),
  fc.json().map((text) => text.slice(1)),
  fc.string(),
);
const frame = fc.oneof(
  json,
  fc.uint8Array({ maxLength: 300 }),
  fc.constantFrom(DELIMITER, "", "{}", "[]", "null", '{"msg_id":"x","msg_type":"execute_request"}'),
);
const channel = fc.constantFrom("shell", "control", "stdin" as const);

describe(`seed ${SEED}`, () => {
  it("frames of any kind never end the kernel, and are never answered", async () => {
    await fc.assert(
      fc.asyncProperty(channel, fc.array(frame, { minLength: 1, maxLength: 9 }), async (name, frames) => {
        const before = kernel().received.length;
        await kernel().sendFrames(name, frames);
        const { reply } = await kernel().request("kernel_info_request", {}, { channel: "control" });
        expect(reply.content.status).toBe("ok");
        const others = kernel()
          .received.slice(before)
          .filter(({ parent }) => parent.msg_id === "x");
        expect(others).toEqual([]);
      }),
      { seed: SEED, numRuns: 300 },
    );
    expect(kernel().stderr).toMatch(/tickbook kernel: dropped a message on (shell|control|stdin): it/);
  });

  it("well-signed messages with any content are answered, or at least end in idle", async () => {
    const client = await startKernel({ cwd: temporaryFolder(), key: "known" });
    try {
      await client.ready();
      const type = fc.constantFrom(
        "execute_request",
        "complete_request",
        "inspect_request",
        "history_request",
        "is_complete_request",
        "comm_info_request",
        "comm_open",
        "comm_msg",
        "comm_close",
        "interrupt_request",
        "debug_request",
        "anything",
      );
      const names = fc.constantFrom(
        "code",
        "cursor_pos",
        "comm_id",
        "target_name",
        "data",
        "n",
        "pattern",
        "hist_access_type",
        "session",
        "user_expressions",
        "allow_stdin",
        "detail_level",
        "seq",
      );
      const value = fc.oneof(
        fc.jsonValue({ maxDepth: 2 }),
        fc.constantFrom("tail", "range", "search", "*?[", "1+1", "-1", ".", "a."),
      );
      await fc.assert(
        fc.asyncProperty(
          type,
          fc.dictionary(names, value),
          fc.jsonValue({ maxDepth: 1 }),
          async (msg_type, content, extra) => {
            const header = { msg_id: `m${client.received.length}`, msg_type, extra };
            const parts = [header, {}, { cellId: extra, tags: extra }, content].map((part) =>
              JSON.stringify(part),
            );
            const hmac = createHmac("sha256", "known");
            for (const part of parts) hmac.update(part);
            // Code of chance could print, exit or wait: only what is no code is sent to run.
            if (msg_type === "execute_request" && typeof content.code === "string") return;
            await client.sendFrames("shell", [DELIMITER, hmac.digest("hex"), ...parts]);
            await client.idle(header.msg_id);
            const isAnswered = msg_type.endsWith("_request");
            if (isAnswered) await client.reply(header.msg_id);
            const replies = client.received.filter(
              ({ channel: name, parent }) => name === "shell" && parent.msg_id === header.msg_id,
            );
            expect(replies.length).toBe(isAnswered ? 1 : 0);
          },
        ),
        { seed: SEED, numRuns: 300 },
      );
      expect(resultOf((await client.execute("'alive'")).iopub)).toBe("'alive'");
    } finally {
      await client.close();
    }
  });

  it("a wrong signature is refused, and without a key none is asked for", async () => {
    const parts = [
      { msg_id: "forged", msg_type: "execute_request" },
      {},
      {},
      { code: "globalThis.forged = 1" },
    ];
    const texts = parts.map((part) => JSON.stringify(part));
    await kernel().sendFrames("shell", [DELIMITER, "0".repeat(64), ...texts]);
    expect(resultOf((await kernel().execute("typeof (globalThis as any).forged")).iopub)).toBe("'undefined'");
    const open = await startKernel({ cwd: temporaryFolder(), key: "" });
    try {
      await open.ready();
      expect(resultOf((await open.execute("'no key'")).iopub)).toBe("'no key'");
    } finally {
      await open.close();
    }
  });

  it("requests of all kinds at once: each has one reply, and one busy and one idle around what it caused", async () => {
    const request = fc.oneof(
      fc
        .integer({ min: 0, max: 999 })
        .map(
          (n) => ["shell", "execute_request", { code: `console.log('out ${n}'); await 1; ${n}` }, n] as const,
        ),
      fc
        .integer({ min: 0, max: 999 })
        .map(
          (n) =>
            [
              "shell",
              "execute_request",
              { code: `await new Promise((r) => setTimeout(r, ${n % 7})); console.log('out ${n}'); ${n}` },
              n,
            ] as const,
        ),
      fc.constantFrom(
        ["shell", "complete_request", { code: "Mat", cursor_pos: 3 }] as const,
        ["shell", "inspect_request", { code: "Math", cursor_pos: 3, detail_level: 0 }] as const,
        ["shell", "is_complete_request", { code: "f(" }] as const,
        ["shell", "history_request", { hist_access_type: "tail", n: 3, output: false, raw: true }] as const,
        ["control", "kernel_info_request", {}] as const,
        ["shell", "comm_info_request", {}] as const,
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 12 }), async (requests) => {
        const sent = requests.map(([name, type, content, n]) => ({
          name,
          n,
          id: kernel().send(name, type, content),
        }));
        await Promise.all(sent.flatMap(({ id }) => [kernel().reply(id), kernel().idle(id)]));
        for (const { id, n, name } of sent) {
          const replies = kernel().received.filter((m) => m.channel === name && m.parent.msg_id === id);
          expect(replies).toHaveLength(1);
          const iopub = kernel().iopub(id);
          const states = iopub
            .filter(({ type }) => type === "status")
            .map(({ content }) => content.execution_state as string);
          // That a cell still runs is said again after each answer to another request.
          expect(states.filter((state, k) => state !== states[k - 1])).toEqual(["busy", "idle"]);
          expect([iopub[0]?.type, iopub.at(-1)?.type]).toEqual(["status", "status"]);
          if (n === undefined) continue;
          expect([iopub.find(({ type }) => type === "stream")?.content.text, resultOf(iopub)]).toEqual([
            `out ${n}\n`,
            String(n),
          ]);
        }
      }),
      { seed: SEED, numRuns: 40 },
    );
  });
});

describe("a kernel that is asked while it starts", () => {
  it("takes cells, questions and interrupts that come before it is ready, and loses none", async () => {
    const folder = temporaryFolder();
    const clients = await Promise.all(Array.from({ length: 3 }, () => startKernel({ cwd: folder })));
    try {
      await Promise.all(
        clients.map(async (client, i) => {
          // An interrupt would hold the cell back until the kernel is ready.
          if (i === 0) client.send("control", "interrupt_request");
          const cell = client.send("shell", "execute_request", { code: "let early = 40 + 2;\nearly" });
          const hover = client.send("shell", "complete_request", { code: "earl", cursor_pos: 4 });
          if (i === 1) client.send("control", "interrupt_request");
          expect((await client.reply(cell)).content.status).toMatch(/^(ok|error)$/);
          expect((await client.reply(hover)).content.status).toBe("ok");
          expect((await client.execute("6 * 7")).reply.content.status).toBe("ok");
        }),
      );
    } finally {
      await Promise.all(clients.map((client) => client.close()));
    }
  });
});
