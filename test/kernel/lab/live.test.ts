import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CommError } from "../../../kernel/lab/src/comm/client.ts";
import type { LiveStrategy, LiveView, LiveState as State } from "../../../kernel/lab/src/comm/protocol.ts";
import { type LivePorts, LiveWatch } from "../../../kernel/lab/src/live/controller.ts";
import {
  actionsOf,
  attention,
  eventsOf,
  eventWords,
  flattenText,
  heldText,
  meter,
  metersOf,
  orderLook,
  stateLook,
  totals,
  wholeView,
} from "../../../kernel/lab/src/live/model.ts";
import { sparkLine } from "../../../kernel/lab/src/live/spark.ts";

const STATES: readonly State[] = [
  "joining",
  "waiting for the next bar",
  "trading",
  "halted",
  "strategy stopped",
  "ended",
  "no contact",
];

function strategy(change: Partial<LiveStrategy> = {}): LiveStrategy {
  return {
    account: "paper-1",
    stage: "paper",
    isConnected: true,
    seenAt: 1_000_000,
    strategy: "trend",
    bundle: "6b1f",
    currency: "USDT",
    state: "trading",
    venueTime: "",
    equity: 10_000,
    capital: 10_000,
    todayProfit: 0,
    exposure: 0,
    drawdown: 0,
    limits: {},
    curve: [],
    latencyMs: { p50: null, p99: null },
    positions: [],
    orders: [],
    events: [],
    ...change,
  };
}

const held = { symbol: "ETH/USDT", quantity: "-2.5040", entry: 3475.1, mark: 3498.6, profit: -58.84 };
const order = {
  id: "o1",
  symbol: "BTC/USDT",
  side: "buy" as const,
  type: "limit",
  purpose: "target",
  state: "open",
  quantity: 0.021,
  filled: 0,
  price: 66_767,
};

describe("what a strategy shows", () => {
  it("each state has its own shape or word, and offers only what can be done in it", () => {
    const looks = STATES.map((state) => `${stateLook(state).icon} ${stateLook(state).word}`);
    expect(new Set(looks).size).toBe(STATES.length);
    const offered = (state: State, positions: LiveStrategy["positions"], isConnected = true) =>
      actionsOf(strategy({ state, positions, isConnected }));
    expect(offered("trading", [held])).toEqual(["halt", "flatten"]);
    expect(offered("trading", [])).toEqual(["halt"]);
    expect(offered("halted", [held])).toEqual(["resume", "flatten", "stop"]);
    expect(offered("ended", [])).toEqual(["start"]);
    for (const state of STATES.filter((one) => one !== "ended"))
      expect(offered(state, [held], false)).toEqual([]);
  });

  it("an unknown order is neither failed nor open, and its money is named", () => {
    const unknown = { ...order, state: "unknown" };
    expect(orderLook(unknown).word).toBe("unknown");
    expect(orderLook({ ...order, filled: 0.01 }).word).toBe("part filled");
    const [note] = attention({ at: 0, strategies: [strategy({ orders: [unknown, order] })] });
    expect(note?.title).toBe("Order unknown: buy 0.021 BTC, trend");
    expect(note?.text).toContain("1,402.11 USDT stay reserved");
    expect(attention({ at: 0, strategies: [strategy({ orders: [order] })] })).toEqual([]);
  });

  it("an account that can't be read is said first: what trades on it is not seen", () => {
    const damaged = [{ account: "torn", message: "account.json does not describe an account" }];
    const [first] = attention({ at: 0, strategies: [strategy()], damaged });
    expect(first).toMatchObject({ title: "Account not readable: torn" });
    expect(first?.text).toContain(damaged[0]!.message);
  });

  it("flatten says size, cost and how old the data is", () => {
    const one = strategy({ positions: [held] });
    expect(flattenText(one, 1_000_500)).toBe("Buys 2.5040 ETH at market, about 8,760 USDT, then halts.");
    expect(flattenText(one, 1_041_000)).toContain("Data is 41 s old.");
    expect(heldText({ at: 0, strategies: [one] })).toBe("−2.5040 ETH");
  });

  it("a limit stands beside its value; four fifths of it is hot", () => {
    expect(meter("Exposure", 0.248, 0.4, 1)).toMatchObject({ text: "+24.8 of 40 %", isHot: false });
    expect(meter("Drawdown", -0.0171, 0.02, 2)).toMatchObject({ text: "−1.71 of −2.0 %", isHot: true });
    expect(meter("Drawdown", -0.01, undefined, 2)).toMatchObject({
      text: "−1.00 %, no limit",
      share: 0,
      max: null,
    });
    const daily = strategy({
      equity: 9_900,
      todayProfit: -100,
      limits: { maxDailyLoss: 0.02, maxPositionNotional: 990 },
    });
    expect(metersOf(daily).map(({ label, text }) => `${label} ${text}`)).toEqual([
      "Exposure 0.0 of 10 %",
      "Daily loss −1.00 of −2.0 %",
    ]);
  });
});

