/** A strategy whose features read a series: in the backtest, in its bundle, in a daemon, over a restart, in the proof. */
import { setTimeout as pause } from "node:timers/promises";
import { expect, it } from "vitest";
import { createRng } from "#core";
import { backtestBundle, readBundle } from "#exports";
import { type DaemonOptions, readJournal } from "#live";
import type { TableColumns } from "#model";
import type { Definition } from "../../exports/strategy/run.ts";
import { bundleOf, openSession, tradeToEnd, walk } from "./session.ts";

const WARM = 60;
const LENGTH = 200;
const MINUTE = 60_000;

const moody: Definition<{ readonly none: number }> = ({
  account,
  bps,
  defineStrategy,
  features,
  seriesChange,
  seriesValue,
  sma,
}) =>
  defineStrategy({
    name: "moody",
    instruments: ["BTC/USDT"],
    timeframe: "1m",
    account: account({
      venue: "binance",
      kind: "cash",
      currency: "USDT",
      capital: 20_000,
      fees: bps(10),
      slippage: bps(2),
    }),
    features: features({
      mood: seriesValue("mood"),
      age: seriesValue("mood").ageDays,
      change: seriesChange("mood", 2),
      slow: sma(5).of(sma(3).on({ series: "mood" })),
      price: sma(4),
    }),
    onBar(ctx) {
      const { mood, change } = ctx.row;
      if (mood! > 0.5 && ctx.position.isFlat) ctx.target({ weight: 0.5, stop: ctx.bar.close * 0.9 });
      else if (change! < 0 && !ctx.position.isFlat) ctx.target({ weight: 0 });
    },
  });

/** A value every 7 minutes or so, known up to three minutes later; some are restated. */
function moodOver(time: Float64Array, seed: number): TableColumns<"series"> {
  const rng = createRng(seed);
  const rows: [number, number, number][] = [];
  for (let at = time[0]! - 40 * MINUTE; at < time.at(-1)!; at += MINUTE * (3 + rng.nextInt(8))) {
    rows.push([at, at + rng.nextInt(4) * MINUTE, rng.next()]);
    if (rng.nextInt(5) === 0) rows.push([at, at + (4 + rng.nextInt(2)) * MINUTE, rng.next()]);
  }
  rows.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const column = (k: 0 | 1 | 2) => Float64Array.from(rows, (row) => row[k]);
  return { time: column(0), published: column(1), value: column(2) };
}

const bars = [walk(51, LENGTH)];
const mood = moodOver(bars[0]!.time, 51);

it("trades as its backtest does, over a restart, and is proven", { timeout: 60_000 }, async () => {
  const bundle = await bundleOf(moody, bars, { mood });
  expect((await readBundle(bundle.path)).manifest.features.series).toEqual(["mood"]);
  const readSeries = async () => mood;
  const session = await openSession({
    bundle,
    from: bars[0]!.time[WARM]!,
    daemon: { readSeries, snapshotEvery: 150 },
  });
  const first = await session.start();
  for (let n = 0; n < 1000 && first.core.decisions < 50; n++) await pause(10);
  first.stop();
  await first.ended;
  expect(first.core.decisions).toBeGreaterThanOrEqual(50);
  const second = await session.start();
  await tradeToEnd(session, second);
  expect(second.core.failure).toBeUndefined();
  expect(session.log.filter((line) => line.includes("came after the close"))).toEqual([]);
  const { replay, parity } = await session.prove();
  expect(replay.difference).toBeUndefined();
  expect(parity).toMatchObject({ isEqual: true });
  expect(parity.fills).toBeGreaterThan(5);
  // What the session was told is what the series says, so the backtest on the series itself is the same as well.
  const { manifest, files } = await readBundle(bundle.path);
  const published = { mood: Array.from(mood.time, (time, i) => [time, mood.published[i]!, mood.value[i]!]) };
  published.mood.sort((a, b) => a[1]! - b[1]!);
  const { tradesFrom, terms } = replay.core;
  const tested = await backtestBundle(
    { manifest, files },
    { bars, from: tradesFrom, limits: terms.limits, published },
  );
  expect(tested.recorder.orders.map(({ id }) => id)).toEqual(replay.core.orders.map(({ id }) => id));
});

it("a value that comes late counts from then on, live and in the proof", { timeout: 60_000 }, async () => {
  const bundle = await bundleOf(moody, bars, { mood });
  let asked = 0;
  // The store is some bars behind, and now and then it cannot be read. At the start it has what research had.
  const delayed = async () => {
    if (asked++ === 0) return mood;
    if (asked % 10 === 9) throw new Error("the disk is away");
    const known = bars[0]!.time[Math.min(WARM + Math.max(0, asked - 8), LENGTH - 1)]!;
    const has = (_: number, i: number) => mood.published[i]! <= known;
    const { time, published, value } = mood;
    return { time: time.filter(has), published: published.filter(has), value: value.filter(has) };
  };
  const session = await openSession({ bundle, from: bars[0]!.time[WARM]!, daemon: { readSeries: delayed } });
  await tradeToEnd(session, await session.start());
  expect(session.log.join("\n")).toMatch(/warning: \d+ values of series came after the close of a bar/);
  expect(session.log.join("\n")).toContain('warning: the series "mood" can\'t be read: the disk is away');
  expect(
    [...readJournal(session.folder)].filter(({ input }) => input.kind === "published").length,
  ).toBeGreaterThan(5);
  const { replay, parity } = await session.prove();
  expect(replay.difference).toBeUndefined();
  expect(parity).toMatchObject({ isEqual: true });
});

it("refuses to start without the series, and on another than the backtest had", async () => {
  const bundle = await bundleOf(moody, bars, { mood });
  const session = await openSession({ bundle, from: bars[0]!.time[WARM]! });
  const codeWith = (readSeries?: DaemonOptions["readSeries"]) =>
    session.start(readSeries ? { readSeries } : {}).then(
      () => "it started",
      ({ code }) => code,
    );
  expect(await codeWith()).toBe("live.no-series");
  const smoothed = { ...mood, value: mood.value.map((value, i) => (i === 20 ? value + 1e-12 : value)) };
  expect(await codeWith(async () => smoothed)).toBe("live.other-series");
  const later = { ...mood, published: mood.published.map((at, i) => (i === 25 ? at + 1 : at)) };
  expect(await codeWith(async () => later)).toBe("live.other-series");
  const short = {
    time: mood.time.slice(0, 9),
    published: mood.published.slice(0, 9),
    value: mood.value.slice(0, 9),
  };
  expect(await codeWith(async () => short)).toBe("live.other-series");
});
