import { dataQualityFigure, type Figure } from "#analysis";
import { countText, isTickbookError, shortText, timeframeMs, timeText } from "#core";
import { type DataCheck, type DataReport, findOutliers, findSplits, inspectBars } from "#data";
import type { Bars } from "#model";
import { withData } from "./open-data.ts";
import { present } from "./present.ts";

export interface BarsReport {
  readonly symbol: string;
  readonly timeframe: string;
  /** What was looked for, what was found, what was done. */
  readonly checks: readonly DataCheck[];
  /** The price with its gaps and with what was found. */
  plot(): Figure;
}

/**
 * What is known of bars: what the checks found and did when they were stored, and what a person should judge (outliers,
 * suspected splits, bars without volume, local stamps). Nothing is changed.
 * @param bars stored or derived; those that were not stored have only the second part.
 */
export async function dataReport(bars: Bars): Promise<BarsReport> {
  const stored = await withData((store) => store.report(bars.hash)).catch((error: unknown) => {
    if (isTickbookError(error) && error.code === "data.unknown-dataset") return undefined;
    throw error;
  });
  const { symbol } = bars.instrument;
  const { timeframe } = bars;
  const checks = withFreshChecks(stored?.checks ?? [], bars);
  const title = `${symbol} ${timeframe}: ${countText(bars.length)} bars, ${timeText(bars.time[0] ?? Number.NaN)} to ${timeText(bars.time.at(-1) ?? Number.NaN)}`;
  return present(
    { symbol, timeframe, checks },
    {
      plot: () => qualityFigure(title, bars),
      title,
      rows: checks.map(({ name, found, unit, verdict, where }) => [
        name,
        `${shortText(found)} ${unit}, ${verdict}${where.length > 0 ? `: ${where.join(", ")}` : ""}`,
      ]),
    },
  ) as BarsReport;
}

/** Checks as they were stored, and those that were not there yet. */
export function withFreshChecks(checks: DataReport["checks"], bars: Bars): DataCheck[] {
  const known = new Set(checks.map(({ name }) => name));
  const more = inspectBars(bars.instrument, bars.timeframe, bars).filter(({ name }) => !known.has(name));
  return [...checks, ...more];
}

const DAY_MS = 864e5;

/** The price with its gaps as grey bands and what was found as marks. */
export function qualityFigure(title: string, bars: Bars): Figure {
  const stepMs = timeframeMs(bars.timeframe);
  const hasWeekends = bars.instrument.calendar === "weekdays";
  const silent = Array.from(bars.volume, (volume, i) => (volume === 0 ? i : -1)).filter((i) => i >= 0);
  return dataQualityFigure({
    title,
    time: bars.time,
    close: bars.close,
    stepMs,
    // As the report has it: a week is the longest closure that is taken for holidays.
    allowedMs: hasWeekends && stepMs <= DAY_MS ? 7 * DAY_MS : stepMs,
    marks: [
      { name: "outliers", indices: findOutliers(bars) },
      {
        name: "jumps by the ratio of a split",
        indices: hasWeekends ? findSplits(bars).map(({ index }) => index) : [],
      },
      { name: "bars without volume", indices: silent.length < bars.length ? silent : [] },
    ],
  });
}
