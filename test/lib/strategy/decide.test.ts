import { describe, expect, it } from "vitest";
import { features, sma } from "#features";
import { account, type Bars, bps, createInstrument, type OrderSpec, type TargetSpec } from "#model";
import { type BarContext, defineStrategy, type MomentContext } from "#strategy";
import { barsFromTicks, LENGTH_MS, runOn } from "../backtest/market.ts";

const BTC = createInstrument({ symbol: "BTC/USD", tick: "0.01", lot: "0.001" });
const ETH = createInstrument({ symbol: "ETH/USD", tick: "0.01", lot: "0.001" });

function rising(instrument = BTC, length = 12, start = 0): Bars {
  const rows = [...Array(length).keys()].map((i) => {
    const ticks = 1000 + 10 * (i + start);
    return [(i + start) * LENGTH_MS, ticks, ticks + 5, ticks - 5, ticks + 1, 1e6];
  });
  return barsFromTicks(instrument, rows);
}

const base = {
  name: "eyes",
  instruments: ["BTC/USD"],
  timeframe: "1m",
  account: account({
    venue: "binance",
    kind: "cash",
    currency: "USD",
    capital: 1000,
    fees: bps(10),
    slippage: bps(2),
  }),
};

/** Runs a handler on every bar, and returns the run. */
function look(onBar: (ctx: BarContext) => void, more: object = {}, bars: readonly Bars[] = [rising()]) {
  return runOn(defineStrategy({ ...base, ...more, onBar: onBar as () => void }), bars);
}

describe("a handler", () => {
  it.each<[string, TargetSpec]>([
    ["no size", {}],
    ["two sizes", { weight: 0.5, quantity: 1 }],
    ["NaN", { weight: Number.NaN }],
    ["infinity", { notional: Number.POSITIVE_INFINITY }],
    ["a size and NaN", { weight: 0.5, risk: Number.NaN }],
    ["risk without a stop", { risk: 0.01 }],
    ["a stop of zero", { weight: 0.5, stop: 0 }],
    ["a stop of NaN", { weight: 0.5, stop: Number.NaN }],
  ])("is stopped at a target with %s", async (_, spec) => {
    await expect(look((ctx) => ctx.target(spec))).rejects.toMatchObject({
      code: "strategy.handler-failed",
      message: expect.stringMatching(/^strategy "eyes", onBar of BTC\/USD, at 1970-01-01 00:01:00 UTC: /),
      cause: {
        code: "strategy.bad-signal",
        message: expect.stringMatching(/BTC\/USD: target\(.*\) has no meaning/),
        hint: expect.stringContaining("exactly one of weight, quantity, notional, risk"),
      },
    });
  });

  it.each<[string, object]>([
    ["another side", { side: "long", type: "market", quantity: 1 }],
    ["another type", { side: "buy", type: "iceberg", quantity: 1, price: 1 }],
    ["quantity zero", { side: "buy", type: "market", quantity: 0 }],
    ["quantity NaN", { side: "buy", type: "market", quantity: Number.NaN }],
    ["a limit without a price", { side: "buy", type: "limit", quantity: 1 }],
    ["a market order with a price", { side: "buy", type: "market", quantity: 1, price: 9 }],
    ["a price below zero", { side: "sell", type: "stop", quantity: 1, price: -9 }],
  ])("is stopped at an order with %s", async (_, spec) => {
    await expect(look((ctx) => ctx.order(spec as OrderSpec))).rejects.toMatchObject({
      code: "strategy.handler-failed",
      cause: { code: "strategy.bad-signal", message: expect.stringMatching(/order\(.*\) has no meaning/) },
    });
  });

  it.each([0, 4, 1.5, Number.NaN])("is stopped at history(%d) where 3 bars are declared", async (n) => {
    await expect(look((ctx) => void ctx.history(n), { history: 3 })).rejects.toMatchObject({
      cause: { code: "strategy.bad-history", message: expect.stringContaining("declares history: 3") },
    });
  });

  it("is stopped at an unknown symbol or model, with a remedy", async () => {
    await expect(look((ctx) => void ctx.at("ETH/USD"))).rejects.toMatchObject({
      cause: { code: "strategy.unknown-symbol", hint: "It trades BTC/USD." },
    });
    await expect(look((ctx) => void ctx.predict("up"))).rejects.toMatchObject({
      cause: { code: "strategy.unknown-model", hint: "Its models are none." },
    });
  });

  it("that throws names strategy, instrument and time, and keeps the error as cause", async () => {
    const cause = new RangeError("no luck");
    await expect(
      look(() => {
        throw cause;
      }),
    ).rejects.toMatchObject({
      code: "strategy.handler-failed",
      message: 'strategy "eyes", onBar of BTC/USD, at 1970-01-01 00:01:00 UTC: RangeError: no luck',
      cause,
    });
  });
});

