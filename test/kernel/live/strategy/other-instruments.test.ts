/** Features that read another instrument: the process sees what the backtest saw, whichever instrument comes first. */
import { expect, it } from "vitest";
import type { Golden } from "#backtest";
import { decodeValue, encodeValue } from "#core";
import { GOLDEN } from "../../../../exports/strategy/bundle/manifest.ts";
import { barAt } from "../../../../exports/strategy/verify/bar-at.ts";
import type { StrategyProcess } from "../../../../kernel/live/strategy/types.ts";
import { type Definition, promote, recordRun } from "../../../exports/strategy/run.ts";
import { barsOf, instrumentsOf, PLAIN, type Shape } from "../../../lib/backtest/market.ts";
import { temporaryFolder } from "../../../temporary-folder.ts";
import { startProcess } from "./bundles.ts";

const SHAPE: Shape = {
  ...PLAIN,
  seed: 11,
  instruments: 2,
  length: 900,
  gaps: 0.2,
  range: 0.01,
  capital: 1e5,
};

const pair: Definition<{ readonly symbols: readonly string[] }> = (
  { account, bps, defineStrategy, ema, features, math, rsi },
  { symbols },
) =>
  defineStrategy({
    name: "pair",
    instruments: symbols,
    timeframe: "1m",
    account: account({
      venue: "binance",
      kind: "cash",
      currency: "USD",
      capital: 1e5,
      fees: bps(10),
      slippage: bps(2),
    }),
    // The first instrument reads the last, which closes after it in the order of instruments, and each reads itself.
    features: features({
      own: ema(4),
      last: ema(4).at(symbols[1]!),
      first: rsi(3).at(symbols[0]!).on("5m"),
      spread: math.sub().of(ema(4), ema(4).at(symbols[1]!)),
    }),
    state: { bars: 0 },
    onBar(ctx) {
      ctx.state.bars += 1;
      if (ctx.state.bars % 7 === 0)
        ctx.target({ weight: ctx.row.spread > 0 || ctx.row.first > 50 ? 0.3 : 0 });
    },
  });

/** Warms up and decides as the golden vectors say; what differs from them, as text. */
async function replayed(running: StrategyProcess, { instruments, decisions, memory }: Golden): Promise<void> {
  await running.start({
    memory,
    instruments: instruments.map(({ instrument, snapshot }) => ({
      instrument,
      ...(snapshot ? { snapshot } : {}),
    })),
  });
  await running.warmUp(
    instruments.map(({ bars, warmup }) => Array.from({ length: warmup }, (_, n) => barAt(bars, n))),
  );
  const next = instruments.map(({ warmup }) => warmup);
  const started = instruments.map((one) => (one.started ? 1 : 0));
  for (const { closed, view, signals, number } of decisions) {
    const bars = closed.map((flag, i) => (flag === 1 ? barAt(instruments[i]!.bars, next[i]!++) : undefined));
    for (const [i, flag] of closed.entries()) if (flag === 1) started[i] = 1;
    const answer = await running.decide({ bars, started, view });
    expect(encodeValue(answer.signals), `decision ${number}`).toBe(encodeValue(signals));
    for (const [i, row] of answer.rows.entries()) {
      if (!row) continue;
      const expected = instruments[i]!.rows.map((column) => column[next[i]! - 1]!);
      expect(encodeValue([...row]), `decision ${number}, instrument ${i}`).toBe(encodeValue(expected));
    }
  }
}

it("its rows and decisions are the backtest's", { timeout: 60_000 }, async () => {
  const home = temporaryFolder();
  const symbols = instrumentsOf(SHAPE).map(({ symbol }) => symbol);
  const { record, slice } = await recordRun(home, pair, { symbols }, barsOf(SHAPE));
  const bundle = await promote(home, record, slice);
  const golden = decodeValue(new TextDecoder().decode(bundle.files.get(GOLDEN)!)) as Golden;
  expect(golden.facts.features.reads).toEqual(expect.arrayContaining([...symbols]));
  expect(golden.decisions).toHaveLength(500);
  await replayed(await startProcess({ bundle }), golden);
});
