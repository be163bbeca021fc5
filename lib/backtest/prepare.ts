import { barsPerYear, type Performance, performance } from "#analysis";
import { fail, type Millis, parseTime, parseTimeEnd, timeframeMs, timeText } from "#core";
import {
  type Bars,
  indexAtTime,
  lotsFromQuantity,
  type ModelArtifact,
  type Predictor,
  sliceBars,
  TABLE_KINDS,
  type TableColumns,
  ticksFromPrice,
} from "#model";
import type { CheckedSpec, InstrumentColumns } from "#strategy";
import { depthLots } from "#venue";

/** What does not depend on parameters: made once, used by every trial of a study. */
export interface Prepared {
  readonly columns: readonly PreparedInstrument[];
  /** Times at which some instrument's bar starts, from the first decision's bar to the end. */
  readonly timeline: Float64Array;
  readonly timeframeMs: number;
  readonly barsPerYear: number;
  /** Close of the first instrument on the timeline, NaN where it has no bar; and what holding it gave. */
  readonly benchmark: Float64Array;
  readonly benchmarkPerformance: Performance;
  /** What features read beside bars. */
  readonly series: SeriesTables;
}

/** Dated values, by name of the series. */
export type SeriesTables = Readonly<Record<string, TableColumns<"series">>>;

export interface PreparedInstrument extends InstrumentColumns {
  readonly bars: Bars;
  /** First bar on which the strategy decides: at or after `from`, all features and predictions warm. */
  readonly first: number;
  readonly openTicks: Float64Array;
  readonly highTicks: Float64Array;
  readonly lowTicks: Float64Array;
  readonly closeTicks: Float64Array;
  /** Lots on each side of the book after each print of the bar. */
  readonly depthLots: Float64Array;
}

export interface Period {
  /** First bar of the result; history before it warms the features up. Default: the first that is warm. */
  readonly from?: string | number | Date;
  /** Last bar of the result; "2018" means all of 2018. Default: the last there is. */
  readonly to?: string | number | Date;
  /** The series that features read, by name. Each value counts from its publication on. */
  readonly series?: SeriesTables;
}

export type LoadPredictor = (model: ModelArtifact) => Promise<Predictor>;

/**
 * Computes features, predictions and ticks over the bars.
 * Errors: `backtest.no-bars`, `backtest.missing-bars`, `backtest.missing-series`, `data.bad-time`.
 */
export async function prepare(
  spec: CheckedSpec,
  bars: readonly Bars[],
  period: Period,
  loadPredictor: LoadPredictor,
): Promise<Prepared> {
  const from = period.from === undefined ? Number.NEGATIVE_INFINITY : parseTime(period.from);
  const to = period.to === undefined ? Number.POSITIVE_INFINITY : parseTimeEnd(period.to);
  const series = seriesOf(spec, period.series ?? {});
  const columns: PreparedInstrument[] = [];
  const histories: Bars[] = [];
  for (const symbol of spec.instruments) {
    const history = bars.find(({ instrument }) => instrument.symbol === symbol);
    if (!history) {
      fail("backtest.missing-bars", {
        message: `strategy "${spec.name}" trades ${symbol}, and no bars of it were given`,
        hint: `Given: ${bars.map(({ instrument }) => instrument.symbol).join(", ") || "nothing"}.`,
        fields: { symbol },
      });
    }
    if (history.timeframe !== spec.timeframe) {
      fail("backtest.missing-bars", {
        message: `strategy "${spec.name}" trades ${spec.timeframe} bars, those of ${symbol} are ${history.timeframe}`,
        fields: { symbol, timeframe: history.timeframe },
      });
    }
    histories.push(sliceBars(history, 0, indexAtTime(history, to)));
  }
  const at = Object.fromEntries(histories.map((bars) => [bars.instrument.symbol, bars]));
  for (const history of histories)
    columns.push(await prepareInstrument(spec, history, { at, series }, from, loadPredictor));
  const length = timeframeMs(spec.timeframe);
  const timeline = mergeTimes(columns, length);
  const perYear = barsPerYear(length, columns[0]!.instrument.calendar);
  const benchmark = closesOn(timeline, columns[0]!.bars, columns[0]!.first);
  const closes = benchmark.filter(Number.isFinite);
  return {
    columns,
    timeline,
    timeframeMs: length,
    barsPerYear: perYear,
    benchmark,
    benchmarkPerformance: performance(closes, closes[0]!, perYear),
    series,
  };
}

