import { describe, expect, it } from "vitest";
import type { TickbookError } from "#core";
import type { StrategyProcessOptions } from "../../../../kernel/live/strategy/types.ts";
import { bundleOf, errorOf, fallenWall, isGone, linked, REQUEST, START, startProcess } from "./bundles.ts";

/** What one decision ends with, and that the process is gone, stays gone and says the same again. */
async function failureOf(
  bundle: StrategyProcessOptions["bundle"],
  options: Partial<StrategyProcessOptions> = {},
  entry?: string,
): Promise<TickbookError> {
  const deaths: TickbookError[] = [];
  const running = await startProcess({ bundle, onDeath: (error) => deaths.push(error), ...options }, entry);
  const pid = running.pid!;
  await running.start(START);
  const error = await errorOf(running.decide(REQUEST));
  expect(isGone(pid)).toBe(true);
  expect(await errorOf(running.decide(REQUEST))).toBe(error);
  expect(await errorOf(running.snapshot())).toBe(error);
  expect(deaths).toEqual([]);
  return error;
}

const handler = async (code: string) => bundleOf(await linked(code));
const QUICK = { decideTimeoutMs: 500 };
const MEMORY = { decideTimeoutMs: 20_000, heapMb: 64 };

describe("a handler that", () => {
  it("throws is told with handler, time and message", async () => {
    const error = await failureOf(
      await handler('if (ctx.bar.close === 10) throw new RangeError("too far");'),
    );
    expect(error).toMatchObject({
      code: "strategy.handler-failed",
      message: 'strategy "tested", onBar of BTC/USDT, at 1970-01-01 00:00:00 UTC: RangeError: too far',
    });
  });

  it.each([
    ["throws what has no text", "throw { get name() { throw 1 }, toString() { throw 2 } };"],
    [
      "throws a getter that loops over its message",
      "const e = new Error(); Object.defineProperty(e, 'message', { get() { throw e } }); throw e;",
    ],
    ["recurses without an end", "const f = () => f(); f();"],
  ])("%s fails as the strategy's", async (_, code) => {
    const { code: found } = await failureOf(await handler(code), QUICK);
    expect(found).toMatch(/^(strategy\.handler-failed|bundle\.script-failed|core\.bug)$/);
  });

  it.each([
    ["loops", "for (;;);"],
    ["waits for itself in promises", "const spin = async () => { for (;;) await 0; }; void spin();"],
    ["loops where its error is read", "throw { toString() { for (;;); } };"],
  ])("%s for ever meets the deadline", async (_, code) => {
    const error = await failureOf(await handler(code), QUICK);
    expect(error).toMatchObject({
      code: "live.strategy-timeout",
      message: 'the process of strategy "tested" did not end deciding within 500 ms',
    });
  });

  it.each([
    ["fills the heap", "const all: unknown[] = []; for (;;) all.push(new Array(100_000).fill(0.5));"],
    [
      "fills memory outside the heap",
      "const all: unknown[] = []; for (;;) all.push(new Float64Array(1e6).fill(1));",
    ],
  ])("%s is out of memory", async (_, code) => {
    expect(await failureOf(await handler(code), MEMORY)).toMatchObject({ code: "live.strategy-memory" });
  });

  it("leaves a rejected promise behind harms nobody", async () => {
    const running = await startProcess({ bundle: await handler("void Promise.reject(new Error('later'));") });
    await running.start(START);
    for (let i = 0; i < 3; i++) await running.decide(REQUEST);
    expect(running.pid).toBeDefined();
  });

  it("remembers what cannot be stored is refused by name", async () => {
    const error = await failureOf(await handler("Object.assign(ctx.shared, { f: () => 1 });"));
    expect(error).toMatchObject({ code: "freeze.bad-value", message: "memory.shared.f is a function" });
  });
});

