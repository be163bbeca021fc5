import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startExchange } from "#exchange";
import { askStatus, command, type DaemonOptions, readKeyFile, startDaemon, trust } from "#live";
import { account, bps, createInstrument, notionalUnits } from "#model";
import { barsFromTicks, LENGTH_MS } from "../../lib/backtest/market.ts";
import { temporaryFolder } from "../../temporary-folder.ts";
import { maker } from "./maker.ts";
import { BTC, bundleOf, KEYS, openSession, type Promoted, tradeToEnd, walk } from "./session.ts";

const WARM = 100;

async function makerBundle(length = 130): Promise<Promoted> {
  return bundleOf(maker, [walk(41, length)]);
}

async function refusal(work: Promise<unknown>): Promise<{ readonly code: string; readonly message: string }> {
  try {
    await work;
  } catch (error) {
    return error as { code: string; message: string };
  }
  throw new Error("it was not refused");
}

describe("starting a daemon", () => {
  const options = (bundle: Promoted, change: Partial<DaemonOptions>): DaemonOptions => ({
    bundle: bundle.path,
    folder: join(temporaryFolder(), "account"),
    keys: KEYS,
    origin: "http://127.0.0.1:1",
    clock: "venue",
    onLog: () => {},
    ...change,
  });

  it("refuses a key that nobody trusts, and a changed byte", async () => {
    const bundle = await makerBundle();
    const untrusted = options(bundle, {});
    expect(await refusal(startDaemon(untrusted))).toMatchObject({ code: "bundle.untrusted-key" });
    await trust(untrusted.folder, bundle.fingerprint);
    writeFileSync(
      join(bundle.path, "strategy.js"),
      `${readFileSync(join(bundle.path, "strategy.js"), "utf8")} `,
    );
    expect(await refusal(startDaemon(untrusted))).toMatchObject({ code: "bundle.changed-file" });
  });

  it("says in one error that the exchange can't be reached, and lets go of the folder", async () => {
    const bundle = await makerBundle();
    const unreachable = options(bundle, {});
    await trust(unreachable.folder, bundle.fingerprint);
    for (let time = 0; time < 2; time++)
      expect(await refusal(startDaemon(unreachable))).toMatchObject({ code: "venue.unreachable" });
  });

  it("refuses a folder that another daemon has, and a journal begun with another bundle", async () => {
    const bundle = await makerBundle();
    const session = await openSession({ bundle, from: bundle.bars[0]!.time[WARM]! });
    const daemon = await session.start();
    expect(await refusal(session.start())).toMatchObject({ code: "storage.locked" });
    await tradeToEnd(session, daemon);
    const { path, fingerprint } = await bundleOf(maker, [walk(42, 130)]);
    await trust(session.folder, fingerprint);
    const other = await refusal(session.start({ bundle: path }));
    expect(other).toMatchObject({ code: "live.other-terms", message: expect.stringContaining("bundle") });
  });

  it("refuses an account with less than the bundle's capital, and an instrument with other steps", async () => {
    const bundle = await makerBundle();
    const [bars] = bundle.bars;
    const poor = await openSession({
      bundle,
      from: bars!.time[WARM]!,
      exchange: { terms: account({ ...ACCOUNT, capital: 19_999 }) },
    });
    const daemon = await poor.start();
    expect(await refusal(daemon.ended)).toMatchObject({ code: "live.too-little-capital" });

    const coarse = createInstrument({ ...BTC, tick: "0.1" });
    const exchange = await startExchange({
      bars: [
        barsFromTicks(
          coarse,
          Array.from({ length: 10 }, (_, i) => [bars!.time[0]! + i * LENGTH_MS, 9, 9, 9, 9, 9]),
        ),
      ],
      from: bars!.time[5]!,
      terms: account(ACCOUNT),
      keys: [KEYS],
      pace: { kind: "paced", speed: 1 },
    });
    try {
      const stepped = options(bundle, { origin: exchange.origin });
      await trust(stepped.folder, bundle.fingerprint);
      const found = await refusal(startDaemon(stepped));
      expect(found).toMatchObject({ code: "live.other-instrument", message: expect.stringContaining("0.1") });
    } finally {
      await exchange.close();
    }
  });

  it("leaves what the account held before alone", async () => {
    const bundle = await makerBundle();
    const session = await openSession({
      bundle,
      from: bundle.bars[0]!.time[WARM]!,
      exchange: { terms: account({ ...ACCOUNT, capital: 50_000 }) },
    });
    const daemon = await session.start();
    await tradeToEnd(session, daemon);
    expect(daemon.core.foreign).toEqual({ USDT: 30_000_0000_0000n, BTC: 0n });
    const { parity, booksDiffer } = await session.prove();
    expect({ parity: parity.difference, booksDiffer }).toEqual({});
  });
});

