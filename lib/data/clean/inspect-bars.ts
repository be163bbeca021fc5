import { type Millis, timeframeMs } from "#core";
import type { BarColumns, Instrument } from "#model";
import { findClockChanges } from "./clock-changes.ts";
import { findOutliers } from "./outliers.ts";
import { addPlace, type DataCheck, type Finding, noFinding } from "./report.ts";
import { findSplits } from "./splits.ts";

/**
 * What a person should judge in bars that are possible: outliers, splits that were not adjusted for, bars without
 * volume, stamps that follow clocks. Nothing is changed.
 */
export function inspectBars(instrument: Instrument, timeframe: string, bars: BarColumns): DataCheck[] {
  const stepMs = timeframeMs(timeframe);
  const { time, volume } = bars;
  // A market that never closes has none: there a halving is a fall.
  const canSplit = instrument.calendar === "weekdays";
  const splits = canSplit ? findSplits(bars) : [];
  const isSplit = new Set(splits.flatMap(({ index }) => [index, index - 1]));
  const outliers = findOutliers(bars).filter((i) => !isSplit.has(i));
  const silent = findIndices(volume, (value) => value === 0);
  // An index has no volume at all; that is no finding.
  const hasVolume = silent.length < time.length;
  const rows = { unit: "rows", allowed: 0 } as const;
  return [
    {
      name: "Outliers (a price that leaves by 20 robust deviations and comes back)",
      ...rows,
      ...at(time, outliers),
      verdict: look(outliers),
    },
    ...(canSplit
      ? [
          {
            name: "Jumps by the ratio of a split",
            ...rows,
            ...at(
              time,
              splits.map(({ index }) => index),
            ),
            verdict: look(splits),
          },
        ]
      : []),
    {
      name: "Bars without volume",
      ...rows,
      allowed: hasVolume ? 0 : undefined,
      ...at(time, silent),
      verdict: hasVolume ? look(silent) : "in order",
    },
    clockCheck(time, stepMs),
  ];
}

/** The row of the report on stamps that move by an hour twice a year. */
export function clockCheck(time: ArrayLike<number>, stepMs: Millis): DataCheck {
  const changes = findClockChanges(time, stepMs);
  return {
    name: "Clock changes (stamps of a local time zone)",
    unit: "changes",
    allowed: 0,
    ...at(time, changes),
    verdict: look(changes),
  };
}

function at(time: ArrayLike<number>, indices: readonly number[]): Finding {
  const finding = noFinding();
  for (const i of indices) addPlace(finding, time[i]!);
  return finding;
}

function look(found: readonly unknown[]): DataCheck["verdict"] {
  return found.length > 0 ? "kept, look" : "in order";
}

function findIndices(values: Float64Array, test: (value: number) => boolean): number[] {
  const found: number[] = [];
  for (let i = 0; i < values.length; i++) if (test(values[i]!)) found.push(i);
  return found;
}
