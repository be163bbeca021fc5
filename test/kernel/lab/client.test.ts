import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Client, CommError, type Transport } from "../../../kernel/lab/src/comm/client.ts";
import type { FromKernel, ToKernel } from "../../../kernel/lab/src/comm/protocol.ts";

/** The kernel's end of a line, moved by hand. */
class Line implements Transport {
  readonly sent: ToKernel[] = [];
  tell: (message: FromKernel) => void = () => undefined;
  drop: () => void = () => undefined;
  closes = 0;

  send(message: ToKernel): void {
    this.sent.push(message);
  }

  listen(onMessage: (message: FromKernel) => void, onClose: () => void): void {
    this.tell = onMessage;
    this.drop = onClose;
  }

  close(): void {
    this.closes += 1;
  }
}

const hello = (protocol = 1) => ({ hello: { protocol, version: "0.1.0", root: "/r", home: "/r/.tickbook" } });

type Ending = "result" | "error" | "cancel" | "drop";

describe("client of the comm", () => {
  it("settles each request once, with its own answer, whatever the order", async () => {
    const ending = fc.constantFrom<Ending>("result", "error", "cancel");
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(ending, fc.nat(3)), { minLength: 1, maxLength: 12 }),
        fc.infiniteStream(fc.nat()),
        fc.nat(12),
        async (plans, picks, dropAfter) => {
          const line = new Line();
          const client = new Client(line);
          line.tell(hello());
          const heard: number[] = plans.map(() => 0);
          const outcomes: (string | undefined)[] = plans.map(() => undefined);
          const aborts = plans.map(() => new AbortController());
          const all = plans.map((_, index) =>
            client
              .request<string>(
                "some.method",
                { index },
                {
                  onProgress: () => heard[index]!++,
                  signal: aborts[index]!.signal,
                },
              )
              .then(
                (result) => (outcomes[index] = result),
                (error: CommError) => (outcomes[index] = error.data.code),
              ),
          );
          const expected: string[] = plans.map(() => "lab.disconnected");
          const open = plans.map((_, index) => index);
          for (let turn = 0; turn < dropAfter && open.length > 0; turn++) {
            const [index] = open.splice(picks.next().value! % open.length, 1) as [number];
            const [how, progresses] = plans[index]!;
            const id = index + 1;
            for (let n = 0; n < progresses; n++) line.tell({ id, progress: { n } });
            if (how === "result") line.tell({ id, result: `answer ${index}` });
            else if (how === "error") line.tell({ id, error: { code: `x.${index}`, message: "no" } });
            else aborts[index]!.abort();
            // A second answer, or progress after the end, changes nothing.
            line.tell({ id, result: "late" });
            line.tell({ id, progress: {} });
            expected[index] = { result: `answer ${index}`, error: `x.${index}`, cancel: "lab.cancelled" }[
              how as "result"
            ];
            expect(heard[index]).toBe(progresses);
          }
          line.drop();
          await Promise.all(all);
          expect(outcomes).toEqual(expected);
          const cancelled = line.sent.filter((message) => "cancel" in message).length;
          expect(cancelled).toBe(expected.filter((code) => code === "lab.cancelled").length);
          await expect(client.request("late", {})).rejects.toBeInstanceOf(CommError);
        },
      ),
    );
  });

  it("sends nothing for a request that was cancelled before", async () => {
    const line = new Line();
    const client = new Client(line);
    const signal = AbortSignal.abort();
    await expect(client.request("some.method", {}, { signal })).rejects.toMatchObject({
      data: { code: "lab.cancelled" },
    });
    expect(line.sent).toEqual([]);
  });

  it("tells events to those who listen, until they stop or the line closes", () => {
    const line = new Line();
    const client = new Client(line);
    const heard: unknown[] = [];
    const stop = client.on("live", (value) => heard.push(value));
    line.tell({ event: "live", value: 1 });
    line.tell({ event: "diagnostics", value: 2 });
    stop();
    line.tell({ event: "live", value: 3 });
    client.on("live", (value) => heard.push(value));
    client.close();
    line.tell({ event: "live", value: 4 });
    expect(heard).toEqual([1]);
    expect(line.closes).toBe(1);
  });

  it("refuses a kernel of another protocol, and says both", async () => {
    const line = new Line();
    const client = new Client(line);
    line.tell(hello(2));
    await expect(client.hello).rejects.toMatchObject({ data: { code: "lab.other-protocol" } });
    await expect(client.hello).rejects.toThrow(/protocol 2, this extension 1/);
    expect(client.isClosed).toBe(true);
    expect(line.closes).toBe(1);
  });

  it("calls back once when the line closes, also those who ask afterwards", () => {
    const line = new Line();
    const client = new Client(line);
    let calls = 0;
    client.onClose(() => calls++);
    line.drop();
    line.drop();
    client.close();
    client.onClose(() => calls++);
    expect(calls).toBe(2);
  });
});
