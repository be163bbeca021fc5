import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { encodeValue } from "#core";
import { account, bps, type OrderReport, type Signal } from "#model";
import type { TradingTerms } from "../../../kernel/live/core/input.ts";
import { TradingCore } from "../../../kernel/live/core/trading-core.ts";
import { CoreDriver } from "../../../kernel/live/core-driver.ts";
import { giveUpStale, giveUpWithdrawn } from "../../../kernel/live/join-venue.ts";
import { Journal, readJournal } from "../../../kernel/live/journal.ts";
import { recover } from "../../../kernel/live/recover.ts";
import { temporaryFolder } from "../../temporary-folder.ts";
import { BTC } from "./session.ts";

const MINUTE = 60_000;
const { symbol, tick, lot, minNotional, assetDecimals, calendar } = BTC;
const TERMS: TradingTerms = {
  bundle: "b",
  signedBy: "k",
  strategy: "desk",
  instruments: [{ symbol, tick, lot, minNotional, assetDecimals, calendar }],
  timeframe: "1m",
  account: account({
    venue: "binance",
    kind: "cash",
    currency: "USDT",
    capital: 20_000,
    fees: bps(10),
    slippage: bps(2),
  }),
  limits: {},
  rebalance: 0.1,
  warmupBars: 0,
  engine: "e",
};

/** A core and its journal, as a daemon holds them, after one decision. */
async function decided(...signals: readonly Signal[]) {
  const folder = join(temporaryFolder(), "account");
  const journal = new Journal(folder);
  onTestFinished(() => journal.close());
  const log: string[] = [];
  const driver = new CoreDriver({
    core: new TradingCore(TERMS),
    journal,
    strategy: {
      publish: async () => {},
      warmUp: async () => {},
      decide: async () => ({
        rows: [],
        predictions: [],
        signals,
        memory: { state: [], shared: {}, random: 0 },
      }),
    },
    now: () => 0,
    onLog: (level, message) => void log.push(`${level}: ${message}`),
  });
  driver.write({ kind: "began", terms: TERMS });
  await driver.warmUp(0, [[]]);
  for (const [n, time] of [0, MINUTE].entries())
    await driver.step({ kind: "trade", time, instrument: 0, id: n + 1, ticks: 100_000, lots: 1 });
  const send = () => {
    const { kind, order } = driver.core.commands[0]!;
    driver.write({ kind: "sending", command: kind, id: order.id });
    return order;
  };
  /** What a restart makes of the journal is what is. */
  const expectRecovered = async () => {
    const recovered = await recover(folder, TERMS, journal.sequence);
    expect(encodeValue(recovered.core.snapshot())).toBe(encodeValue(driver.core.snapshot()));
  };
  return { driver, core: driver.core, send, log, folder, expectRecovered };
}

const buy = (quantity: number): Signal => ({
  kind: "order",
  instrument: 0,
  side: "buy",
  type: "market",
  quantity,
});

describe("the way into the core", () => {
  it("writes down as much as series tell, in records that fit, and comes back to it", async () => {
    const { driver, core, folder, expectRecovered } = await decided();
    // More bytes than a record of the journal may have.
    const rows = Array.from({ length: 400_000 }, (_, i) => [i, MINUTE + i / 1e4, Math.sqrt(i)]);
    const [first, rest] = [rows.slice(0, 10), rows.slice(10)];
    driver.publish({ mood: first });
    driver.publish({ mood: rest });
    await expectRecovered();
    const told = [...readJournal(folder)].flatMap(({ input }) =>
      input.kind === "published" ? input.values.mood! : [],
    );
    expect(told).toHaveLength(rows.length);
    expect(encodeValue(told)).toBe(encodeValue(rows));
    expect(core.news.waiting.mood).toHaveLength(rows.length);
  });

  it("takes a fee in another asset, keeps the position exact, and halts", async () => {
    const { driver, core, send, log, expectRecovered } = await decided(buy(1));
    const { id } = send();
    const fill = { kind: "order-filled", time: MINUTE, id, trade: "1", ticks: 100_000, lots: 1000 } as const;
    const report: OrderReport = { ...fill, fee: 75n, feeAsset: "BNB", execution: 1 };
    await driver.stepReport(report);
    expect(core.engine).toMatchObject({ baseUnits: [100_000_000n], cash: 19_000_0000_0000n, halted: true });
    expect(core.fills).toHaveLength(1);
    expect(log).toEqual([expect.stringContaining("BNB")]);
    // Told once more, it is old news.
    await driver.step({ kind: "operator", time: MINUTE, action: "resume" });
    await driver.stepReport(report);
    expect(core.engine.halted).toBe(false);
    await expectRecovered();
  });

  it("has an order sent again that nobody knew and that never arrived", async () => {
    const { driver, core, send, expectRecovered } = await decided(buy(1));
    const { id } = send();
    await driver.stepReport({ kind: "order-unknown", id, time: Number.NaN, execution: 0 });
    driver.write({ kind: "unsent", id });
    expect(core.commands.map(({ kind, order }) => [kind, order.id])).toEqual([["submit", id]]);
    await expectRecovered();
  });

  it.each([
    ["just decided", 10_000, undefined, true],
    ["decided long ago", 10_001, undefined, false],
    ["decided now on what the market did long ago", 10_000, MINUTE - 1, false],
    ["decided when nobody can say", Number.NaN, undefined, false],
  ])("after catching up: a buy %s", async (_, ageMs, decidedOn, isKept) => {
    const { driver, core, expectRecovered } = await decided(buy(1));
    const [{ order }] = core.commands as [(typeof core.commands)[0]];
    const on = new Map(decidedOn === undefined ? [] : [[order.id, decidedOn]]);
    await giveUpStale(driver, { time: async () => MINUTE + ageMs }, on);
    expect(core.commands).toHaveLength(isKept ? 1 : 0);
    expect(core.engine.reserved > 0n).toBe(isKept);
    expect(core.refusals.map(({ reason }) => reason)).toEqual(isKept ? [] : ["stale"]);
    await expectRecovered();
  });

  it.each(["halt", "flatten"] as const)(
    "sends no buy that a %s withdrew before it went out",
    async (action) => {
      const { driver, core, send, expectRecovered } = await decided(buy(1), buy(2));
      const sent = send();
      await driver.step({ kind: "operator", time: MINUTE, action });
      await giveUpWithdrawn(driver);
      expect(core.commands.map(({ kind, order }) => [kind, order.id])).toEqual([["cancel", sent.id]]);
      await driver.stepReport({ kind: "order-canceled", id: sent.id, time: MINUTE, execution: 1 });
      expect(core.engine).toMatchObject({ reserved: 0n, cash: 20_000_0000_0000n });
      expect(core.commands).toEqual([]);
      await expectRecovered();
    },
  );
});
