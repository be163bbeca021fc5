import { cpSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type JournalRecord, journalHash, type LiveInput, prove, readJournal } from "#live";
import { Journal } from "../../../kernel/live/journal.ts";
import { temporaryFolder } from "../../temporary-folder.ts";
import { maker } from "./maker.ts";
import {
  bundleOf,
  openSession,
  type Promoted,
  type Session,
  type SessionOptions,
  tradeToEnd,
  walk,
} from "./session.ts";

const WARM = 100;
/** Sessions with other delays that must write the same journal. */
const SESSIONS = process.env.MODE === "all" ? 10 : 3;

async function makerBundle(seed: number, length: number): Promise<Promoted> {
  return bundleOf(maker, [walk(seed, length)]);
}

async function traded(bundle: Promoted, options: Partial<SessionOptions> = {}): Promise<Session> {
  const session = await openSession({ bundle, from: bundle.bars[0]!.time[WARM]!, ...options });
  await tradeToEnd(session, await session.start());
  return session;
}

describe("a strategy with resting limits, live", () => {
  it("trades as its backtest does, when an answer is lost and every message is late", async () => {
    const bundle = await makerBundle(11, 230);
    const session = await traded(bundle, {
      exchange: { jitter: { ms: 2, seed: 5 } },
      faults: { loseAnswers: [3, 20] },
    });
    const { replay, parity, booksDiffer, state } = await session.prove();
    expect({ parity: parity.difference, replay: replay.difference, booksDiffer }).toEqual({});
    const { core } = replay;
    // What the road is to have been walked with.
    expect(session.log.filter((line) => line.includes("no answer to order"))).toHaveLength(2);
    expect(core.orders.filter(({ state: end }) => end === "canceled").length).toBeGreaterThan(20);
    expect(core.orders.filter(({ trades }) => trades.length > 1).length).toBeGreaterThan(3);
    expect(core.refusals.filter(({ code }) => code === "risk.notional-exceeded").length).toBeGreaterThan(0);
    expect(core.engine.baseUnits[0]! % BigInt(core.instruments[0]!.baseUnitsPerLot)).not.toBe(0n);
    expect(state.accounts[0]!.trades).toBe(core.fills.length);
  }, 60_000);

  it(`writes the same journal ${SESSIONS} times, however late each message is`, async () => {
    const bundle = await makerBundle(12, 130);
    const journals = new Set<string>();
    for (let seed = 1; seed <= SESSIONS; seed++) {
      const session = await traded(bundle, { exchange: { jitter: { ms: 3, seed } } });
      journals.add(journalHash(session.folder));
    }
    expect([...journals]).toHaveLength(1);
  }, 120_000);

  it("misses nothing when its connections break", async () => {
    const bundle = await makerBundle(13, 150);
    const session = await traded(bundle, { faults: { cutAfterBytes: { mean: 12_000, seed: 3, most: 8 } } });
    const { replay, parity, booksDiffer } = await session.prove();
    expect({ parity: parity.difference, replay: replay.difference, booksDiffer }).toEqual({});
    expect(replay.core.syncs).toBeGreaterThan(1);
  }, 90_000);
});

describe("the proof of a session", () => {
  type Change = (record: JournalRecord) => LiveInput | undefined;
  const firstOf = <K extends LiveInput["kind"]>(
    kind: K,
    change: (input: Extract<LiveInput, { kind: K }>) => object,
  ): Change => {
    let isDone = false;
    return ({ input }) => {
      if (isDone || input.kind !== kind) return input;
      isDone = true;
      return { ...input, ...change(input as Extract<LiveInput, { kind: K }>) } as LiveInput;
    };
  };
  const changes: readonly (readonly [string, Change])[] = [
    ["one tick of a fill", firstOf("order-filled", ({ ticks }) => ({ ticks: ticks + 1 }))],
    ["one lot of a fill", firstOf("order-filled", ({ lots }) => ({ lots: lots - 1 }))],
    ["one unit of a fee", firstOf("order-filled", ({ fee }) => ({ fee: fee + 1n }))],
    ["one millisecond of a fill", firstOf("order-filled", ({ time }) => ({ time: time + 1 }))],
    ["one tick of a trade on the tape", firstOf("trade", ({ ticks }) => ({ ticks: ticks + 1 }))],
    [
      "one bit of a feature row",
      firstOf("decided", ({ rows }) => ({
        rows: rows.map((row) => row?.map((x) => x * (1 + 2 ** -52)) ?? null),
      })),
    ],
    [
      "a signal",
      firstOf("decided", () => ({
        signals: [
          { kind: "cancel", instrument: 0 },
          { kind: "cancel", instrument: 0 },
        ],
      })),
    ],
    ["a balance", firstOf("synced", () => ({ foreign: { BTC: 1n } }))],
  ];

  it("is false when anything in the journal is altered", async () => {
    const bundle = await makerBundle(14, 120);
    const session = await traded(bundle);
    const proofOf = async (change: Change) => {
      const folder = join(temporaryFolder(), "account");
      cpSync(join(session.folder, "trusted.json"), join(folder, "trusted.json"));
      const journal = new Journal(folder);
      for (const record of readJournal(session.folder)) {
        const input = change(record);
        if (input) journal.append(input, record.received);
      }
      journal.close();
      try {
        const readBars = async () => bundle.bars[0]!;
        const { replay, parity } = await prove({ bundle: bundle.path, folder, readBars });
        const { core } = replay;
        const books = core.balances && core.foreign.BTC !== undefined && core.foreign.BTC !== 0n;
        return replay.isEqual && parity.isEqual && !books;
      } catch (error) {
        // Records that cannot follow from one another are no proof either.
        expect(error).toMatchObject({ code: "live.bad-journal" });
        return false;
      }
    };
    expect(await proofOf(({ input }) => input)).toBe(true);
    for (const [what, change] of changes) expect([what, await proofOf(change)]).toEqual([what, false]);
  }, 90_000);
});
