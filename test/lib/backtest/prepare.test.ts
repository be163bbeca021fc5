import { describe, expect, it } from "vitest";
import { prepare } from "#backtest";
import { account, bps, createInstrument } from "#model";
import { defineStrategy } from "#strategy";
import { barsFromTicks, LENGTH_MS } from "./market.ts";

const BTC = createInstrument({ symbol: "BTC/USD", tick: "1", lot: "1" });
const ETH = createInstrument({ symbol: "ETH/USD", tick: "1", lot: "1" });

function flat(instrument: typeof BTC, times: readonly number[], timeframe = "1m") {
  return barsFromTicks(
    instrument,
    times.map((minute) => [minute * LENGTH_MS, 100, 100, 100, 100, 10]),
    timeframe,
  );
}

function prepared(bars: Parameters<typeof prepare>[1], period = {}) {
  const { spec } = defineStrategy({
    name: "two",
    instruments: ["BTC/USD", "ETH/USD"],
    timeframe: "1m",
    account: account({
      venue: "binance",
      kind: "cash",
      currency: "USD",
      capital: 1000,
      fees: bps(0),
      slippage: bps(0),
    }),
    onBar() {},
  });
  return prepare(spec, bars, period, () => Promise.reject(new Error("no models")));
}

describe("preparing a backtest", () => {
  it("merges the times of all instruments, once each", async () => {
    const { timeline, benchmark } = await prepared([flat(BTC, [0, 1, 3]), flat(ETH, [1, 2, 3])]);
    expect([...timeline]).toEqual([0, 1, 2, 3].map((minute) => minute * LENGTH_MS));
    expect([...benchmark]).toEqual([100, 100, Number.NaN, 100]);
  });

  it("refuses bars on another grid of times, whose closes would be known before their end", async () => {
    await expect(prepared([flat(BTC, [0, 1, 2]), flat(ETH, [0.5, 1.5, 2.5])])).rejects.toMatchObject({
      code: "data.bad-time",
      message: expect.stringContaining("ETH/USD start at other times than those of BTC/USD"),
    });
  });

  it("refuses missing bars, bars of another length, and a period that leaves fewer than two", async () => {
    const btc = flat(BTC, [0, 1, 2]);
    await expect(prepared([btc])).rejects.toMatchObject({ code: "backtest.missing-bars" });
    await expect(prepared([btc, flat(ETH, [0, 1, 2], "5m")])).rejects.toMatchObject({
      code: "backtest.missing-bars",
      message: expect.stringContaining("5m"),
    });
    await expect(prepared([btc, flat(ETH, [0, 1, 2])], { from: 2 * LENGTH_MS })).rejects.toMatchObject({
      code: "backtest.no-bars",
      hint: expect.stringContaining("1970-01-01"),
    });
  });
});
