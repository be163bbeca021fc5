/** Features that read series go into a bundle as they were researched, whichever instrument sees a value first. */
import { expect, it } from "vitest";
import { createRng, decodeValue } from "#core";
import { backtestBundle } from "#exports";
import { publishedBy } from "#features";
import type { TableColumns } from "#model";
import { GOLDEN } from "../../../exports/strategy/bundle/manifest.ts";
import type { Golden } from "../../../lib/backtest/index.ts";
import { barsOf, instrumentsOf, PLAIN, type Shape } from "../../lib/backtest/market.ts";
import { temporaryFolder } from "../../temporary-folder.ts";
import { type Definition, promote, recordRun } from "./run.ts";

const MINUTE = 60_000;

const pair: Definition<{ readonly symbols: readonly string[] }> = (
  { account, bps, defineStrategy, ema, features, math, rsi, seriesValue, seriesZscore, sma },
  { symbols },
) =>
  defineStrategy({
    name: "told",
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
    features: features({
      mood: seriesValue("mood"),
      age: seriesValue("mood").ageDays,
      spread: math.sub().of(seriesValue("mood"), seriesValue("rate")),
      odd: seriesZscore("rate", 9),
      own: rsi(4).on({ series: "mood" }),
      smooth: ema(5).of(sma(2).on({ series: "rate" })),
      other: sma(3).at(symbols.at(-1)!),
      longer: sma(2).of(seriesValue("mood")).on("5m"),
    }),
    state: { bars: 0 },
    onBar(ctx) {
      if (++ctx.state.bars % 4 === 0) ctx.target({ weight: ctx.row.mood! > ctx.row.spread! + 0.3 ? 0.4 : 0 });
    },
  });

/** Dates that rise; publications up to some minutes later, some of them restated, out of order, or at one moment. */
function seriesOver(from: number, to: number, seed: number): TableColumns<"series"> {
  const rng = createRng(seed);
  const rows: [number, number, number][] = [];
  for (let at = from - 90 * MINUTE; at < to; at += MINUTE * rng.nextInt(9)) {
    rows.push([at, at + MINUTE * rng.nextInt(6), rng.next()]);
    if (rng.nextInt(4) === 0) rows.push([at, at + MINUTE * (3 + rng.nextInt(9)), rng.next()]);
    if (rng.nextInt(9) === 0) at += 40 * MINUTE;
  }
  const column = (k: 0 | 1 | 2) => Float64Array.from(rows, (row) => row[k]);
  return { time: column(0), published: column(1), value: column(2) };
}

it.each([1, 2, 3, 4])(
  "is promoted with equal rows, and decides as its backtest does when it starts later (seed %i)",
  { timeout: 60_000 },
  async (seed) => {
    const shape: Shape = {
      ...PLAIN,
      seed,
      instruments: 2,
      length: 1000,
      gaps: 0.2,
      range: 0.01,
      capital: 1e5,
    };
    const bars = barsOf(shape);
    const [from, to] = [bars[0]!.time[0]!, bars[0]!.time.at(-1)!];
    const series = { mood: seriesOver(from, to, seed), rate: seriesOver(from, to, seed + 100) };
    const home = temporaryFolder();
    const symbols = instrumentsOf(shape).map(({ symbol }) => symbol);
    const { record, slice } = await recordRun(home, pair, { symbols }, bars, {}, series);
    // Promotion holds rows and decisions of the stretch against the notebook's, bit for bit.
    const bundle = await promote(home, record, slice);
    const { manifest, files } = bundle;
    expect(manifest.features.series).toEqual(["mood", "rate"]);
    const golden = decodeValue(new TextDecoder().decode(files.get(GOLDEN)!)) as Golden;
    expect(Object.keys(golden.published!)).toEqual(["mood", "rate"]);
    const rows = golden.instruments.flatMap(({ rows, warmup }) =>
      rows.map((column) => column.subarray(warmup)),
    );
    expect(rows.every((column) => new Set(column).size > 20)).toBe(true);
    expect(bundle.golden.signals).toBeGreaterThan(50);

    const start = bars[0]!.time[800]!;
    const published = publishedBy(series, {
      since: Number.NEGATIVE_INFINITY,
      until: Number.POSITIVE_INFINITY,
    });
    const { limits } = manifest;
    const short = await backtestBundle(bundle, { bars, from: start, limits, published });
    const whole = { ...bundle, manifest: { ...manifest, warmupBars: 600 } };
    const long = await backtestBundle(whole, { bars, from: start, limits, published });
    expect(short.decisions).toEqual(long.decisions);
    expect(short.decisions.filter(({ signals }) => signals.length > 0).length).toBeGreaterThan(20);
    // Without what was published before it began it would not know what it needs to know.
    const deaf = await backtestBundle(bundle, { bars, from: start, limits, published: {} }).catch(
      ({ code }: { code: string }) => code,
    );
    expect(deaf).not.toEqual(short);
  },
);
