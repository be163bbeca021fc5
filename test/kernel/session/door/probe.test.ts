/** The lookahead probe as a notebook has it: over sets, functions and whole strategies, with the cell that leaks. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { defineFeature, factory, features, rsi, sma } from "#features";
import { defineStrategy } from "#strategy";
import { probeLookahead } from "../../../../kernel/session/door/probe.ts";
import { accountOf, barsOf, PLAIN, type Shape } from "../../../lib/backtest/market.ts";
import { temporaryFolder } from "../../../temporary-folder.ts";
import { ROOT } from "../../../tidy/sources.ts";
import { SessionProcess } from "../session-process.ts";

const SHAPE: Shape = { ...PLAIN, seed: 5, length: 400, range: 0.01 };
const history = barsOf(SHAPE)[0]!;

/** A feature whose fast form reads the next bar: what the live stream could never do. */
const peek = factory(
  defineFeature({
    id: "test.peek",
    version: 1,
    group: "price",
    summary: "",
    source: "",
    inputs: ["close"],
    params: {},
    outputs: ["value"],
    unit: "price",
    warmup: () => 0,
    init: () => ({}),
    step(_state, _p, x, out) {
      out[0] = x[0]!;
    },
    batch(_p, x, out) {
      out[0]!.set(x[0]!.map((value, i, all) => all[i + 1] ?? value));
    },
  }),
  () => ({}),
);

function strategyWith(set: ReturnType<typeof features<"signal" | "plain">>) {
  return defineStrategy({
    name: "probed",
    instruments: [history.instrument.symbol],
    timeframe: history.timeframe,
    account: accountOf(SHAPE),
    features: set,
    onBar(ctx) {
      ctx.target({ weight: ctx.row.signal > ctx.bar.close ? 0.5 : 0 });
    },
  });
}

test("a strategy that reads the next bar is found, in its feature and in its orders", async () => {
  const leaky = await probeLookahead(strategyWith(features({ signal: peek(), plain: rsi(5) })), history);
  expect(leaky.leaks.map(({ feature }) => feature).sort()).toEqual(["orders", "signal"]);
  expect(leaky.leaks.find(({ feature }) => feature === "signal")!.barsAhead).toBe(1);
  expect(leaky.clean).toEqual(["plain"]);
  expect(leaky.plot().data).toHaveLength(1);
  const honest = await probeLookahead(strategyWith(features({ signal: sma(5), plain: rsi(5) })), history);
  expect(honest.leaks).toEqual([]);
  expect(honest.clean).toEqual(["signal", "plain", "orders"]);
});

test("the cell that leaks is named, of a function and of a feature defined in a cell", {
  timeout: 60_000,
}, async () => {
  const session = new SessionProcess(join(ROOT, "notebooks"), temporaryFolder());
  try {
    await session.run(
      'import { defineFeature, factory, features, probeLookahead, rsi } from "tickbook";\n' +
        "const n = 300, close = Float64Array.from({ length: n }, (_, i) => 100 + Math.sin(i * i));\n" +
        "const history = { time: close.map((_, i) => i * 6e4), open: close, high: close, low: close, close, volume: close };",
    );
    await session.run(
      'const own = factory(defineFeature({ id: "my.next", version: 1, group: "price", summary: "", source: "", inputs: ["close"], params: {},\n' +
        '  outputs: ["value"], unit: "price", warmup: () => 0, init: () => ({}), step(s, p, x, out) { out[0] = x[0]; },\n' +
        "  batch(p, x, out) { out[0].set(x[0].map((v, i, all) => all[i + 1] ?? v)); } }), () => ({}));",
    );
    await session.run(
      "const shifted = ({ bars }) => ({ next: bars.close.map((v, i, all) => all[i + 1] ?? NaN), last: bars.close });",
    );
    await session.run(
      "const one = await probeLookahead(shifted, { bars: history });\n" +
        "const two = await probeLookahead(features({ own: own(), rsi: rsi(3) }), { bars: history });\n" +
        "console.log(JSON.stringify([...one.leaks, ...two.leaks].map(({ feature, cell, barsAhead }) => [feature, cell, barsAhead])));",
    );
    const text = session.outputs.map((output) => ("text" in output ? String(output.text) : "")).join("");
    expect(JSON.parse(text)).toEqual([
      ["next", "cell 3", 1],
      ["own", "cell 2", 1],
    ]);
  } finally {
    await session.close();
  }
});

test("columns of one's own are bars as well, and what is none is refused", async () => {
  const { time, open, high, low, close, volume } = history;
  const set = features({ plain: rsi(5) });
  expect((await probeLookahead(set, { time, open, high, low, close, volume } as never)).leaks).toEqual([]);
  for (const none of [{}, { "BTC/USDT": { open, close } }, { time: "2024" }])
    await expect(probeLookahead(set, none as never)).rejects.toMatchObject({ code: "features.bad-probe" });
});
