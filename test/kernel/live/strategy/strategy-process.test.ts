import { readdirSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Golden } from "#backtest";
import { decodeValue, encodeValue } from "#core";
import { createInstrument } from "#model";
import { GOLDEN } from "../../../../exports/strategy/bundle/manifest.ts";
import { barAt } from "../../../../exports/strategy/verify/bar-at.ts";
import type { StrategyProcess, StrategySnapshot } from "../../../../kernel/live/strategy/types.ts";
import { everything, model, promote, recordRun } from "../../../exports/strategy/run.ts";
import { walkBars } from "../../../lib/ml/bars.ts";
import { temporaryFolder } from "../../../temporary-folder.ts";
import { bundleOf, errorOf, INSTRUMENT, isGone, linked, REQUEST, START, startProcess } from "./bundles.ts";

/** A promoted strategy with a real model that uses all that a handler can. */
async function promoted() {
  const home = temporaryFolder();
  const instrument = createInstrument({ symbol: "TEST/USD", tick: "0.01", lot: "0.0001" });
  const bars = { ...walkBars(700, 5), instrument };
  const frozen = { up: await model(), best: { enter: 0.4 } };
  const { record, slice } = await recordRun(home, everything, frozen, [bars]);
  const bundle = await promote(home, record, slice);
  const golden = decodeValue(new TextDecoder().decode(bundle.files.get(GOLDEN)!)) as Golden;
  return { bundle, golden };
}

/** Decisions `from` to `to` of the golden stretch, as the process makes them. */
async function decisions(running: StrategyProcess, golden: Golden, from: number, to: number) {
  const { warmup, bars } = golden.instruments[0]!;
  const answers = [];
  for (let n = from; n < to; n++) {
    const { view } = golden.decisions[n]!;
    answers.push(await running.decide({ bars: [barAt(bars, warmup + n)], started: [1], view }));
  }
  return answers;
}

/** Begins where the golden vectors do, after their warm-up. */
async function warmUp(running: StrategyProcess, { instruments, memory }: Golden) {
  const { instrument, snapshot, warmup, bars } = instruments[0]!;
  await running.start({ memory, instruments: [{ instrument, ...(snapshot ? { snapshot } : {}) }] });
  return running.push(
    0,
    Array.from({ length: warmup }, (_, i) => barAt(bars, i)),
  );
}