it("a strategy that never answered has no figures, and is in no total", () => {
  const told = {
    account: "main",
    stage: "live" as const,
    isConnected: false,
    strategy: "trend",
    bundle: "6b1f",
    currency: "USDT",
    state: "no contact" as const,
    seenAt: null,
  };
  const view = wholeView({ at: 5, strategies: [told] });
  expect(view.strategies[0]).toMatchObject({ seenAt: 0, positions: [], orders: [], curve: [], events: [] });
  expect([totals(view), attention(view), eventsOf(view.strategies), heldText(view)]).toEqual([
    [],
    [],
    [],
    "",
  ]);
  expect(stateLook(view.strategies[0]!.state).word).toBe("no contact");
});

it("events stand newest first, each with a key of its own, in whole or half sentences", () => {
  const event = { kind: "filled" as const, text: "Sold 2 SPX at 10" };
  const events = [
    { ...event, time: 20 },
    { ...event, time: 20 },
    { ...event, time: null },
  ];
  const shown = eventsOf([
    strategy({ events }),
    strategy({ account: "b", events: [{ ...event, time: 30 }] }),
  ]);
  expect(shown.map(({ event: { time } }) => time)).toEqual([30, 20, 20, null]);
  expect(new Set(shown.map(({ key }) => key)).size).toBe(4);
  expect(eventWords({ ...event, time: 1 }, "Filled")).toEqual(["Sold", " 2 SPX at 10"]);
  expect(eventWords({ ...event, time: 1, text: "buy 2 SPX" }, "Filled")).toEqual(["Filled", " buy 2 SPX"]);
});

