/** A model that fails on some bars of a session: trading goes on as the strategy says, and the journal can be replayed. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { readBundle } from "#exports";
import { verifyReplay } from "#live";
import { Journal, readJournal } from "../../../kernel/live/journal.ts";
import { temporaryFolder } from "../../temporary-folder.ts";
import { ROOT } from "../../tidy/sources.ts";
import { openSession, tradeToEnd } from "./session.ts";
import { startProcess } from "./strategy/bundles.ts";
import { promoteTrusting, WARM } from "./trusting.ts";

/** What people see, by the real command. */
async function liveStatus(folder: string): Promise<string> {
  const bin = join(ROOT, "kernel/cli/tickbook.mjs");
  const args = [bin, "live", "status", "--account", folder];
  const env = { ...process.env, TICKBOOK_SKIP_BUILD: "1" };
  return (await promisify(execFile)(process.execPath, args, { env })).stdout;
}

it("goes on without the predictions that failed, over a restart, and replays to the same", {
  timeout: 60_000,
}, async () => {
  const { bundle: promoted, limit, manifest } = await promoteTrusting();
  const { path, bars } = promoted;
  expect(manifest.inference).toEqual({ onFailure: "missing", timeoutMs: 2000 });
  const session = await openSession({
    bundle: promoted,
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