/** Those that the features read, and no others. */
function seriesOf({ name, features }: CheckedSpec, given: SeriesTables): SeriesTables {
  const wanted = features?.needs.series ?? [];
  const missing = wanted.filter((each) => given[each] === undefined);
  const names = Object.keys(given).join(", ") || "nothing";
  if (missing.length > 0) {
    fail("backtest.missing-series", {
      message: `strategy "${name}" reads the series ${missing.join(", ")}, and it was not given`,
      hint: `backtest(strategy, bars, { series: { "${missing[0]}": ... } }). Given: ${names}.`,
      fields: { missing, given: Object.keys(given) },
    });
  }
  const unread = Object.keys(given).filter((each) => !wanted.includes(each));
  if (unread.length > 0) {
    fail("backtest.missing-series", {
      message: `strategy "${name}" reads no series called ${unread.join(", ")}`,
      hint: `It reads ${wanted.join(", ") || "none"}.`,
      fields: { unread, wanted },
    });
  }
  for (const [each, table] of Object.entries(given)) checkSeries(each, table);
  return given;
}

/** Errors: `features.bad-series` for what is no table of a series. */
export function checkSeries(name: string, table: unknown): void {
  const columns = (typeof table === "object" && table !== null ? table : {}) as Record<string, unknown>;
  const wrong = TABLE_KINDS.series.find((column) => !(columns[column] instanceof Float64Array));
  if (wrong === undefined) return;
  fail("features.bad-series", {
    message: `the series "${name}" has no column "${wrong}" of float64`,
    hint: 'Give a table: { time, published, value }, three Float64Array, such as await series("fear-greed", { from: "csv" }).',
    fields: { series: name, column: wrong },
  });
}

async function prepareInstrument(
  spec: CheckedSpec,
  bars: Bars,
  others: { readonly at: Readonly<Record<string, Bars>>; readonly series: SeriesTables },
  from: number,
  loadPredictor: LoadPredictor,
): Promise<PreparedInstrument> {
  const rows = spec.features?.compute(bars, others).columns ?? [];
  const predictions: Record<string, Float64Array> = {};
  for (const [name, model] of Object.entries(spec.models)) {
    const predictor = await loadPredictor(model);
    try {
      const inputs = predictor.inputs.map((input) => rows[spec.features!.names.indexOf(input)]!);
      predictions[name] = await predictor.predict(inputs);
    } finally {
      await predictor.close();
    }
  }
  const warm = firstWarm([...rows, ...Object.values(predictions)], bars.length);
  const first = Math.max(indexAtTime(bars, from), warm);
  if (bars.length - first < 2) {
    fail("backtest.no-bars", {
      message:
        `${bars.instrument.symbol} ${bars.timeframe} has ${Math.max(0, bars.length - first)} bars to trade on ` +
        `(${bars.length} up to the end asked for, ${warm} of them warm-up, start ${timeText(from)})`,
      hint: `The data holds ${timeText(bars.time[0] ?? Number.NaN)} to ${timeText(bars.time.at(-1) ?? Number.NaN)}.`,
      fields: { symbol: bars.instrument.symbol, bars: bars.length, warmup: warm },
    });
  }
  const { instrument } = bars;
  const ticks = (prices: Float64Array) => prices.map((price) => ticksFromPrice(instrument, price));
  return {
    instrument,
    bars,
    rows,
    predictions,
    first,
    openTicks: ticks(bars.open),
    highTicks: ticks(bars.high),
    lowTicks: ticks(bars.low),
    closeTicks: ticks(bars.close),
    depthLots: bars.volume.map((volume) => depthLots(spec.account, lotsFromQuantity(instrument, volume))),
  };
}

/** First row from which on every column has had a value. */
function firstWarm(columns: readonly Float64Array[], length: number): number {
  let first = 0;
  for (const column of columns) {
    let i = first;
    while (i < length && Number.isNaN(column[i])) i++;
    first = i;
  }
  return first;
}

/** All start times, once each. Bars that close together must start together, or one would close before its end. */
function mergeTimes(columns: readonly PreparedInstrument[], lengthMs: Millis): Float64Array {
  const tails = columns.map(({ bars, first }) => bars.time.subarray(first));
  if (tails.length === 1) return tails[0]!;
  const start = tails[0]![0]!;
  tails.forEach((tail, i) => {
    const time = tail.find((at) => (at - start) % lengthMs !== 0);
    if (time === undefined) return;
    const [{ instrument: one }, { instrument: other }] = [columns[0]!, columns[i]!];
    fail("data.bad-time", {
      message: `the bars of ${other.symbol} start at other times than those of ${one.symbol}: ${timeText(time)}`,
      hint: "Instruments of one strategy need bars on one grid of times.",
      fields: { symbol: other.symbol, time },
    });
  });
  const times = new Set<number>();
  for (const tail of tails) for (const time of tail) times.add(time);
  return Float64Array.from(times).sort();
}

function closesOn(timeline: Float64Array, bars: Bars, first: number): Float64Array {
  if (bars.length - first === timeline.length) return bars.close.slice(first);
  const closes = new Map<number, number>();
  for (let i = first; i < bars.length; i++) closes.set(bars.time[i]!, bars.close[i]!);
  return timeline.map((time) => closes.get(time) ?? Number.NaN);
}