it("totals count an account once, by currency, and no strategy that has ended", () => {
  const any = fc.record({
    account: fc.constantFrom("a", "b", "c"),
    currency: fc.constantFrom("USDT", "EUR"),
    state: fc.constantFrom(...STATES),
    todayProfit: fc.integer({ min: -100, max: 100 }),
    exposure: fc.double({ min: -1, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(any, { maxLength: 8 }), (parts) => {
      const strategies = parts.map((part) => strategy({ ...part, equity: 1000 }));
      const counted = strategies.filter(({ state }) => state !== "ended");
      const sums = totals({ at: 0, strategies });
      for (const { currency, accounts, equity, today, grossExposure } of sums) {
        const own = counted.filter((one) => one.currency === currency);
        expect(new Set(accounts)).toEqual(new Set(own.map(({ account }) => account)));
        expect(equity).toBe(1000 * accounts.length);
        expect(today).toBe(own.reduce((sum, one) => sum + one.todayProfit, 0));
        expect(grossExposure).toBeGreaterThanOrEqual(0);
      }
      expect(sums.length).toBe(new Set(counted.map(({ currency }) => currency)).size);
    }),
  );
});

it("a curve stays in its box, runs to the right, and is higher where the value is higher", () => {
  const point = fc.tuple(fc.nat(1000), fc.double({ min: -1e6, max: 1e6, noNaN: true }));
  fc.assert(
    fc.property(fc.array(point, { minLength: 2, maxLength: 50 }), (points) => {
      let time = 0;
      const curve = points.map(([wait, value]) => {
        time += wait;
        return [time, value] as const;
      });
      const line = sparkLine(curve, 88, 24)!;
      const drawn = line.path
        .slice(1)
        .split("L")
        .map((text) => text.split(" ").map(Number) as [number, number]);
      drawn.forEach(([x, y], index) => {
        expect(x >= 0 && x <= 88 && y >= 0 && y <= 24).toBe(true);
        if (index === 0) return;
        expect(x).toBeGreaterThanOrEqual(drawn[index - 1]![0]);
        if (curve[index]![1] > curve[index - 1]![1]) expect(y).toBeLessThanOrEqual(drawn[index - 1]![1]);
      });
      expect(line.end).toEqual(drawn.at(-1));
    }),
  );
  expect(sparkLine([[0, 1]], 88, 24)).toBeNull();
});

/** A world whose lines break and whose timers run by hand. */
class World {
  held = 0;
  connects = 0;
  fails = false;
  readonly asked: [string, unknown][] = [];
  private close: (() => void)[] = [];
  private listener: (view: LiveView) => void = () => undefined;
  private timers = new Set<() => void>();

  readonly ports: LivePorts = {
    now: () => 1000,
    after: (_ms, callback) => {
      this.timers.add(callback);
      return () => void this.timers.delete(callback);
    },
    connect: async () => {
      this.connects += 1;
      await Promise.resolve();
      if (this.fails) throw new CommError({ code: "lab.no-kernelspec", message: "not installed" });
      this.held += 1;
      let isHeld = true;
      return {
        release: () => {
          if (isHeld) this.held -= 1;
          isHeld = false;
        },
        client: {
          request: (async (method: string, params: unknown) => {
            this.asked.push([method, params]);
            return {};
          }) as never,
          on: ((_: string, listener: (view: LiveView) => void) => {
            this.listener = listener;
            return () => undefined;
          }) as never,
          onClose: (listener) => void this.close.push(listener),
        },
      };
    },
  };

  say(view: LiveView): void {
    this.listener(view);
  }

  breakLine(): void {
    const listeners = this.close;
    this.close = [];
    for (const listener of listeners) listener();
  }

  runTimers(): void {
    const due = [...this.timers];
    this.timers.clear();
    for (const callback of due) callback();
  }
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe("watching", () => {
  it("holds at most one line, and none once it is stopped, whatever happens", async () => {
    const step = fc.constantFrom(
      "start",
      "stop",
      "break",
      "timer",
      "again",
      "fail",
      "mend",
      "halt",
      "settle",
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const world = new World();
        const watch = new LiveWatch(world.ports);
        for (const one of steps) {
          if (one === "start") watch.start();
          else if (one === "stop") watch.stop();
          else if (one === "break") world.breakLine();
          else if (one === "timer") world.runTimers();
          else if (one === "again") watch.tryAgain();
          else if (one === "halt") await watch.haltAll();
          else if (one === "settle") await settle();
          else world.fails = one === "fail";
        }
        await settle();
        expect(world.held).toBeLessThanOrEqual(1);
        watch.stop();
        await settle();
        expect(world.held).toBe(0);
      }),
    );
  });

  it("finds another line, keeps what it saw, and says that it is old", async () => {
    const world = new World();
    const watch = new LiveWatch(world.ports);
    watch.start();
    await settle();
    expect(watch.state.get().line).toBe("connected");
    world.say({ at: 1, strategies: [strategy()] });
    world.fails = true;
    world.breakLine();
    expect(watch.state.get()).toMatchObject({
      line: "connecting",
      view: { strategies: [{ strategy: "trend" }] },
    });
    world.runTimers();
    await settle();
    expect(watch.state.get()).toMatchObject({
      line: "lost",
      lineError: { code: "lab.no-kernelspec" },
      view: { strategies: [{ strategy: "trend" }] },
    });
    world.fails = false;
    world.runTimers();
    await settle();
    expect(watch.state.get().line).toBe("connected");
    expect(watch.state.get()).not.toHaveProperty("lineError");
    expect(world.asked.filter(([method]) => method === "live.watch")).toHaveLength(2);
  });

  it("halts by a new line when the old one is gone", async () => {
    const world = new World();
    const watch = new LiveWatch(world.ports);
    watch.start();
    await settle();
    world.breakLine();
    await watch.haltAll();
    expect(world.asked.map(([method]) => method)).toContain("live.halt-all");
  });

  it("shows why an action was refused", async () => {
    const world = new World();
    const watch = new LiveWatch(world.ports);
    world.fails = true;
    watch.start();
    await settle();
    await watch.act("halt", "paper-1");
    expect(watch.state.get().actionError).toMatchObject({ code: "lab.no-kernelspec" });
    watch.dismissError();
    expect(watch.state.get()).not.toHaveProperty("actionError");
  });
});
