// Features: the set of eight in batch and stream, and a row for every function of the catalog, beside TA-Lib's own.
// Run: PYTHON=<python with TA-Lib> npm run bench -- features catalog
// The catalog, and TA-Lib, are timed in processor time, the best of several calls.
import {
  adx,
  atr,
  bollinger,
  createFeature,
  createFeatureColumns,
  ema,
  FEATURE_CATALOG,
  features,
  macd,
  rsi,
  sma,
  stoch,
} from "#features";
import { allEight } from "./baseline/naive-indicators.mjs";
import { startTalib, talibCase } from "./baseline/talib.mjs";
import { compare } from "./measure.mjs";
import { randomWalk } from "./random-walk.mjs";

const NAMES = ["naive loops", "compute", "stream", "stream, no codegen"];
const TALIB_EIGHT = [
  [sma, { period: 20 }],
  [ema, { period: 20 }],
  [rsi, { period: 14 }],
  [macd, { fast: 12, slow: 26, signal: 9 }],
  [bollinger, { period: 20 }],
  [atr, { period: 14 }],
  [adx, { period: 14 }],
  [stoch, { fastK: 14 }],
];

function eight() {
  const [lines, bands, swing] = [macd(12, 26, 9), bollinger(20, 2), stoch(14, 3, 3)];
  return features({
    sma: sma(20),
    ema: ema(20),
    rsi: rsi(14),
    macd: lines.macd,
    signal: lines.signal,
    histogram: lines.histogram,
    upper: bands.upper,
    middle: bands.middle,
    lower: bands.lower,
    atr: atr(14),
    adx: adx(14),
    k: swing.k,
    d: swing.d,
  });
}

export function sides({ bars: count }) {
  const bars = randomWalk(count);
  const set = eight();
  const out = createFeatureColumns(set.names.length, count);
  const [naive, batch, stream, plain] = NAMES;
  const push = () => pushAll(set, bars);
  return {
    [naive]: () => allEight(bars),
    [batch]: () => set.compute(bars, { out }),
    [stream]: push,
    [plain]: () => withoutCodegen(push),
  };
}

/**
 * A class of its own: an object literal with these keys shares its hidden class with columns of bars, and then each
 * number stored in it is allocated. Halves, because fields that start whole would begin as integers.
 */
class Bar {
  time = 0.5;
  open = 0.5;
  high = 0.5;
  low = 0.5;
  close = 0.5;
  volume = 0.5;
}

const bar = new Bar();
const row = new Float64Array(13);

/** As a live strategy does it: one bar object and one row, used again and again. */
function pushAll(set, { time, open, high, low, close, volume }) {
  const stream = set.stream({ timeframe: "1m" });
  for (let i = 0; i < time.length; i++) {
    bar.time = time[i];
    bar.open = open[i];
    bar.high = high[i];
    bar.low = low[i];
    bar.close = close[i];
    bar.volume = volume[i];
    stream.push(bar, row);
  }
}

/** As where the host forbids `new Function`. */
function withoutCodegen(run) {
  const { Function: real } = globalThis;
  globalThis.Function = () => {
    throw new EvalError("no code from strings");
  };
  try {
    run();
  } finally {
    globalThis.Function = real;
  }
}

export async function benchFeatures({ bars: units, rounds }) {
  const rows = compare({ file: import.meta.url, names: NAMES, options: { bars: units }, rounds, units });
  const [naive, batch, stream] = rows;
  const ns = ({ median }) => (median * 1e9) / units;
  const notes = [`ns a bar: ${rows.map((row) => `${row.name} ${ns(row).toFixed(1)}`).join(", ")}`];
  const talib = await startTalib(randomWalk(units));
  if (talib) {
    try {
      let sum = 0;
      for (const [make, params] of TALIB_EIGHT)
        sum += await talib.time(talibCase(make.definition, params), rounds);
      notes.push(
        `TA-Lib ${talib.version} (its wheel, best of ${rounds}, processor time): ${sum.toFixed(1)} ns a bar`,
      );
    } finally {
      talib.end();
    }
  } else notes.push("TA-Lib: set PYTHON to a Python that has it");
  return {
    title: `SMA EMA RSI MACD BBANDS ATR ADX STOCH, ${units.toLocaleString("en")} bars, 13 columns`,
    unit: "bars",
    rows,
    notes,
    floors: [
      { name: "compute: times the naive loops", value: batch.ratio, floor: 4 },
      { name: "stream: times the naive loops", value: naive.median / stream.median, floor: 1 },
      { name: "compute: ns a bar", value: ns(batch), ceiling: 40 },
      { name: "stream: ns a bar", value: ns(stream), ceiling: 80 },
    ],
  };
}

/** Best seconds of processor time of several calls: the machine may have others to serve. */
function best(run, rounds) {
  let found = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const start = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(start);
    found = Math.min(found, (user + system) / 1e6);
  }
  return found;
}

/** Series that a definition reads, one value a day. */
function seriesOf({ inputs }, bars) {
  const days = Math.ceil((bars.time.at(-1) - bars.time[0]) / 864e5) + 1;
  const time = Float64Array.from({ length: days }, (_, k) => bars.time[0] + (k - 1) * 864e5);
  const series = { time, published: time, value: time.map((_, k) => 10 + (k % 7)) };
  return Object.fromEntries(inputs.filter((one) => one.series).map((one) => [one.series, series]));
}

