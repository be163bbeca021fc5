import { type Millis, timeText } from "#core";

/** One row of the report's "Data quality" table. */
export interface DataCheck {
  /** What was looked for: "Duplicate times". */
  readonly name: string;
  readonly found: number;
  /** Unit of `found` and `allowed`: "rows", "days", "USD". */
  readonly unit: string;
  /** The most that is in order; undefined where any number is. */
  readonly allowed: number | undefined;
  /** Times of the first few findings. */
  readonly where: readonly string[];
  /** "repaired": the stored rows differ from the source's here. "kept, look": a person should judge it. */
  readonly verdict: "in order" | "kept, look" | "repaired";
}

/** What the checks found in the rows of a dataset, and which dataset they became. */
export interface DataReport {
  readonly symbol: string;
  readonly timeframe: string;
  readonly source: string;
  readonly rows: number;
  /** Start of the first and of the last bar. */
  readonly from: Millis;
  readonly to: Millis;
  /** The dataset version's hash, hex. */
  readonly hash: string;
  readonly checks: readonly DataCheck[];
}

/** The part of a check that counting fills. */
export interface Finding {
  found: number;
  where: string[];
}

export function noFinding(): Finding {
  return { found: 0, where: [] };
}

/** Counts one more; the first three are listed by their time. */
export function addPlace(finding: Finding, time: Millis): void {
  finding.found++;
  if (finding.where.length < 3) finding.where.push(timeText(time));
}
