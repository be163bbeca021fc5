/** Which runs of a job are due: a pure function of its cron, what was planned before, and the clock. */
import type { Cron } from "./cron/cron.ts";

export type MissedPolicy = "skip" | "once" | "all";

/** A run later than this was missed, milliseconds. */
export const ON_TIME_MS = 60_000;
/** Of more than so many missed runs, only the newest are made up for. */
export const MADE_UP_MAX = 100;

export interface Plan {
  /** Planned moments to run now, oldest first, milliseconds since the epoch. */
  readonly due: readonly number[];
  /** Missed moments that are not made up for, at most `MADE_UP_MAX` of them. */
  readonly missed: readonly number[];
  /** Up to where the job is planned after this. */
  readonly plannedThrough: number;
}

/**
 * @param plannedThrough up to where the job was planned. Where the clock was set back, planning starts again from `now`;
 * moments that have their run already are known by their run, so that none runs twice.
 */
export function planRuns(cron: Cron, policy: MissedPolicy, plannedThrough: number, now: number): Plan {
  if (now <= plannedThrough) return { due: [], missed: [], plannedThrough: now };
  const moments = cron.between(plannedThrough, now, MADE_UP_MAX + 1);
  const onTime = moments.filter((at) => now - at <= ON_TIME_MS);
  const late = moments.filter((at) => now - at > ON_TIME_MS);
  const makeUp = policy === "skip" ? 0 : policy === "once" ? (onTime.length > 0 ? 0 : 1) : MADE_UP_MAX;
  const madeUp = makeUp === 0 ? [] : late.slice(-makeUp);
  return {
    due: [...madeUp, ...onTime],
    missed: late.slice(0, late.length - madeUp.length),
    plannedThrough: now,
  };
}
