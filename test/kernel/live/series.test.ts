/** A strategy whose features read a series: in the backtest, in its bundle, in a daemon, over a restart, in the proof. */
import { setTimeout as pause } from "node:timers/promises";
import { expect, it } from "vitest";
import { createRng } from "#core";
import { backtestBundle, readBundle } from "#exports";
import { type CrashPoint, command, type Daemon, type DaemonOptions, readJournal } from "#live";
import { type Bars, createInstrument, type TableColumns } from "#model";
import type { Definition } from "../../exports/strategy/run.ts";
import { bundleWith, openSession, tradeToEnd, walk } from "./session.ts";

const WARM = 60;
const LENGTH = 200;
const MINUTE = 60_000;

/** Each instrument reads the last of them. */
const moody: Definition<{ readonly symbols: readonly string[] }> = (
  { account, bps, defineStrategy, features, seriesChange, seriesValue, sma },
  { symbols },
) =>
  defineStrategy({
    name: "moody",
    instruments: symbols,
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
      other: sma(3).at(symbols.at(-1)!),
    }),
    onBar(ctx) {
      const { mood, change } = ctx.row;
      if (mood! > 0.5 && ctx.position.isFlat) ctx.target({ weight: 0.3, stop: ctx.bar.close * 0.9 });
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

/** What was published by a time. */
function upTo({ time, published, value }: TableColumns<"series">, known: number): TableColumns<"series"> {
  const has = (_: number, i: number) => published[i]! <= known;
  return { time: time.filter(has), published: published.filter(has), value: value.filter(has) };
}

async function stopped(daemon: Daemon): Promise<void> {
  daemon.stop();
  await daemon.ended.catch(() => {});
}

const ETH = createInstrument({ symbol: "ETH/USDT", tick: "0.01", lot: "0.001", minNotional: "5" });
const bars = [walk(51, LENGTH)];
const mood = moodOver(bars[0]!.time, 51);

it("trades as its backtest does, over a restart, and is proven", { timeout: 60_000 }, async () => {
  const bundle = await bundleWith(moody, { symbols: ["BTC/USDT"] }, bars, { mood });
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
  const bundle = await bundleWith(moody, { symbols: ["BTC/USDT"] }, bars, { mood });
  let asked = 0;
  // The store is some bars behind, and now and then it cannot be read. At the start it has what research had.
  const delayed = async () => {
    if (asked++ === 0) return mood;
    if (asked % 10 === 9) throw new Error("the disk is away");
    return upTo(mood, bars[0]!.time[Math.min(WARM + Math.max(0, asked - 8), LENGTH - 1)]!);
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

/** Every fourth bar or so has no trade in it, but for the first ones, which warm up. */
function withGaps(bars: Bars, seed: number): Bars {
  const rng = createRng(seed);
  const isKept = Uint8Array.from(bars.time, (_, i) =>
    Number(i <= WARM || i > LENGTH - 4 || rng.nextInt(4) > 0),
  );
  const keep = (column: Float64Array) => column.filter((_, i) => isKept[i] === 1);
  const columns = Object.fromEntries(
    (["time", "open", "high", "low", "close", "volume"] as const).map((name) => [name, keep(bars[name])]),
  ) as unknown as Bars;
  return { ...bars, ...columns, length: columns.time.length };
}

it.each([3])(
  "crashes around what series told change nothing: two instruments with gaps, a store that is behind (seed %i)",
  { timeout: 120_000 },
  async (seed) => {
    const rng = createRng(seed);
    const both = [withGaps(walk(51, LENGTH), 3), withGaps(walk(52, LENGTH, ETH), 4)];
    const bundle = await bundleWith(moody, { symbols: ["BTC/USDT", "ETH/USDT"] }, both, { mood });
    let [reads, now, crashes] = [0, 0, 0];
    let isStart = true;
    const readSeries = async () => {
      if (isStart) {
        isStart = false;
        return mood;
      }
      if (++reads % 11 === 10) throw new Error("the disk is away");
      const known = now - rng.nextInt(4) * MINUTE;
      return upTo(mood, known);
    };
    const session = await openSession({
      bundle,
      from: both[0]!.time[WARM]!,
      daemon: { readSeries, snapshotEvery: 9 },
    });
    // Before and after the record of what series told, and after the trade that follows it.
    const kindsAt = () => [...readJournal(session.folder)].slice(-2).map(({ input }) => input.kind);
    for (let how = "crash"; how === "crash"; ) {
      isStart = true;
      let daemon: Daemon | undefined;
      const onPoint = (point: CrashPoint) => {
        now = Math.max(now, daemon?.core.engine.now || 0);
        if (crashes >= 6 || !daemon || !point.endsWith("journal") || rng.nextInt(3) > 0) return;
        const [earlier, last] = kindsAt();
        if ([last, earlier][crashes % 2] === "published") throw new Error("crash");
      };
      const started = await session.start({ onPoint });
      daemon = started;
      how = await Promise.race([
        started.ended.then(
          () => "ended",
          (error: Error) => error.message,
        ),
        session.exchange.done.then(() => "done"),
      ]);
      if (how === "crash") crashes++;
      else await stopped(started);
    }
    expect(crashes).toBe(6);
    const { replay, parity } = await session.prove();
    expect(replay.difference).toBeUndefined();
    expect(parity).toMatchObject({ isEqual: true });
    expect(parity.fills).toBeGreaterThan(3);
  },
);

it("a source that hangs keeps nobody from halting, and one that says something else than before halts a restart", {
  timeout: 60_000,
}, async () => {
  const bundle = await bundleWith(moody, { symbols: ["BTC/USDT"] }, bars, { mood });
  let isHanging = false;
  const readSeries = () => (isHanging ? new Promise<never>(() => {}) : Promise.resolve(mood));
  const session = await openSession({ bundle, from: bars[0]!.time[WARM]!, daemon: { readSeries } });
  const first = await session.start();
  for (let n = 0; n < 1000 && first.core.decisions < 20; n++) await pause(10);
  isHanging = true;
  await command(session.folder, "halt");
  for (let n = 0; n < 1000 && !first.core.engine.halted; n++) await pause(10);
  expect(first.core.engine.halted).toBe(true);
  await command(session.folder, "resume");
  const isTold = () => session.log.join("\n").includes("it takes longer than 2 s");
  for (let n = 0; n < 1000 && !isTold(); n++) await pause(10);
  expect(isTold()).toBe(true);
  await stopped(first);
  isHanging = false;
  const corrected = { ...mood, value: mood.value.map((value, i) => (i === 20 ? value + 0.1 : value)) };
  const second = await session.start({ readSeries: async () => corrected });
  for (let n = 0; n < 1000 && !second.core.engine.halted; n++) await pause(10);
  expect(second.core.engine.halted).toBe(true);
  expect(session.log.join("\n")).toMatch(/error: halted: the series "mood" was .* in research, and is/);
  await stopped(second);
});

it("refuses to start without the series, and on another than the backtest had", async () => {
  const bundle = await bundleWith(moody, { symbols: ["BTC/USDT"] }, bars, { mood });
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
