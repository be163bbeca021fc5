import { describe, expect, it } from "vitest";
import { type AccountSpec, account, bps, checkLimits, type Limits } from "#model";

const good: AccountSpec = {
  venue: "binance",
  kind: "cash",
  currency: "USD",
  capital: 1000,
  fees: bps(10),
  slippage: bps(2),
};

describe("an account", () => {
  it("has 50 ms of latency and a tenth of the volume as depth unless told otherwise", () => {
    expect(account(good)).toEqual({ ...good, latencyMs: 50, depthShare: 0.1 });
    expect(account({ ...good, latencyMs: 0, depthShare: 1 })).toMatchObject({ latencyMs: 0, depthShare: 1 });
  });

  it.each<[string, object]>([
    ["venue", { venue: "nowhere" }],
    ["kind", { kind: "margin" }],
    ["currency", { currency: "usd" }],
    ["capital", { capital: 0 }],
    ["capital", { capital: Number.NaN }],
    ["capital", { capital: 1e12 }],
    ["latencyMs", { latencyMs: -1 }],
    ["latencyMs", { latencyMs: 0.5 }],
    ["depthShare", { depthShare: 0 }],
    ["depthShare", { depthShare: 1.1 }],
    ["fees", { fees: 10 }],
    ["fees", { fees: undefined }],
    ["fees", { fees: { bps: Number.NaN } }],
    ["slippage", { slippage: { bps: -1 } }],
  ])("is refused with a bad %s", (field, change) => {
    expect(() => account({ ...good, ...change } as AccountSpec)).toThrowError(
      expect.objectContaining({
        code: "model.bad-account",
        message: expect.stringContaining(`account ${field} `),
      }),
    );
  });

  it.each([-1, 10_000, Number.NaN])("has no rate of %d bps", (value) => {
    expect(() => bps(value)).toThrowError(expect.objectContaining({ code: "model.bad-account" }));
  });
});

describe("limits", () => {
  it("pass as they are, and may be absent", () => {
    const limits = { maxOrderNotional: 1, maxOrdersPerMinute: 3 };
    expect(checkLimits(limits)).toBe(limits);
    expect(checkLimits({})).toEqual({});
  });

  it.each<[string, object, string]>([
    ["a mistyped name", { maxOrderNotionl: 1 }, "Did you mean maxOrderNotional?"],
    ["an unknown name", { fun: 1 }, "There are maxOrderNotional"],
    ["zero", { maxDailyLoss: 0 }, "Leave a limit out"],
    ["NaN", { priceBandBps: Number.NaN }, "Leave a limit out"],
    ["a text", { priceBandBps: "5" }, "Leave a limit out"],
    ["a fraction of an order", { maxOrdersPerMinute: 1.5 }, "Leave a limit out"],
  ])("are refused with %s", (_, limits, hint) => {
    expect(() => checkLimits(limits as Limits)).toThrowError(
      expect.objectContaining({ code: "model.bad-limits", hint: expect.stringContaining(hint) }),
    );
  });
});
