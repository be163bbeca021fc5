// Market data in motion: raw depth lines to a book, bars replayed in order, as-of joins, longer bars.
// Run: npm run bench -- capture replay join bars
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { createRng } from "#core";
import { createReplay, decodeCapture } from "#data";
import { aggregateBars, asOf, createBookReplay } from "#market";
import { randomWalk } from "./random-walk.mjs";

const WARM_UP = 4;
const SYMBOLS = ["BTC/USDT", "ETH/USDT", "SOL/USDT"];

/** Sides in turn, `rounds` times; seconds of each, and rows as `npm run bench` prints them (the first is the baseline). */
async function inTurn(sides, rounds, units) {
  const seconds = sides.map(() => []);
  for (let round = 0; round < WARM_UP + rounds; round++) {
    for (const [k, [, run]] of sides.entries()) {
      const start = process.hrtime.bigint();
      await run();
      if (round >= WARM_UP) seconds[k].push(Number(process.hrtime.bigint() - start) / 1e9);
    }
  }
  const medians = seconds.map((times) => times.sort((a, b) => a - b)[times.length >> 1]);
  return sides.map(([name], k) => ({
    name,
    median: medians[k],
    best: seconds[k][0],
    perSecond: units / medians[k],
    ratio: medians[0] / medians[k],
  }));
}

/** The depth lines of a capture: the real one where the data folder is, else one like it. */
function depthLines(count) {
  const file = join(
    process.env.TICKBOOK_DATA ?? "",
    "captures/binance-coinm-btcusd-2024-08-08/btcusd_perp_20240808.gz",
  );
  if (process.env.TICKBOOK_DATA && existsSync(file)) {
    const lines = gunzipSync(readFileSync(file)).toString().trimEnd().split("\n");
    return { lines: lines.filter((line) => /depth|lastUpdateId/.test(line.slice(0, 80))), isReal: true };
  }
  const rng = createRng(1);
  const level = (side) => [
    (60_000 - side * (0.1 + rng.nextInt(200) / 10)).toFixed(1),
    String(rng.nextInt(2000)),
  ];
  const lines = Array.from({ length: count }, (_, k) => {
    const levels = (side) => Array.from({ length: 1 + rng.nextInt(10) }, () => level(side));
    const ids = { U: 10 * k + 1, u: 10 * k + 10, pu: 10 * k };
    const data = { e: "depthUpdate", E: 1.7e12 + k * 20, T: 1.7e12 + k * 20, s: "BTCUSD_PERP", ...ids };
    const json = { stream: "btcusd_perp@depth@0ms", data: { ...data, b: levels(1), a: levels(-1) } };
    return `${1_723_161_256_172 + k * 20}216566 ${JSON.stringify(json)}`;
  });
  lines.unshift('1723161256172000000 {"lastUpdateId":1,"symbol":"BTCUSD_PERP","bids":[],"asks":[]}');
  return { lines, isReal: false };
}

async function* chunksOf(bytes) {
  for (let at = 0; at < bytes.length; at += 1 << 16) yield bytes.subarray(at, at + (1 << 16));
}

async function decodeToBook(bytes) {
  const replay = createBookReplay({ rule: "binance-futures", tick: "0.1", lot: "1" });
  for await (const { kind, columns } of decodeCapture(chunksOf(bytes))) {
    if (kind === "depth") for (let row = 0; row < columns.time.length; ) row = replay.apply(columns, row);
  }
  return replay;
}

/** The same by JSON.parse and a Map a side, whose best is looked for when it has gone. */
function naiveBook(bytes) {
  const sides = [
    { levels: new Map(), best: Number.NEGATIVE_INFINITY, sign: 1 },
    { levels: new Map(), best: Number.NEGATIVE_INFINITY, sign: -1 },
  ];
  for (const line of bytes.toString().split("\n")) {
    if (line === "") continue;
    const message = JSON.parse(line.slice(line.indexOf(" ") + 1));
    const data = message.data ?? message;
    for (const [k, changes] of [data.b ?? data.bids, data.a ?? data.asks].entries()) {
      const side = sides[k];
      for (const [price, quantity] of changes) {
        const key = Number(price) * side.sign;
        if (Number(quantity) !== 0) {
          side.levels.set(key, Number(quantity));
          if (key > side.best) side.best = key;
        } else if (side.levels.delete(key) && key === side.best) {
          side.best = Number.NEGATIVE_INFINITY;
          for (const level of side.levels.keys()) if (level > side.best) side.best = level;
        }
      }
    }
  }
  return [sides[0].best, -sides[1].best];
}

export async function benchCapture({ bars, rounds }) {
  const { lines, isReal } = depthLines(Math.min(bars / 20, 30_000));
  const bytes = Buffer.from(`${lines.join("\n")}\n`);
  const sides = [
    ["JSON.parse and Map", () => naiveBook(bytes)],
    ["tickbook", () => decodeToBook(bytes)],
  ];
  const rows = await inTurn(sides, rounds, lines.length);
  const replay = await decodeToBook(bytes);
  const { gapCount, messages } = replay.report();
  const [bid, ask] = naiveBook(bytes);
  const differs = Math.abs(replay.book.bid / 10 - bid) > 1e-6 || Math.abs(replay.book.ask / 10 - ask) > 1e-6;
  if (differs || gapCount > 0)
    throw new Error(`books differ: ${replay.book.bid} ${replay.book.ask}, naive ${bid} ${ask}`);
  return {
    title: `Raw depth lines (${isReal ? "Binance COIN-M capture" : "made"}) decoded and brought into a book`,
    unit: "messages",
    rows,
    notes: [`${messages} messages, ${(bytes.length / lines.length).toFixed(0)} bytes each, ${gapCount} gaps`],
    floors: [
      { name: "messages a second", value: rows[1].perSecond, floor: 150_000 },
      { name: "times JSON.parse and Map", value: rows[1].ratio, floor: 1.2 },
    ],
  };
}

