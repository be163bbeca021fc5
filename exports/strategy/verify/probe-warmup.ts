/**
 * How many bars a strategy needs before its first decision.
 *
 * A recursive feature (an EMA, an RSI) has a value after its own warm-up, and still remembers where it started. The
 * golden vectors hold rows of a full history; the probe starts fresh streams w bars before some of their last bars and
 * looks for the least w from which every feature agrees:
 *
 *   |fresh - full| <= tolerance * max |feature over the stretch|
 *
 * w grows by a quarter from the features' own warm-up on, as far as the stretch reaches.
 */
import type { Golden } from "#backtest";
import { encodeValue } from "#core";
import { indexAtTime } from "#model";
import type { Push, Start } from "../link/machine.ts";
import { barAt } from "./bar-at.ts";
import type { Sandbox } from "./sandbox.ts";

export const WARMUP_TOLERANCE = 1e-6;
/** Bars back from the end of the stretch at which rows are compared: one alone could agree by luck. */
const ENDS = [0, 17, 41];
const GROWTH = 1.25;

export interface Warmup {
  readonly bars: number;
  /** Largest difference left, relative as above. Above the tolerance only if the stretch was too short to reach it. */
  readonly error: number;
}

/** @param least the bars that features and `history` need in any case. */
export function probeWarmup(golden: Golden, script: Sandbox, least: number): Warmup {
  const reach = Math.min(...golden.instruments.map(({ bars }) => bars.time.length - 1 - Math.max(...ENDS)));
  for (let bars = least; ; bars = Math.min(reach, Math.ceil(bars * GROWTH))) {
    const error = Math.max(...golden.instruments.map((_, i) => errorAfter(golden, script, i, bars)));
    if (error <= WARMUP_TOLERANCE || bars >= reach) return { bars, error };
  }
}

/** Largest relative difference of instrument i's features after a fresh start `bars` bars before each end. */
function errorAfter(golden: Golden, script: Sandbox, i: number, bars: number): number {
  const instrument = golden.instruments[i]!;
  const scales = instrument.rows.map(largest);
  let worst = 0;
  for (const back of ENDS) {
    const end = instrument.bars.time.length - 1 - back;
    if (end < bars) continue;
    const row = freshRow(golden, script, i, end - bars, end);
    instrument.rows.forEach((column, k) => {
      const difference = Math.abs(row[k]! - column[end]!) / (scales[k]! || 1);
      // A feature without a value yet differs without bound.
      if (!Object.is(row[k], column[end]))
        worst = Math.max(worst, Number.isNaN(difference) ? Infinity : difference);
    });
  }
  return worst;
}

function freshRow(golden: Golden, script: Sandbox, i: number, from: number, to: number): Float64Array {
  const start: Start = { instruments: golden.instruments.map(({ instrument }) => ({ instrument })) };
  script.call("start", encodeValue(start));
  if (golden.published) script.call("publish", encodeValue(golden.published));
  const { bars, rows } = golden.instruments[i]!;
  if (golden.facts.features.reads.length > 0) seeAll(golden, script, bars.time[from]!);
  const push: Push = {
    instrument: i,
    bars: Array.from({ length: to - from + 1 }, (_, n) => barAt(bars, from + n)),
  };
  const fresh = script.call("push", encodeValue(push)) as Float64Array;
  return fresh.subarray(fresh.length - rows.length);
}

/** The bars of all instruments that begin with the fresh stream or later; it looks at none before its time. */
function seeAll(golden: Golden, script: Sandbox, since: number): void {
  golden.instruments.forEach(({ bars }, instrument) => {
    const at = indexAtTime(bars, since);
    const list = Array.from({ length: bars.time.length - at }, (_, n) => barAt(bars, at + n));
    script.call("see", encodeValue({ instrument, bars: list } satisfies Push));
  });
}

function largest(column: Float64Array): number {
  return column.reduce((most, value) => (Math.abs(value) > most ? Math.abs(value) : most), 0);
}
