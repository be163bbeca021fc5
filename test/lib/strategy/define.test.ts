import { describe, expect, it } from "vitest";
import { features, sma } from "#features";
import { account, bps, choice, float, int, type ModelArtifact } from "#model";
import { defineStrategy, strategyFacts } from "#strategy";

const spot = account({
  venue: "binance",
  kind: "cash",
  currency: "USD",
  capital: 1000,
  fees: bps(10),
  slippage: bps(2),
});
const good = { name: "trend", instruments: ["BTC/USD"], timeframe: "1d", account: spot, onBar() {} };
const model: ModelArtifact = {
  kind: "onnx",
  bytes: new Uint8Array(),
  hash: "",
  inputs: ["fast"],
  features: [],
};

describe("a strategy's definition", () => {
  it.each([
    ["an empty name", { name: "" }, "the name must be 1 to 16"],
    ["a long name", { name: "a".repeat(17) }, "the name must be 1 to 16"],
    ["a name with a space", { name: "my trend" }, "the name must be 1 to 16"],
    ["no instrument", { instruments: [] }, "it trades no instrument"],
    ["an instrument twice", { instruments: ["BTC/USD", "BTC/USD"] }, "an instrument is listed twice"],
    ["no handler", { onBar: undefined }, "it has no handler"],
    ["rebalance of 1", { rebalance: 1 }, "rebalance is 1"],
    ["rebalance below 0", { rebalance: -0.1 }, "rebalance is -0.1"],
    ["rebalance of NaN", { rebalance: Number.NaN }, "rebalance is NaN"],
    ["half a bar of history", { history: 0.5 }, "history is 0.5"],
    ["too much history", { history: 10_001 }, "history is 10001"],
    ["another word for a failure", { inference: { onFailure: "ignore" } }, "inference.onFailure is ignore"],
    ["no time for a prediction", { inference: { timeoutMs: 0 } }, "inference.timeoutMs is 0"],
    ["a time-out of NaN", { inference: { timeoutMs: Number.NaN } }, "inference.timeoutMs is NaN"],
    ["a time-out that is no number", { inference: { timeoutMs: "9" } }, "inference.timeoutMs is 9"],
    ["an hour for a prediction", { inference: { timeoutMs: 3.6e6 } }, "inference.timeoutMs is 3600000"],
    ["a policy that is none", { inference: null }, "inference is null"],
    ["a policy with another name", { inference: { timeout: 5 } }, "timeout"],
    ["a model without its feature", { models: { up: model } }, 'model "up" needs the feature "fast"'],
  ])("is refused with %s", (_, change, message) => {
    expect(() => defineStrategy({ ...good, ...change } as typeof good)).toThrowError(
      expect.objectContaining({
        code: "strategy.bad-spec",
        message: expect.stringContaining(message),
      }),
    );
  });

  it("is refused with a bad timeframe or limit, by their own codes", () => {
    expect(() => defineStrategy({ ...good, timeframe: "1y" })).toThrowError(
      expect.objectContaining({ code: "core.bad-timeframe" }),
    );
    expect(() => defineStrategy({ ...good, limits: { maxDailyLoss: 0 } })).toThrowError(
      expect.objectContaining({ code: "model.bad-limits" }),
    );
  });

  it("states its policy for failing models in full, and says nothing where it has none", () => {
    const facts = (change: object) => strategyFacts(defineStrategy({ ...good, ...change }));
    expect(facts({})).not.toHaveProperty("inference");
    expect(facts({ inference: {} }).inference).toEqual({ onFailure: "halt", timeoutMs: 1000 });
    const inference = { onFailure: "missing", timeoutMs: 50 };
    expect(facts({ inference }).inference).toEqual(inference);
  });

  it("takes a model whose features it has", () => {
    const set = features({ fast: sma(3) });
    expect(defineStrategy({ ...good, features: set, models: { up: model } }).spec.name).toBe("trend");
  });

  it("cannot be changed through the list of its instruments", () => {
    const { spec } = defineStrategy(good);
    expect(() => (spec.instruments as string[]).push("ETH/USD")).toThrow(TypeError);
  });
});

describe("a strategy's parameters", () => {
  const params = { enter: float(0.5, 0.7), length: int(5, 50), kind: choice(["ema", "sma"]) };
  const strategy = defineStrategy({ ...good, params });
  const values = { enter: 0.6, length: 5, kind: "ema" } as const;

  it("are undefined until set, and an empty object if there are none", () => {
    expect(strategy.params).toBeUndefined();
    expect(defineStrategy(good).params).toEqual({});
    expect(strategy.with(values).params).toEqual(values);
    expect(strategy.params).toBeUndefined();
  });

  it("are frozen, and bounds belong to the range", () => {
    expect(Object.isFrozen(strategy.with(values).params)).toBe(true);
    expect(strategy.with({ ...values, enter: 0.7, length: 50 }).params).toMatchObject({
      enter: 0.7,
      length: 50,
    });
  });

  it.each([
    ["one too many", { ...values, entre: 1 }, 'there is no "entre"', "Did you mean enter?"],
    ["one missing", { enter: 0.6, length: 5 }, "parameter kind is undefined", "declared as"],
    ["a value above", { ...values, enter: 0.71 }, "parameter enter is 0.71", "declared as"],
    ["NaN", { ...values, enter: Number.NaN }, "parameter enter is NaN", "declared as"],
    ["a fraction for an int", { ...values, length: 5.5 }, "parameter length is 5.5", "declared as"],
    ["an unknown option", { ...values, kind: "wma" }, "parameter kind is wma", "declared as"],
    ["a text for a number", { ...values, enter: "0.6" }, "parameter enter is 0.6", "declared as"],
  ])("are refused with %s", (_, wrong, message, hint) => {
    expect(() => strategy.with(wrong as unknown as typeof values)).toThrowError(
      expect.objectContaining({
        code: "strategy.bad-param",
        message: expect.stringContaining(message),
        hint: expect.stringContaining(hint),
      }),
    );
  });
});
