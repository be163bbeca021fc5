/**
 * Checks of candles before they are stored.
 *
 * n rows, columns of float64: time t (UTC ms, start of the bar), prices o h l c (quote asset), volume v (base asset).
 * T = length of the timeframe (ms). A price p is stored as round(p / tick) * tick.
 *
 * Put right and reported: rows out of order (sorted by time, stable), identical rows (one is kept).
 * Kept and reported: gaps, bars that did not move. Refused: everything that can't be true, with its row.
 * Empty input passes with no findings.
 */
import { dateText, fail, timeframeMs, timeText } from "#core";
import { type BarColumns, type Instrument, priceFromTicks, ticksFromPrice } from "#model";
import { findClockChanges } from "./clock-changes.ts";
import { ALL_COLUMNS, mapColumns } from "./columns.ts";
import { checkGaps } from "./gaps.ts";
import { isPossibleBar } from "./possible-bar.ts";
import { addPlace, type DataCheck, type Finding, noFinding } from "./report.ts";

export interface CheckRequest {
  readonly instrument: Instrument;
  readonly timeframe: string;
  /** As the source gave them, in its order. */
  readonly rows: BarColumns;
  /** Largest change of a price by rounding to the tick, in the quote asset. Default half a tick. */
  readonly maxCorrection?: number;
}

export interface CheckedCandles {
  /** Sorted, each time once, prices on the tick. */
  readonly columns: BarColumns;
  readonly checks: readonly DataCheck[];
}

const DAY_MS = 864e5;
const EARLIEST = Date.UTC(1700, 0);
const LATEST = Date.UTC(2200, 0);
/** Fewer bars than this may all have gaps between them. */
const BARS_TO_TELL_TIMEFRAME = 10;

/**
 * Checks and cleans the rows of one instrument.
 * Errors: `data.impossible-bar`, `data.conflicting-bars`, `data.bad-time`, `data.bad-timeframe`,
 * `data.rounding-too-large`, each with the row, its time and its values.
 */
export function checkCandles(request: CheckRequest): CheckedCandles {
  const { instrument, timeframe } = request;
  const stepMs = timeframeMs(timeframe);
  refuseBadTimes(instrument, timeframe, stepMs, request.rows.time);
  refuseImpossibleBars(instrument, request.rows);
  const sorted = sortRows(request.rows);
  const unique = dropDuplicates(instrument, sorted.rows);
  refuseOtherTimeframe(instrument, timeframe, stepMs, unique.rows.time);
  const rounded = roundPrices(instrument, unique.rows, request.maxCorrection);
  const still = findStillBars(rounded.rows);
  const rows = { unit: "rows", allowed: 0 } as const;
  return {
    columns: rounded.rows,
    checks: [
      { name: "Out of order", ...rows, ...sorted.finding, verdict: repairedIf(sorted.finding) },
      { name: "Duplicate times", ...rows, ...unique.finding, verdict: repairedIf(unique.finding) },
      {
        name: "Impossible bars (low above open, close or high)",
        ...rows,
        ...noFinding(),
        verdict: "in order",
      },
      ...checkGaps(instrument.calendar, stepMs, rounded.rows.time),
      {
        name: `Largest rounding to the tick, ${instrument.tick} ${instrument.quote}`,
        unit: instrument.quote,
        allowed: rounded.allowed,
        ...rounded.finding,
        verdict: "in order",
      },
      {
        name: "Bars that did not move (open = high = low = close)",
        ...rows,
        ...still,
        verdict: still.found > 0 ? "kept, look" : "in order",
      },
    ],
  };
}

function repairedIf(finding: Finding): DataCheck["verdict"] {
  return finding.found > 0 ? "repaired" : "in order";
}