describe("a script that", () => {
  const opened = (script: string, startTimeoutMs = 1500) =>
    errorOf(startProcess({ bundle: bundleOf(script), startTimeoutMs }));

  it.each([
    ["loops while it starts", "for (;;);", "live.strategy-timeout"],
    ["is no strategy", "({})", "bundle.script-failed"],
    ["cannot be read", "}}", "bundle.script-failed"],
    ["throws", "throw new Error('no')", "bundle.script-failed"],
  ])("%s never gets to trade", async (_, script, code) => {
    expect(await opened(script)).toMatchObject({ code });
  });

  // A machine made by hand: the bundle's own code can answer anything.
  const machine = (decided: string) =>
    bundleOf(`({
      describe: () => '{"ok":null}', start: () => '{"ok":null}', snapshot: () => '{"ok":null}',
      push: () => '{"ok":{"$":"Float64Array","bytes":"AAAAAAAAAAA="}}',
      decide: () => ${decided},
    })`);
  const decided = (signals: string, memory = '{"state":[{}],"shared":{},"random":0}') =>
    machine(`'{"ok":{"signals":${signals},"memory":${memory}}}'`);

  it("answers as it should is believed", async () => {
    const running = await startProcess({
      bundle: decided('[{"kind":"target","instrument":0,"weight":0.5}]'),
    });
    await running.start(START);
    expect(await running.decide(REQUEST)).toMatchObject({
      rows: [[0]],
      signals: [{ kind: "target", instrument: 0, weight: 0.5 }],
    });
  });

  it.each([
    ["no list", "null"],
    ["an unknown kind", '[{"kind":"gift","instrument":0}]'],
    ["an instrument that it does not trade", '[{"kind":"target","instrument":1,"weight":0}]'],
    ["two sizes", '[{"kind":"target","instrument":0,"weight":0,"quantity":1}]'],
    ["a size that is no number", '[{"kind":"target","instrument":0,"weight":{"$":"NaN"}}]'],
    ["a risk without a stop", '[{"kind":"target","instrument":0,"risk":0.1}]'],
    ["a field that is none", '[{"kind":"cancel","instrument":0,"all":true}]'],
    [
      "an order without a price",
      '[{"kind":"order","instrument":0,"side":"buy","type":"limit","quantity":1}]',
    ],
    ["an order for nothing", '[{"kind":"order","instrument":0,"side":"buy","type":"market","quantity":0}]'],
    ["too many", JSON.stringify(Array(1001).fill({ kind: "cancel", instrument: 0 }))],
  ])("answers with signals of %s is not believed", async (_, signals) => {
    expect(await failureOf(decided(signals))).toMatchObject({ code: "live.strategy-bad-answer" });
  });

  it.each([
    ["no state", '{"state":[],"shared":{},"random":0}'],
    ["state that is no object", '{"state":[1],"shared":{},"random":0}'],
    ["a random position below 0", '{"state":[{}],"shared":{},"random":-1}'],
  ])("answers with memory of %s is not believed", async (_, memory) => {
    expect(await failureOf(decided("[]", memory))).toMatchObject({ code: "live.strategy-bad-answer" });
  });

  it("answers with more than a decision can hold is ended", async () => {
    const long = decided("[]", `{"state":[{"x":"' + 'x'.repeat(5 * 2 ** 20) + '"}],"shared":{},"random":0}`);
    const { code, message } = await failureOf(long);
    expect(code).toBe("live.strategy-bad-answer");
    expect(message.length).toBeLessThan(300);
  });

  it.each([
    ["a number", "7"],
    ["no JSON", "'no JSON'"],
    ["a deep text", "'['.repeat(1e6)"],
    ["null", "'null'"],
    ["an error of no code", `'{"error":{"code":"process.exit","message":"x"}}'`],
    ["a broken typed array", `'{"ok":{"$":"Float64Array","bytes":[]}}'`],
  ])("answers with %s fails as a script", async (_, text) => {
    expect(await failureOf(machine(text))).toMatchObject({ code: "bundle.script-failed" });
  });

  it("answers with more than a channel carries is ended", async () => {
    const huge = decided("[]", `{"state":[{"x":"' + 'x'.repeat(70 * 2 ** 20) + '"}],"shared":{},"random":0}`);
    const { code } = await failureOf(huge, { decideTimeoutMs: 20_000, heapMb: 1024 });
    expect(code).toMatch(/^live\.strategy-(bad-answer|memory)$/);
  });
});