describe("a strategy process", () => {
  it("answers as the golden vectors say, and goes on bit for bit in another process from a snapshot", async () => {
    const { bundle, golden } = await promoted();
    const { rows, warmup, predictions } = golden.instruments[0]!;
    const length = golden.decisions.length;
    const whole = await startProcess({ bundle });
    const warm = await warmUp(whole, golden);
    expect(warm.map((row) => [...row])).toEqual(warm.map((_, n) => rows.map((column) => column[n])));
    const answers = await decisions(whole, golden, 0, length);
    const text = encodeValue(
      golden.decisions.map(({ signals, after }, n) => ({
        rows: [rows.map((column) => column[warmup + n]!)],
        predictions: [{ up: predictions.up![warmup + n]! }],
        signals,
        memory: after,
      })),
    );
    expect(encodeValue(answers)).toBe(text);

    const goesOn = fc.asyncProperty(fc.integer({ min: 0, max: length - 1 }), async (cut) => {
      await warmUp(whole, golden);
      await decisions(whole, golden, 0, cut);
      const stored = encodeValue(await whole.snapshot());
      const next = await startProcess({ bundle });
      await next.start(decodeValue(stored) as StrategySnapshot);
      expect(encodeValue(await next.snapshot())).toBe(stored);
      const rest = await decisions(next, golden, cut, Math.min(length, cut + 60));
      expect(encodeValue(rest)).toBe(encodeValue(answers.slice(cut, cut + 60)));
      await next.stop();
    });
    expect(await fc.check(goesOn, { numRuns: 5 })).toMatchObject({ failed: false });
  });

  it("takes thousands of bars in one call, and the bars before a failure are not lost to later ones", async () => {
    const running = await startProcess({ bundle: bundleOf(await linked("ctx.state.n = ctx.row.r;")) });
    await running.start(START);
    const bars = Array.from({ length: 5003 }, (_, i) => [i, 10, 11 + (i % 3), 9, 10 + (i % 2), 5]);
    const rows = await running.push(0, bars);
    expect(rows).toHaveLength(5003);
    const one = await startProcess({ bundle: bundleOf(await linked("ctx.state.n = ctx.row.r;")) });
    await one.start(START);
    for (const [i, bar] of bars.slice(0, 50).entries())
      expect((await one.push(0, [bar]))[0]).toEqual(rows[i]);
    expect(await running.push(0, [])).toEqual([]);
  });

  it("answers calls in order, whoever waits", async () => {
    const running = await startProcess({ bundle: bundleOf(await linked("ctx.state.n += 1;")) });
    const calls = [running.start(START), ...Array.from({ length: 20 }, () => running.decide(REQUEST))];
    const answers = (await Promise.all(calls)).slice(1) as Awaited<ReturnType<StrategyProcess["decide"]>>[];
    expect(answers.map(({ memory }) => memory.state[0])).toEqual(answers.map((_, i) => ({ n: i + 1 })));
  });

  it("answers for an instrument whose bar did not close with the prediction of its last bar, and no row", async () => {
    const running = await startProcess({ bundle: bundleOf(await linked("ctx.state.n += 1;")) });
    await running.start(START);
    const { rows, predictions, memory } = await running.decide({
      ...REQUEST,
      bars: [undefined],
      started: [0],
    });
    expect({ rows, predictions, memory }).toEqual({
      rows: [undefined],
      predictions: [{}],
      memory: { state: [{ n: 0 }], shared: {}, random: 0 },
    });
  });

  it("says which layers are in force, and runs where nothing of ours lies about", async () => {
    const running = await startProcess({ bundle: bundleOf(await linked("")), heapMb: 128 });
    expect(running.isolation).toMatchObject({ heapMb: 128, context: true, permissions: true });
    if (process.platform !== "linux") return;
    const { readlinkSync, readFileSync } = await import("node:fs");
    const { pid } = running;
    const environment = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").filter(Boolean);
    expect(environment.map((entry) => entry.split("=")[0]).sort()).toEqual(
      ["LANG", "LC_ALL", "TZ"].filter((name) => process.env[name] !== undefined),
    );
    expect(readlinkSync(`/proc/${pid}/fd/0`)).toBe("/dev/null");
    expect(
      readdirSync(join("/proc", String(pid), "cwd")).every((name) => /\.(js|map|d\.ts)$/.test(name)),
    ).toBe(true);
    const group = /^\d+ \(.*\) \S \d+ (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1];
    expect(Number(group)).toBe(pid);
    const isIsolated = readlinkSync(`/proc/${pid}/ns/net`) !== readlinkSync("/proc/self/ns/net");
    expect(running.isolation.network).toBe(isIsolated);
  });

  it("is gone after stop, answers nothing more, and reports no death", async () => {
    const deaths: unknown[] = [];
    const running = await startProcess({
      bundle: bundleOf(await linked("")),
      onDeath: (error) => deaths.push(error),
    });
    const pid = running.pid!;
    expect(isGone(pid)).toBe(false);
    await running.stop();
    expect(isGone(pid)).toBe(true);
    await running.stop();
    expect(await errorOf(running.start(START))).toMatchObject({ code: "live.strategy-died" });
    expect(deaths).toEqual([]);
    expect(running.pid).toBeUndefined();
  });

  it("goes on from the snapshot of a bundle that keeps the last row alone", async () => {
    // What a script linked by an earlier tickbook makes and takes.
    const running = await startProcess({
      bundle: bundleOf(`({
        describe: () => '{"ok":null}', start: () => '{"ok":null}', snapshot: () => '{"ok":null}',
        push: () => '{"ok":{"$":"Float64Array","bytes":"AAAAAAAAAAA="}}',
        decide: () => '{"ok":{"signals":[],"memory":{"state":[{}],"shared":{},"random":0}}}',
      })`),
    });
    const window = { bars: [], row: new Float64Array(1) } as never;
    await running.start({ instruments: [{ instrument: INSTRUMENT, window }], predictions: [{}] });
    expect((await running.decide(REQUEST)).rows).toEqual([[0]]);
  });

  it("refuses a snapshot that is not its own", async () => {
    const running = await startProcess({ bundle: bundleOf(await linked("")) });
    const window = { bars: [new Float64Array(2)], rows: new Float64Array(1) };
    const start = { instruments: [{ instrument: INSTRUMENT, window }] };
    expect(await errorOf(running.start(start))).toMatchObject({ code: "features.bad-snapshot" });
  });
});
