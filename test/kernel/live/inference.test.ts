/** A model that fails on some bars of a session: trading goes on as the strategy says, and the journal can be replayed. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { readBundle } from "#exports";
import { verifyReplay } from "#live";
import type { ModelArtifact } from "#model";
import { Journal, readJournal } from "../../../kernel/live/journal.ts";
import { type Definition, promote, recordRun } from "../../exports/strategy/run.ts";
import { temporaryFolder } from "../../temporary-folder.ts";
import { ROOT } from "../../tidy/sources.ts";
import { openSession, tradeToEnd, walk } from "./session.ts";
import { startProcess } from "./strategy/bundles.ts";
import { faultModel } from "./strategy/fault-models.ts";

/** What people see, by the real command. */
async function liveStatus(folder: string): Promise<string> {
  const bin = join(ROOT, "kernel/cli/tickbook.mjs");
  const args = [bin, "live", "status", "--account", folder];
  const env = { ...process.env, TICKBOOK_SKIP_BUILD: "1" };
  return (await promisify(execFile)(process.execPath, args, { env })).stdout;
}

const WARM = 10;
const LENGTH = 70;

const trusting: Definition<{ readonly up: ModelArtifact }> = (
  { account, bps, defineStrategy, features, sma },
  { up },
) =>
  defineStrategy({
    name: "trusting",
    instruments: ["BTC/USDT"],
    timeframe: "1m",
    account: account({
      venue: "binance",
      kind: "cash",
      currency: "USDT",
      capital: 20_000,
      fees: bps(10),
      slippage: bps(2),
    }),
    features: features({ price: sma(1) }),
    models: { up },
    inference: { onFailure: "missing", timeoutMs: 2000 },
    state: { bars: 0 },
    onBar(ctx) {
      ctx.state.bars += 1;
      const p = ctx.predict("up");
      // Out while the model says nothing.
      if (Number.isNaN(p)) ctx.target({ weight: 0 });
      else if (ctx.state.bars % 3 === 0) ctx.target({ weight: 0.5, stop: ctx.bar.close * 0.5 });
    },
  });

it("goes on without the predictions that failed, over a restart, and replays to the same", {
  timeout: 60_000,
}, async () => {
  const bars = [walk(31, LENGTH)];
  const closes = bars[0]!.close;
  // Recorded over so few bars that the model does not fail.
  const short = [walk(31, 8)];
  const sorted = [...closes.subarray(WARM)].sort((a, b) => a - b);
  const limit = Math.max(...short[0]!.close, sorted[Math.floor(0.6 * sorted.length)]!);
  const home = temporaryFolder();
  const up = await faultModel("throws", limit, short[0]!.close.slice());
  const { record, slice } = await recordRun(home, trusting, { up }, short);
  const { path, fingerprint, manifest } = await promote(home, record, slice);
  expect(manifest.inference).toEqual({ onFailure: "missing", timeoutMs: 2000 });
  const session = await openSession({
    bundle: { path, fingerprint, bars },
    from: bars[0]!.time[WARM]!,
    daemon: { snapshotEvery: 40, decideTimeoutMs: 20_000 },
  });

  const first = await session.start();
  for (let n = 0; n < 1000 && (first.core.modelFailures.up?.count ?? 0) < 3; n++) await pause(10);
  first.stop();
  await first.ended;
  const before = first.core.modelFailures.up!.count;
  expect(before).toBeGreaterThanOrEqual(3);
  const second = await session.start();
  expect(second.core.modelFailures).toEqual(first.core.modelFailures);
  for (let n = 0; n < 1000 && second.status().models[0]!.drift === null; n++) await pause(10);
  const shown = await liveStatus(session.folder);
  expect(shown).toMatch(/^model +up, [1-9][0-9]* bars not predicted, last BTC\/USDT at 2024-01-01 00:/m);
  expect(shown).toMatch(/^drift +[1-9][0-9]* rows so far, too few to judge/m);
  await tradeToEnd(session, second);

  const { core } = second;
  expect(core.failure).toBeUndefined();
  const decided = [...readJournal(session.folder)].flatMap(({ input }) =>
    input.kind === "decided" ? [input] : [],
  );
  const failed = decided.filter((input) => input.failed);
  expect(failed.length).toBeGreaterThan(before);
  for (const { rows, predictions, failed: reasons } of decided) {
    const isFar = rows[0]![0]! > limit;
    expect(reasons !== undefined).toBe(isFar);
    expect(predictions[0]!.up).toEqual(isFar ? Number.NaN : Math.fround(rows[0]![0]!) / 2);
  }
  const [model] = second.status().models;
  expect(model).toMatchObject({
    name: "up",
    failures: failed.length,
    lastFailure: { symbol: "BTC/USDT", time: failed.at(-1)!.time },
  });
  expect(
    JSON.parse(JSON.stringify(second.status()))
      .models[0].drift.lines.map((line: { name: string }) => line.name)
      .sort(),
  ).toEqual(["prediction", "price"]);
  expect(session.log.filter((line) => line.startsWith("warning: no prediction for BTC/USDT"))).toHaveLength(
    failed.length,
  );

  const bundle = await readBundle(path);
  const strategy = await startProcess({ bundle });
  await strategy.start({ instruments: bundle.manifest.instruments.map((instrument) => ({ instrument })) });
  const replay = await verifyReplay(session.folder, strategy);
  expect(replay.difference).toBeUndefined();
  expect(replay.decisions).toBe(decided.length);
  expect(replay.core.modelFailures).toEqual(core.modelFailures);

  // A journal that keeps quiet about a failure is found out.
  const forged = join(temporaryFolder(), "account");
  const journal = new Journal(forged);
  for (const { input, received } of readJournal(session.folder)) {
    const { failed: _, ...quiet } = input as typeof input & { readonly failed?: unknown };
    journal.append(quiet as typeof input, received);
  }
  journal.close();
  await strategy.start({ instruments: bundle.manifest.instruments.map((instrument) => ({ instrument })) });
  expect((await verifyReplay(forged, strategy)).difference?.text).toMatch(
    /^failed were null, and are .*out of data bounds/,
  );
});