describe("a process whose wall has fallen", () => {
  const bundle = bundleOf("0");
  const OPENED = "reply({ ok: { permissions: true, network: true } }); await ask(); reply({ ok: null });";
  const fallen = (code: string, options: Partial<StrategyProcessOptions> = QUICK) =>
    failureOf(bundle, options, fallenWall(`${OPENED} await ask(); ${code}`));

  it("exits: told with its code and last words", async () => {
    expect(await fallen('console.error("so long"); process.exit(7);')).toMatchObject({
      code: "live.strategy-died",
      message: 'the process of strategy "tested" ended with code 7: so long',
      fields: { exitCode: 7 },
    });
  });

  it.each([
    ["text that is no JSON", 'write("nonsense");'],
    ["JSON that is no answer", "reply(5);"],
    ["an answer of another question", "reply({ ok: null });"],
    ["an error that is none of ours", "reply({ error: { code: 5, message: {} } });"],
    ["a frame without an end", "channel.write(Buffer.alloc(8, 255));"],
  ])("answers with %s: ended", async (_, code) => {
    expect(await fallen(code)).toMatchObject({ code: "live.strategy-bad-answer" });
  });

  it("opens with nonsense: ended, and never seen", async () => {
    const error = await errorOf(startProcess({ bundle }, fallenWall("reply({ ok: 7 });")));
    expect(error).toMatchObject({ code: "live.strategy-bad-answer" });
  });

  it("floods the channel: ended", async () => {
    const flood = "for (;;) { reply({ ok: null }); await new Promise(setImmediate); }";
    expect(await fallen(flood)).toMatchObject({ code: "live.strategy-bad-answer" });
  });

  it("floods its standard error: waits, and meets its deadline", async () => {
    const flood =
      'const { writeSync } = await import("node:fs"); for (;;) try { writeSync(2, "x".repeat(65536)); } catch {}';
    const { code, fields } = await fallen(flood);
    expect(code).toBe("live.strategy-timeout");
    expect(JSON.stringify(fields).length).toBeLessThan(10_000);
  });

  it("closes the channel and goes on: meets its deadline", async () => {
    expect(
      await fallen('channel.removeAllListeners("close").destroy(); setInterval(() => {}, 1e6);'),
    ).toMatchObject({
      code: "live.strategy-timeout",
    });
  });

  it("ends, or speaks unasked, while nobody waits: its death is reported once", async () => {
    for (const [code, expected] of [
      ["setTimeout(() => process.exit(3), 50);", "live.strategy-died"],
      ["setTimeout(() => reply({ ok: 1 }), 50);", "live.strategy-bad-answer"],
    ] as const) {
      let report = (_: TickbookError) => {};
      const died = new Promise<TickbookError>((resolve) => {
        report = resolve;
      });
      const entry = fallenWall(`${OPENED} ${code} await ask();`);
      const running = await startProcess({ bundle, onDeath: (error) => report(error) }, entry);
      const pid = running.pid!;
      await running.start(START);
      const error = await died;
      expect(error).toMatchObject({ code: expected });
      expect(isGone(pid)).toBe(true);
      expect(await errorOf(running.decide(REQUEST))).toBe(error);
    }
  });

  it("is killed by somebody else: its death is reported", async () => {
    const died = new Promise<TickbookError>((resolve) => {
      void (async () => {
        const running = await startProcess({ bundle: bundleOf(await linked("")), onDeath: resolve });
        process.kill(running.pid!, "SIGKILL");
      })();
    });
    expect(await died).toMatchObject({ code: "live.strategy-died", fields: { signal: "SIGKILL" } });
  });
});
