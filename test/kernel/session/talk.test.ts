import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { SessionProcess } from "./session-process.ts";

let root: string;
let session: SessionProcess;
beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), "tickbook-talk-")));
  session = new SessionProcess(root);
});
afterAll(async () => {
  await session.close();
  await rm(root, { recursive: true, force: true });
});

it("without a user, questions fail and say what to do instead", async () => {
  for (const code of ["prompt('Name?')", "confirm('Sure?')", "prompt.password('Key?')"]) {
    const { error } = await session.run(code);
    expect(error).toMatchObject({ code: "session.no-input", hint: expect.stringContaining("parameters") });
  }
});

it("without a front end, comms go nowhere and harm nothing", async () => {
  const { error, result } = await session.run(
    "comm.register('a', () => {}); const c = comm.open('b', { x: 1 }); c.onMessage(() => {}).send({ y: 2 }); c.close(); typeof c.id",
  );
  expect(error).toBeUndefined();
  expect(result).toEqual({ "text/plain": "'string'" });
  expect((await session.run("c.send(1)")).error).toMatchObject({ code: "session.bad-comm" });
});

it("display.clear is told in order, with and without waiting", async () => {
  session.events.length = 0;
  await session.run("display(1); display.clear(); display(2); display.clear({ wait: true })");
  expect(session.outputs.map((output) => (output.kind === "clear" ? output.wait : output.kind))).toEqual([
    "display",
    false,
    "display",
    true,
  ]);
});