/** Low above open or close, high below them, a price not above 0, a negative volume, a number that is not finite. */
function refuseImpossibleBars(instrument: Instrument, rows: BarColumns): void {
  const { time, open, high, low, close, volume } = rows;
  for (let i = 0; i < time.length; i++) {
    const o = open[i]!;
    const h = high[i]!;
    const l = low[i]!;
    const c = close[i]!;
    const v = volume[i]!;
    if (isPossibleBar(instrument, rows, i)) continue;
    fail("data.impossible-bar", {
      message: `${instrument.symbol}, row ${i + 1} (${timeText(time[i]!)}): ${reason(o, h, l, c, v)}: ${valuesText(rows, i)}`,
      hint: "No market makes such a bar. Correct the row or remove it.",
      fields: {
        symbol: instrument.symbol,
        row: i + 1,
        time: time[i],
        open: o,
        high: h,
        low: l,
        close: c,
        volume: v,
      },
    });
  }
}

function reason(open: number, high: number, low: number, close: number, volume: number): string {
  if (![open, high, low, close, volume].every(Number.isFinite)) return "a value is not a finite number";
  if (volume < 0) return "the volume is negative";
  if (Math.min(open, high, low, close) <= 0) return "a price is not above zero";
  if (low > Math.min(open, close, high)) return "the low lies above open, close or high";
  if (high < Math.max(open, close)) return "the high lies below open or close";
  return "a price can't be counted in ticks";
}

function valuesText({ open, high, low, close, volume }: BarColumns, i: number): string {
  return `open ${open[i]}, high ${high[i]}, low ${low[i]}, close ${close[i]}, volume ${volume[i]}`;
}

/**
 * Bars up to a day start on multiples of their length since 1970; longer ones a whole number of bars apart. Years
 * outside 1700 to 2200 come from another unit of time.
 */
function refuseBadTimes(instrument: Instrument, timeframe: string, stepMs: number, time: Float64Array): void {
  const anchor = stepMs <= DAY_MS ? 0 : (time[0] ?? 0);
  for (let i = 0; i < time.length; i++) {
    const at = time[i]!;
    const isMillis = at >= EARLIEST && at < LATEST;
    if (isMillis && (at - anchor) % stepMs === 0) continue;
    fail("data.bad-time", {
      message: isMillis
        ? `${instrument.symbol}, row ${i + 1}: a ${timeframe} bar can't start at ${timeText(at)}`
        : `${instrument.symbol}, row ${i + 1}: the time ${at} is not in milliseconds since 1970`,
      hint: isMillis
        ? offGridHint(stepMs, time)
        : "Store times in milliseconds; divide microseconds by 1e3, nanoseconds by 1e6.",
      fields: { symbol: instrument.symbol, row: i + 1, time: at, timeframe },
    });
  }
}

function offGridHint(stepMs: number, time: Float64Array): string {
  const sorted = time.toSorted();
  const changes = findClockChanges(sorted, stepMs);
  if (changes.length === 0)
    return "Check the timeframe and the time zone: bars are stamped with their start, in UTC.";
  const dates = changes.slice(0, 2).map((i) => dateText(sorted[i]!));
  return `The stamps move by an hour on ${dates.join(" and ")}: they follow the clocks of some place. Put them on the day's midnight with --fix daylight-saving, or give the place with --time-zone.`;
}

/** Stable sort by time. Finds the rows that start before a row above them. */
function sortRows(rows: BarColumns): { rows: BarColumns; finding: Finding } {
  const { time } = rows;
  const finding = noFinding();
  let latest = -Infinity;
  for (let i = 0; i < time.length; i++) {
    if (time[i]! < latest) addPlace(finding, time[i]!);
    latest = Math.max(latest, time[i]!);
  }
  if (finding.found === 0) return { rows, finding };
  const order = Uint32Array.from(time, (_, i) => i).sort((a, b) => time[a]! - time[b]! || a - b);
  return { rows: mapColumns(rows, (column) => Float64Array.from(order, (i) => column[i]!)), finding };
}

