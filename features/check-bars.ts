/** What bars must be like before features are computed from them. */
import { fail, timeText } from "#core";
import { barStart } from "#market";
import { BAR_COLUMNS, type BarColumns } from "#model";
import type { Plan } from "./plan.ts";

/**
 * @param symbol of the bars; undefined for the set's own.
 * Errors: `features.ragged-bars`, `features.bad-bars` for a time that is none, or bars that go back in time.
 */
export function checkBars(bars: BarColumns, symbol: string | undefined): void {
  const { time } = bars;
  const whose = symbol === undefined ? "the bars" : `the bars of ${symbol}`;
  for (const input of BAR_COLUMNS) {
    if (bars[input].length === time.length) continue;
    fail("features.ragged-bars", {
      message: `columns of ${whose} differ in length: time has ${time.length}, ${input} has ${bars[input].length}`,
      fields: { symbol, column: input, length: bars[input].length, expected: time.length },
    });
  }
  if (inOrder.has(time)) return;
  const wrong = firstOutOfOrder(time);
  if (wrong >= 0) refuseTime(whose, symbol, time, wrong);
  inOrder.add(time);
}

/** Columns of times that were looked at: a search computes on the same ones a thousand times. */
const inOrder = new WeakSet<Float64Array>();

function firstOutOfOrder(time: Float64Array): number {
  if (time.length === 0) return -1;
  let before = time[0]!;
  if (!Number.isFinite(before)) return 0;
  for (let i = 1; i < time.length; i++) {
    const now = time[i]!;
    if (!(now >= before)) return i;
    before = now;
  }
  return Number.isFinite(before) ? -1 : time.indexOf(before);
}

/** True if a longer bar is made of another instrument's bars. */
export function isMadeLonger({ clocks }: Plan, symbol: string): boolean {
  return clocks.some((clock) => clock.symbol === symbol && clock.timeframe !== undefined);
}

/**
 * Another instrument's bar that begins off the grid can lie across the end of a longer bar: part of it would be known
 * before it is over. Errors: `features.bad-bars`.
 */
export function checkOnGrid(time: number, barMs: number, symbol: string): void {
  if (barStart(time, barMs) === time) return;
  fail("features.bad-bars", {
    message: `the bar of ${symbol} of ${timeText(time)} is not on the grid of bars of ${barMs} ms, and a feature makes longer bars of them`,
    hint: "Resample its trades or shorter bars to that grid, or read its bars as they come, without on(...).",
    fields: { symbol, time, barMs },
  });
}

function refuseTime(whose: string, symbol: string | undefined, time: Float64Array, i: number): never {
  const before = time[i - 1];
  fail("features.bad-bars", {
    message: `row ${i} of ${whose} is of ${timeText(time[i]!)}${before === undefined ? "" : `, after one of ${timeText(before)}`}`,
    hint: "Give bars oldest first, each with its start in UTC milliseconds.",
    fields: { symbol, row: i, time: String(time[i]), before: String(before) },
  });
}