const ACCOUNT = {
  venue: "binance",
  kind: "cash",
  currency: "USDT",
  capital: 20_000,
  fees: bps(10),
  slippage: bps(2),
} as const;

describe("a running daemon", () => {
  it("answers only to who knows its token, and obeys halt, flatten and resume", async () => {
    const bundle = await makerBundle(400);
    const session = await openSession({
      bundle,
      from: bundle.bars[0]!.time[WARM]!,
      exchange: { pace: { kind: "paced", speed: 300 } },
    });
    const daemon = await session.start();
    const { port } = JSON.parse(readFileSync(join(session.folder, "control.json"), "utf8")) as {
      port: number;
    };
    const stranger = await fetch(`http://127.0.0.1:${port}/halt`, {
      method: "POST",
      headers: { authorization: "Bearer x" },
    });
    expect(stranger.status).toBe(401);
    const until = async (isSo: () => boolean) => {
      while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 20));
    };
    const { engine } = daemon.core;
    await until(() => engine.lots[0]! > 0);
    expect(await askStatus(session.folder)).toMatchObject({ state: "trading", strategy: "maker" });
    await command(session.folder, "flatten");
    // What is worth less than the exchange takes stays: that is flat.
    const isFlat = () => notionalUnits(BTC, engine.markTicks[0]!, engine.lots[0]!) < BTC.minNotionalUnits;
    await until(() => engine.halted && isFlat() && engine.orders.size === 0);
    expect(await askStatus(session.folder)).toMatchObject({ state: "halted", orders: [] });
    await command(session.folder, "resume");
    await until(() => !isFlat());
    await command(session.folder, "halt");
    await until(() => engine.halted);
    await command(session.folder, "stop");
    await daemon.ended;
    expect(await refusal(askStatus(session.folder))).toMatchObject({ code: "live.not-running" });
    // All of it is in the journal, and follows from it.
    expect((await session.prove()).replay.difference).toBeUndefined();
  }, 60_000);

  it("takes the operator's limits over the bundle's", async () => {
    const bundle = await makerBundle();
    const session = await openSession({
      bundle,
      from: bundle.bars[0]!.time[WARM]!,
      daemon: { limits: { maxOrderNotional: 100 } },
    });
    const daemon = await session.start();
    await tradeToEnd(session, daemon);
    expect(daemon.status().limits).toEqual({ maxOrderNotional: 100, maxDailyLoss: 0.5 });
    expect(daemon.core.fills.every(({ price, quantity }) => price * quantity <= 101)).toBe(true);
    expect(daemon.core.refusals.filter(({ bound }) => bound === 100).length).toBeGreaterThan(5);
    expect((await session.prove()).parity.difference).toBeUndefined();
  }, 60_000);
});

describe("the operator's limits", () => {
  it("may be others after a restart, and hold from then on", async () => {
    const bundle = await makerBundle(160);
    const session = await openSession({ bundle, from: bundle.bars[0]!.time[WARM]! });
    const first = await session.start();
    while (first.core.decisions < 20) await new Promise((resolve) => setTimeout(resolve, 20));
    first.stop();
    await first.ended;
    const bought = first.core.fills.length;
    expect(bought).toBeGreaterThan(0);
    const second = await session.start({ limits: { maxOrderNotional: 50, maxOrdersPerMinute: 2 } });
    await tradeToEnd(session, second);
    expect(second.status().limits).toMatchObject({ maxOrderNotional: 50, maxOrdersPerMinute: 2 });
    const buys = second.core.orders.filter(
      ({ side, decision }) => side > 0 && decision > first.core.decisions + 1,
    );
    expect(buys.every(({ lots, ticks }) => (lots * (ticks ?? 1)) / 1e5 <= 50)).toBe(true);
    expect((await session.prove()).replay.difference).toBeUndefined();
  }, 60_000);
});

describe("a key file", () => {
  it("must hold a key, and be its owner's alone", async () => {
    const path = join(temporaryFolder(), "key.json");
    expect(await refusal(readKeyFile(path))).toMatchObject({ code: "live.bad-key-file" });
    writeFileSync(path, JSON.stringify(KEYS), { mode: 0o600 });
    expect(await readKeyFile(path)).toEqual(KEYS);
    for (const text of ["", "{}", '{"apiKey":"a"}', '{"apiKey":"","secret":"b"}', "[1]"]) {
      writeFileSync(path, text);
      expect(await refusal(readKeyFile(path))).toMatchObject({ code: "live.bad-key-file" });
    }
    chmodSync(path, 0o644);
    expect(await refusal(readKeyFile(path))).toMatchObject({ code: "keys.exposed" });
  });
});