describe("what a handler sees", () => {
  it("is the closed bar, its features and the past, never a bar that is still open", async () => {
    const bars = rising();
    const set = features({ mean: sma(2) });
    let seen = 1;
    await look(
      (ctx) => {
        expect(ctx.now).toBe(bars.time[seen]! + LENGTH_MS);
        const { time, open, high, low, close, volume } = ctx.bar;
        expect([time, open, high, low, close, volume]).toEqual(
          [bars.time, bars.open, bars.high, bars.low, bars.close, bars.volume].map((column) => column[seen]),
        );
        expect((ctx.row as { mean: number }).mean).toBeCloseTo(
          (bars.close[seen]! + bars.close[seen - 1]!) / 2,
          12,
        );
        const past = ctx.history(3);
        expect(past.close).toEqual(bars.close.slice(Math.max(0, seen - 2), seen + 1));
        expect(past.close.buffer.byteLength).toBe(past.close.byteLength);
        seen++;
      },
      { features: set, history: 3 },
      [bars],
    );
    expect(seen).toBe(bars.length - 1);
  });

  it("has nothing of an instrument whose first bar is still to come", async () => {
    let looked = 0;
    await look(
      (ctx) => {
        if (ctx.symbol !== "BTC/USD" || ctx.bar.time >= 5 * LENGTH_MS) return;
        const other = ctx.at("ETH/USD");
        expect(Number.isFinite(other.bar.close)).toBe(false);
        expect(Number.isFinite(other.bar.time)).toBe(false);
        expect(other.history(2).close).toHaveLength(0);
        looked++;
      },
      { instruments: ["BTC/USD", "ETH/USD"], history: 2 },
      [rising(BTC), rising(ETH, 7, 5)],
    );
    expect(looked).toBe(5);
  });

  const set = features({ mean: sma(2) });
  const many = { features: set, history: 3, state: { n: 0 } };

  it("leads to no column of bars, features or engine, over any chain of properties", async () => {
    let walked = 0;
    const walk = (ctx: object) => {
      for (const { value } of reachable(ctx)) {
        walked++;
        expect(ArrayBuffer.isView(value) || value instanceof ArrayBuffer).toBe(false);
      }
    };
    await look(walk, { ...many, onBars: walk }, [rising(BTC, 4)]);
    expect(walked).toBeGreaterThan(40);
  });

  it("cannot be moved to another bar by anything that can be reached and called", async () => {
    const call = (ctx: BarContext) => {
      const { close } = ctx.bar;
      for (const { value, owner } of reachable(ctx)) {
        if (typeof value !== "function") continue;
        for (const args of [[ctx, 30], [ctx.bar, 30], [ctx.row, 30], [30]]) {
          try {
            Reflect.apply(value, owner, args);
          } catch {
            // Most refuse such arguments.
          }
        }
      }
      expect(ctx.bar.close).toBe(close);
    };
    await look(call, many, [rising(BTC, 40)]);
  });

  it("is memory of its own for each instrument and each run", async () => {
    const strategy = defineStrategy({
      ...base,
      instruments: ["BTC/USD", "ETH/USD"],
      state: { bars: 0, list: [] as number[] },
      shared: { bars: 0 },
      onBar(ctx) {
        ctx.state.bars++;
        ctx.state.list.push(ctx.bar.time);
        ctx.shared.bars++;
        expect(ctx.state.list.length).toBe(ctx.state.bars);
        expect(ctx.state.bars).toBe(Math.round(ctx.bar.time / LENGTH_MS) + 1);
        expect(ctx.shared.bars).toBe(ctx.symbol === "BTC/USD" ? 2 * ctx.state.bars - 1 : 2 * ctx.state.bars);
      },
    });
    const bars = [rising(BTC), rising(ETH)];
    await runOn(strategy, bars);
    await runOn(strategy, bars);
    expect(strategy.spec.state).toEqual({ bars: 0, list: [] });
  });

  it("is the same random numbers in each run, and others under another seed", async () => {
    const draw = async (seed: number) => {
      const drawn: number[] = [];
      await look((ctx) => void drawn.push(ctx.random()), { seed });
      return drawn;
    };
    const [first, again, other] = [await draw(7), await draw(7), await draw(8)];
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
    expect(new Set(first).size).toBe(first.length);
  });

  it("runs onBar for each instrument in order, then onBars once, with who has closed", async () => {
    const calls: string[] = [];
    await look(
      (ctx) => calls.push(ctx.symbol),
      {
        instruments: ["ETH/USD", "BTC/USD"],
        onBars: (ctx: MomentContext) =>
          calls.push(ctx.symbols.map((symbol) => (ctx.closed(symbol) ? "x" : "-")).join("")),
      },
      [rising(BTC, 3), rising(ETH, 3, 1)],
    );
    expect(calls).toEqual(["BTC/USD", "-x", "ETH/USD", "BTC/USD", "xx", "ETH/USD", "BTC/USD", "xx"]);
  });
});

/** What any program reaches anyway: the language's own objects. */
const LANGUAGE: readonly unknown[] = Object.getOwnPropertyNames(globalThis).flatMap((name) => {
  const value: unknown = Object.getOwnPropertyDescriptor(globalThis, name)!.value;
  return typeof value === "function" ? [value, value.prototype] : [value];
});

/** Everything that own and inherited properties lead to, getters included. */
function reachable(root: object): { value: unknown; owner: unknown }[] {
  const found: { value: unknown; owner: unknown }[] = [];
  const seen = new Set<unknown>([globalThis, ...LANGUAGE]);
  const queue: object[] = [root];
  const note = (value: unknown, owner: unknown) => {
    if ((typeof value !== "object" && typeof value !== "function") || value === null || seen.has(value))
      return;
    seen.add(value);
    found.push({ value, owner });
    queue.push(value);
  };
  for (let object = queue.pop(); object !== undefined; object = queue.pop()) {
    for (let layer: object | null = object; layer; layer = Object.getPrototypeOf(layer) as object | null) {
      note(layer, object);
      for (const key of Reflect.ownKeys(layer)) {
        const { value, get, set } = Object.getOwnPropertyDescriptor(layer, key)!;
        note(value, object);
        note(get, object);
        note(set, object);
        if (!get) continue;
        try {
          note(Reflect.apply(get, object, []), object);
        } catch {
          // A getter of a prototype, without an instance.
        }
      }
    }
  }
  return found;
}
