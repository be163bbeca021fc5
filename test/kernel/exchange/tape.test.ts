import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { startExchange } from "#exchange";
import { notionalUnits } from "#model";
import { Tape } from "../../../kernel/exchange/tape.ts";
import { BTC, barsOf, DAY, ETH, KEYS, type Row, START, termsOf } from "./fixtures.ts";

const row: fc.Arbitrary<Row> = fc
  .tuple(fc.integer({ min: 1000, max: 1e7 }), fc.nat(900), fc.nat(900), fc.integer({ min: 4, max: 1e9 }))
  .map(([open, up, down, lots]) => [open, open + up, open - down, open + (up > down ? up : -down), lots]);

describe("a tape", () => {
  it("splits each bar into four trades that add up to it; its candles are the history at every moment", () =>
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 8 }), fc.nat(4), (rows, before) => {
        const bars = barsOf(BTC, rows);
        const tape = new Tape(bars, START + before * DAY, Number.POSITIVE_INFINITY);
        expect(tape.total).toBe(4 * Math.max(0, rows.length - before));
        let last = 0;
        while (tape.nextStart < Number.POSITIVE_INFINITY || tape.printed % 4 !== 0) {
          const trade = tape.print();
          expect(trade.id).toBe(++last);
          expect(trade.lots).toBeGreaterThan(0);
          expect(tape.trade(trade.id)).toEqual(trade);
          expect(tape.firstIdAt(trade.time)).toBe(trade.id);
          const bar = before + Math.floor((trade.id - 1) / 4);
          const ofBar = Array.from({ length: ((trade.id - 1) % 4) + 1 }, (_, k) => tape.trade(trade.id - k));
          const prices = ofBar.map(({ ticks }) => ticks);
          const [candle] = tape.candles(START + bar * DAY, trade.time, 1000);
          expect(candle).toMatchObject({
            open: prices.at(-1),
            high: Math.max(...prices),
            low: Math.min(...prices),
            close: prices[0],
            lots: ofBar.reduce((sum, { lots }) => sum + lots, 0),
            quoteUnits: ofBar.reduce((sum, { ticks, lots }) => sum + notionalUnits(BTC, ticks, lots), 0n),
          });
        }
        const all = tape.candles(undefined, Number.POSITIVE_INFINITY, 1000);
        expect(all.map(({ open, high, low, close, lots }) => [open, high, low, close, lots])).toEqual(rows);
        expect(tape.candles(undefined, Number.POSITIVE_INFINITY, 2)).toEqual(all.slice(-2));
        expect(tape.candles(START, Number.POSITIVE_INFINITY, 2)).toEqual(all.slice(0, 2));
      }),
    ));

  it.each([
    ["three lots", 3, /2024-01-02 is 0.003, which is less than four lots of 0.001/],
    ["half a lot", 4.5, /2024-01-02 is 0.0045, which is no whole number of lots of 0.001/],
  ])("refuses a bar of %s", (_, lots, text) => {
    const bars = barsOf(
      BTC,
      [4, lots].map((each): Row => [100, 101, 99, 100, each]),
    );
    const tape = () => new Tape(bars, START, Number.POSITIVE_INFINITY);
    expect(tape).toThrow(
      expect.objectContaining({ code: "exchange.thin-bar", message: expect.stringMatching(text) }),
    );
    // Before the replay it is only history.
    expect(new Tape(bars, START + 2 * DAY, Number.POSITIVE_INFINITY).total).toBe(0);
  });
});

describe("starting an exchange", () => {
  const rows: readonly Row[] = [[40_000, 40_010, 39_990, 40_000, 100]];
  const good = {
    bars: [barsOf(BTC, rows)],
    from: START,
    terms: termsOf(),
    keys: KEYS,
    pace: { kind: "paced", speed: 1 } as const,
  };
  const shifted = barsOf(ETH, rows);
  shifted.time[0] = START + 1000;

  it.each([
    ["no bars", { bars: [] }, "exchange.bad-bars", /no bars/],
    ["nothing to replay", { from: START + DAY }, "exchange.bad-bars", /no bar to replay from 2024-01-02/],
    ["bars of two lengths", { bars: [barsOf(BTC, rows), barsOf(ETH, rows, 6e4)] }, "exchange.bad-bars", /1m/],
    [
      "bars between those of others",
      { bars: [barsOf(BTC, rows), shifted] },
      "exchange.bad-bars",
      /starts between/,
    ],
    [
      "the same asset twice",
      { bars: [barsOf(BTC, rows), barsOf(BTC, rows)] },
      "exchange.bad-bars",
      /BTC is there twice/,
    ],
    [
      "another currency",
      { terms: termsOf({ currency: "USD" }) },
      "exchange.bad-bars",
      /does not trade in USD/,
    ],
    ["no keys", { keys: [] }, "exchange.bad-option", /needs keys/],
    ["one key twice", { keys: [KEYS[0]!, KEYS[0]!] }, "exchange.bad-option", /each of its own account/],
    ["a key with a blank", { keys: [{ apiKey: "a b", secret: "s" }] }, "exchange.bad-option", /API key/],
    ["no speed", { pace: { kind: "paced", speed: 0 } as const }, "exchange.bad-option", /speed is 0/],
    ["endless jitter", { jitter: { ms: 1e9, seed: 1 } }, "exchange.bad-option", /jitter/],
    [
      "a bus that is none",
      { pace: { kind: "lockstep", progress: "nowhere" } as const },
      "wire.bad-endpoint",
      /nowhere/,
    ],
  ])("refuses %s", async (_, change, code, message) => {
    await expect(startExchange({ ...good, ...change })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  it("refuses a port in use, and frees its own when it closes", async () => {
    const first = await startExchange(good);
    const port = Number(new URL(first.origin).port);
    await expect(startExchange({ ...good, port })).rejects.toMatchObject({ code: "exchange.port-in-use" });
    await Promise.all([first.close(), first.close()]);
    const second = await startExchange({ ...good, port });
    expect(second.origin).toBe(first.origin);
    await second.close();
  });
});