async function* batchesOf(bars) {
  for (let from = 0; from < bars.length; from += 20_000) {
    const part = (column) => column.subarray(from, from + 20_000);
    const { time, open, high, low, close, volume } = bars;
    yield {
      time: part(time),
      open: part(open),
      high: part(high),
      low: part(low),
      close: part(close),
      volume: part(volume),
    };
  }
}

/** An object a bar, sorted, then handed out. */
function naiveReplay(all) {
  const events = [];
  for (const [k, bars] of all.entries()) {
    for (let i = 0; i < bars.length; i++)
      events.push({ time: bars.time[i] + 6e4, symbol: SYMBOLS[k], close: bars.close[i] });
  }
  events.sort((a, b) => a.time - b.time || (a.symbol < b.symbol ? -1 : a.symbol > b.symbol ? 1 : 0));
  let sum = 0;
  for (const { close } of events) sum += close;
  return sum;
}

export async function benchReplay({ bars: count, rounds }) {
  const all = SYMBOLS.map(() => randomWalk(count));
  const sourcesOf = () =>
    all.map((bars, k) => ({ kind: "bars", symbol: SYMBOLS[k], length: 6e4, batches: batchesOf(bars) }));
  const replay = async () => {
    let sum = 0;
    const events = await createReplay(sourcesOf()).visit({
      bars({ columns, row }) {
        sum += columns.close[row];
      },
    });
    if (events !== count * SYMBOLS.length) throw new Error(`${events} events`);
    return sum;
  };
  const sides = [
    ["sorted objects", () => naiveReplay(all)],
    ["tickbook replay", replay],
  ];
  const rows = await inTurn(sides, rounds, count * SYMBOLS.length);
  return {
    title: `Replay of ${SYMBOLS.length} instruments' bars in one order, a callback each`,
    unit: "events",
    rows,
    notes: [],
    floors: [
      { name: "events a second", value: rows[1].perSecond, floor: 5e6 },
      { name: "times sorted objects", value: rows[1].ratio, floor: 1.2 },
    ],
  };
}

export async function benchJoin({ bars: count, rounds }) {
  const { time } = randomWalk(count);
  const days = Math.ceil((time.at(-1) - time[0]) / 864e5) + 1;
  const day = Float64Array.from({ length: days }, (_, k) => time[0] + k * 864e5);
  const series = { time: day, published: day.map((at) => at + 864e5), value: day.map((_, k) => k) };
  const out = new Float64Array(count);
  const bySearch = () => {
    for (let i = 0; i < count; i++) {
      let row = days - 1;
      for (let low = 0, high = days; low < high; ) {
        const middle = (low + high) >>> 1;
        if (series.published[middle] <= time[i]) low = middle + 1;
        else high = middle;
        row = low - 1;
      }
      out[i] = row < 0 ? Number.NaN : series.value[row];
    }
  };
  const sides = [
    ["binary search a bar", bySearch],
    ["tickbook as-of join", () => asOf(time, series, { maxAge: 3 * 864e5 }, out)],
  ];
  const rows = await inTurn(sides, rounds, count);
  return {
    title: `As-of join of ${count.toLocaleString("en")} bars with ${days.toLocaleString("en")} daily values`,
    unit: "bars",
    rows,
    notes: [],
    floors: [{ name: "ms for 1M bars", value: (rows[1].median * 1e9) / count, ceiling: 50 }],
  };
}

function naiveBars(bars) {
  const groups = new Map();
  for (let i = 0; i < bars.length; i++) {
    const start = Math.floor(bars.time[i] / 36e5) * 36e5;
    const group = groups.get(start);
    const [high, low] = [bars.high[i], bars.low[i]];
    if (!group)
      groups.set(start, { open: bars.open[i], high, low, close: bars.close[i], volume: bars.volume[i] });
    else {
      group.high = Math.max(group.high, high);
      group.low = Math.min(group.low, low);
      group.close = bars.close[i];
      group.volume += bars.volume[i];
    }
  }
  return groups.size;
}

export async function benchBars({ bars: count, rounds }) {
  const bars = randomWalk(count);
  const session = { timeframe: "1h", zone: "America/New_York", session: { open: "09:30", close: "16:00" } };
  const sides = [
    ["Map of objects", () => naiveBars(bars)],
    ["1m to 1h", () => aggregateBars(bars, "1h", 6e4)],
    ["1m to 1h in sessions", () => aggregateBars(bars, { ...session, calendar: "weekdays" }, 6e4)],
  ];
  const rows = await inTurn(sides, rounds, count);
  return {
    title: `Bars to longer bars, ${count.toLocaleString("en")} of one minute`,
    unit: "bars",
    rows,
    notes: [],
    floors: [{ name: "times a Map of objects", value: rows[1].ratio, floor: 1.5 }],
  };
}