/** Of rows with the same time keeps the first, if all are identical. */
function dropDuplicates(instrument: Instrument, rows: BarColumns): { rows: BarColumns; finding: Finding } {
  const { time } = rows;
  const finding = noFinding();
  const kept: number[] = [];
  for (let i = 0; i < time.length; i++) {
    if (i === 0 || time[i] !== time[i - 1]) {
      kept.push(i);
      continue;
    }
    if (ALL_COLUMNS.some((name) => rows[name][i] !== rows[name][i - 1])) {
      fail("data.conflicting-bars", {
        message: `${instrument.symbol}: two rows differ for the bar at ${timeText(time[i]!)}: ${valuesText(rows, i - 1)} against ${valuesText(rows, i)}`,
        hint: "Only one can be true. Remove the other from the source.",
        fields: { symbol: instrument.symbol, time: time[i] },
      });
    }
    addPlace(finding, time[i]!);
  }
  if (finding.found === 0) return { rows, finding };
  return { rows: mapColumns(rows, (column) => Float64Array.from(kept, (i) => column[i]!)), finding };
}

/** Daily rows that are declared as 1h would pass as a series of gaps: bars that never follow each other are refused. */
function refuseOtherTimeframe(
  instrument: Instrument,
  timeframe: string,
  stepMs: number,
  time: Float64Array,
): void {
  if (time.length < BARS_TO_TELL_TIMEFRAME) return;
  let least = Infinity;
  for (let i = 1; i < time.length; i++) least = Math.min(least, time[i]! - time[i - 1]!);
  if (least === stepMs) return;
  fail("data.bad-timeframe", {
    message: `${instrument.symbol}: the rows are not ${timeframe} bars: the closest two of ${time.length} are ${least / 60_000} minutes apart`,
    hint: "Give the timeframe of the file.",
    fields: { symbol: instrument.symbol, timeframe, leastStepMs: least },
  });
}

/** Puts the prices on the tick; volumes of -0 become 0. */
function roundPrices(
  instrument: Instrument,
  rows: BarColumns,
  maxCorrection: number | undefined,
): { rows: BarColumns; finding: Finding; allowed: number } {
  const allowed = maxCorrection ?? priceFromTicks(instrument, 1) / 2;
  let largest = 0;
  let at = 0;
  const round = (column: Float64Array) =>
    column.map((price, i) => {
      const rounded = priceFromTicks(instrument, ticksFromPrice(instrument, price));
      const correction = Math.abs(rounded - price);
      if (correction > largest) {
        largest = correction;
        at = i;
      }
      return rounded;
    });
  const rounded: BarColumns = {
    time: rows.time,
    open: round(rows.open),
    high: round(rows.high),
    low: round(rows.low),
    close: round(rows.close),
    volume: rows.volume.map((volume) => volume + 0),
  };
  // A correction is a difference of two doubles near the price: it can exceed half a tick by their spacing.
  const noise = 4 * Number.EPSILON * (rows.high[at] ?? 0);
  if (largest > allowed + noise) {
    fail("data.rounding-too-large", {
      message: `${instrument.symbol}, bar at ${timeText(rows.time[at]!)}: rounding to the tick ${instrument.tick} moves a price by ${significant(largest)} ${instrument.quote}, allowed are ${allowed}: ${valuesText(rows, at)}`,
      hint: "Give the instrument's true tick, or allow a larger correction.",
      fields: { symbol: instrument.symbol, time: rows.time[at], correction: largest, allowed },
    });
  }
  const where = largest > 0 ? [timeText(rows.time[at]!)] : [];
  return { rows: rounded, finding: { found: significant(largest), where }, allowed };
}

function findStillBars({ time, open, high, low }: BarColumns): Finding {
  const finding = noFinding();
  for (let i = 0; i < time.length; i++) {
    if (high[i] === low[i] && open[i] === low[i]) addPlace(finding, time[i]!);
  }
  return finding;
}

/** Six digits: the rest of a difference of doubles is noise. */
function significant(value: number): number {
  return Number(value.toPrecision(6));
}
