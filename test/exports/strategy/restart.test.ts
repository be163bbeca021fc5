import * as fc from "fast-check";
import { expect, it } from "vitest";
import { createRng, decodeValue, encodeValue } from "#core";
import type { Bars } from "#model";
import { account, atr, bps, defineStrategy, ema, features, rsi } from "../../../exports/strategy/api.ts";
import { type Ask, createMachine, type Machine, type Start } from "../../../exports/strategy/link/machine.ts";
import { barAt } from "../../../exports/strategy/verify/bar-at.ts";
import { barsOf, instrumentsOf, type Shape, shapes } from "../../lib/backtest/market.ts";

/** Remembers in ways that a careless restart would change: order of keys, shared objects, -0, NaN, typed arrays. */
function machineOf(shape: Shape): Machine {
  const symbols = instrumentsOf(shape).map(({ symbol }) => symbol);
  const bytes = new Uint8Array(1);
  const model = {
    kind: "onnx",
    bytes,
    hash: "h",
    inputs: ["slow"],
    features: ["technical.ema(9)@1"],
    // Below and above the four bars of history.
    window: 1 + (shape.seed % 7),
  } as const;
  const strategy = defineStrategy({
    name: "forgetful",
    instruments: symbols,
    timeframe: "1m",
    account: account({
      venue: "binance",
      kind: "cash",
      currency: "USD",
      capital: 1,
      fees: bps(1),
      slippage: bps(1),
    }),
    features: features({
      slow: ema(9),
      strength: rsi(3),
      range: atr(5),
      last: ema(3).at(symbols.at(-1)!),
      longer: rsi(2).of(ema(2).at(symbols[0]!)).on("3m"),
    }),
    models: { up: model },
    state: { seen: {} as Record<string, number>, last: new Float64Array(2), odd: -0 },
    shared: { sum: 0, list: [] as object[], same: {} as object },
    history: 4,
    seed: 5,
    onBar(ctx) {
      const { seen, last } = ctx.state;
      const key = `${"zyxab"[Math.floor(ctx.random() * 5)]}`;
      seen[key] = (seen[key] ?? 0) + ctx.bar.close * 0.1;
      // The order of the keys decides how this rounds.
      ctx.shared.sum = Object.values(seen).reduce((sum, x) => sum + x, ctx.shared.sum * 0.5);
      last[0] = ctx.predict("up");
      last[1] = ctx.history(4).close.reduce((sum, x) => sum + x, 0);
      ctx.state.odd = -ctx.state.odd;
      const moved = { close: ctx.bar.close };
      ctx.shared.list = [moved, ...ctx.shared.list].slice(0, 3);
      ctx.shared.same = moved;
      for (const symbol of symbols)
        ctx.shared.sum += ctx.at(symbol).row.strength > 50 ? ctx.at(symbol).predict("up") : 0;
      if (ctx.random() < 0.5) ctx.target({ weight: ctx.random(), stop: ctx.bar.close * 0.9 });
    },
  });
  return createMachine(strategy);
}

function told(text: string): unknown {
  const answer = decodeValue(text) as {
    readonly ok?: unknown;
    readonly error?: { readonly message: string };
  };
  if (answer.error) throw new Error(answer.error.message);
  return answer.ok;
}

/** Bars of all instruments by time, fed one moment after another. */
class Feed {
  readonly answers: string[] = [];
  private readonly bars: readonly Bars[];
  private readonly shape: Shape;
  private readonly next: number[];
  private readonly started: number[];

  constructor(shape: Shape) {
    this.shape = shape;
    this.bars = barsOf(shape);
    this.next = this.bars.map(() => 0);
    this.started = this.bars.map(() => 0);
  }

  /** One decision. */
  step(machine: Machine, moment: number): void {
    const closed = this.bars.map((bars, i) => (bars.time[this.next[i]!] === moment * 60_000 ? 1 : 0));
    if (!closed.includes(1)) return;
    const rng = createRng(this.shape.seed, moment);
    closed.forEach((flag, i) => {
      if (flag === 0) return;
      const bar = barAt(this.bars[i]!, this.next[i]!);
      this.answers.push(machine.see(encodeValue({ instrument: i, bars: [bar] })));
    });
    closed.forEach((flag, i) => {
      if (flag === 0) return;
      const push = { instrument: i, bars: [barAt(this.bars[i]!, this.next[i]!++)] };
      this.answers.push(machine.push(encodeValue(push)));
      this.started[i] = 1;
    });
    // As a host does: the prediction of the latest bar, whenever it closed.
    const predictions = this.next.map((n, i) => (n === 0 ? {} : { up: createRng(i, n).next() }));
    const each = () => this.bars.map(() => rng.next());
    const view = {
      now: moment,
      equity: rng.next(),
      lots: each(),
      averagePrice: each(),
      mark: each(),
      orders: this.bars.map(() => []),
    };
    const ask: Ask = { closed, started: this.started, predictions, view };
    this.answers.push(machine.decide(encodeValue(ask)));
  }
}

it("a machine that starts from another's snapshot goes on bit for bit, wherever it is cut", () => {
  const goesOn = fc.property(shapes, fc.nat(), ({ ...drawn }, anywhere) => {
    const shape = { ...drawn, length: 10 + drawn.length };
    const moments = Math.ceil(shape.length * 1.6);
    const cut = anywhere % moments;
    const feed = new Feed(shape);
    const again = new Feed(shape);
    const whole = machineOf(shape);
    const start: Start = {
      instruments: instrumentsOf(shape).map(({ symbol, tick, lot }) => ({
        instrument: { symbol, tick, lot },
      })),
    };
    told(whole.start(encodeValue(start)));
    let machine = machineOf(shape);
    told(machine.start(encodeValue(start)));
    for (let moment = 0; moment < moments; moment++) {
      feed.step(whole, moment);
      if (moment === cut) {
        const snapshot = told(machine.snapshot());
        machine = machineOf(shape);
        told(machine.start(encodeValue(snapshot)));
        expect(encodeValue(told(machine.snapshot()))).toBe(encodeValue(snapshot));
      }
      again.step(machine, moment);
    }
    for (const answer of feed.answers) told(answer);
    expect(again.answers).toEqual(feed.answers);
    expect(machine.snapshot()).toBe(whole.snapshot());
  });
  expect(fc.check(goesOn, { numRuns: 60 })).toMatchObject({ failed: false });
});

it("a machine that was not started has nothing to snapshot", () => {
  const machine = machineOf({ ...fc.sample(shapes, { numRuns: 1, seed: 1 })[0]! });
  expect(decodeValue(machine.snapshot())).toMatchObject({ error: { code: "bundle.not-started" } });
});