/** TICKBOOK_BENCH_ONLY: the part of the names to look at, while one works on them. */
const isAsked = ({ id, talib }) =>
  new RegExp(process.env.TICKBOOK_BENCH_ONLY ?? "").test(`${id} ${talib ?? ""}`);

export async function benchCatalog({ bars: units, rounds }) {
  const bars = randomWalk(units);
  const talib = await startTalib(bars);
  const turns = units > 100_000 ? Math.min(rounds, 6) : 2;
  const rows = [];
  let deviation;
  try {
    for (const definition of FEATURE_CATALOG.filter(isAsked)) {
      const whole = createFeature(definition);
      const count =
        talib && definition.talib ? await talib.outputs(definition.talib) : definition.outputs.length;
      const set = features(
        Object.fromEntries(definition.outputs.slice(0, count).map((name) => [name, whole[name]])),
      );
      const out = createFeatureColumns(count, units);
      const options = { out, series: seriesOf(definition, bars) };
      const run = () => set.compute(bars, options);
      best(run, 2);
      let [ours, theirs] = [Number.POSITIVE_INFINITY, Number.NaN];
      // A slow reading is not believed before it is repeated: the machine has others to serve.
      for (let turn = 0; turn < turns || (ours * 1e9 > 3 * units * theirs && turn < 6 * turns); turn += 2) {
        ours = Math.min(ours, best(run, 2));
        if (!talib || !definition.talib) continue;
        const ns = await talib.time(talibCase(definition), 2);
        theirs = turn === 0 ? ns : Math.min(theirs, ns);
      }
      const ns = (ours * 1e9) / units;
      rows.push({ name: definition.id, talib: definition.talib, ns, theirs, ratio: ns / theirs });
    }
    deviation = talib && (await deviationErrors(bars, talib));
  } finally {
    talib?.end();
  }
  return catalogResult(rows, units, talib, deviation);
}

function catalogResult(rows, units, talib, deviation) {
  const slow = rows.filter(({ ratio }) => ratio > 3).sort((a, b) => b.ratio - a.ratio);
  const beside = (row) => (row.theirs > 0 ? `, ${row.talib} ${row.theirs.toFixed(1)}` : "");
  const notes = slow.map((row) => `above 3: ${row.name} ${row.ratio.toFixed(1)}`);
  const floors = [];
  if (talib) {
    const compared = rows.filter(({ theirs }) => theirs > 0).length;
    notes.push("processor time of both, best of several calls: the machine has others to serve");
    notes.push(
      `TA-Lib ${talib.version} (its wheel): ${compared} functions beside ours, ${slow.length} above 3`,
    );
    floors.push({ name: "functions above 3 times TA-Lib's time", value: slow.length, ceiling: 0 });
    notes.push(`Bollinger's deviation, worst relative error: ours ${deviation.ours.toExponential(1)}, `);
    notes.push(`  TA-Lib's ${deviation.theirs.toExponential(1)} (two passes over each window)`);
    const share = deviation.ours / deviation.theirs;
    floors.push({ name: "Bollinger's error as a share of TA-Lib's", value: share, ceiling: 1 });
  } else notes.push("TA-Lib: set PYTHON to a Python that has it");
  return {
    title: `The catalog, ${units.toLocaleString("en")} bars, default parameters, one call each (best); x: TA-Lib's time over ours`,
    unit: "bars",
    rows: rows.map((row) => ({
      name: `${row.name} ${row.ns.toFixed(1)} ns${beside(row)}`.padEnd(52),
      median: (row.ns * units) / 1e9,
      best: (row.ns * units) / 1e9,
      perSecond: 1e9 / row.ns,
      ratio: row.theirs / row.ns,
    })),
    notes,
    floors,
  };
}

/** Worst relative error of the half width of Bollinger's bands, against two passes over each window. */
async function deviationErrors({ close, ...bars }, talib) {
  const n = 20;
  const bands = bollinger(n, 1);
  const ours = features({ upper: bands.upper, lower: bands.lower }).compute({ close, ...bars }).columns;
  const one = talibCase(bollinger.definition, { period: n, deviations: 1, deviationsDown: 1 });
  const theirs = await talib.values(one, [0, 2]);
  const worst = { ours: 0, theirs: 0 };
  for (let i = n - 1; i < close.length; i++) {
    let sum = 0;
    for (let k = i - n + 1; k <= i; k++) sum += close[k] - close[i];
    const mean = sum / n;
    let squares = 0;
    for (let k = i - n + 1; k <= i; k++) squares += (close[k] - close[i] - mean) ** 2;
    const deviation = Math.sqrt(squares / n);
    if (deviation === 0) continue;
    const error = ([upper, lower]) => Math.abs((upper[i] - lower[i]) / 2 - deviation) / deviation;
    worst.ours = Math.max(worst.ours, error(ours));
    worst.theirs = Math.max(worst.theirs, error(theirs));
  }
  return worst;
}
