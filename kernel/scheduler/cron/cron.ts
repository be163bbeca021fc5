/**
 * When a job runs. croner decides, by its rules for changes of the clocks: a time that is skipped runs at the first
 * moment after the gap, one that comes twice runs the first time; "every 15 minutes" and the like follow real time.
 */
import type { Cron as Croner } from "croner";
import { fail } from "#core";
import { cronText } from "./cron-text.ts";
import { cronFields } from "./fields.ts";
import { checkZone, localText, occurrence, offsetMs, zoneTime } from "./zone-time.ts";

const DAY_MS = 864e5;
/** A time that comes twice comes by this much, at most, before the clocks are set back. */
const NEAR_MS = 3 * 36e5;
/** Every minute of a day and what is near. */
const RUNS_MAX = 27 * 60;

/** Moments are whole seconds, in milliseconds since the epoch. */
export interface Cron {
  /** The first run after a moment; null if there is none. */
  next(after: number): number | null;
  /** The newest runs after `from` and up to `to`, at most `max`, oldest first. */
  between(from: number, to: number, max: number): number[];
}

/** Reads cron expressions; loading takes some 20 ms. */
export interface CronReader {
  /**
   * @param cron five fields (minute, hour, day, month, weekday), six with seconds in front, or @daily and the like.
   * @param zone an IANA time zone. Errors: `scheduler.bad-cron`, also for one that never runs; `scheduler.bad-zone`.
   */
  read(cron: string, zone: string): Cron;
}

export interface CronExplanation {
  readonly text: string;
  readonly next: readonly {
    readonly local: string;
    readonly utc: string;
    readonly at: number;
    /** What a change of the clocks does to this run. */
    readonly note?: string;
  }[];
  /** The first run after those, within a year, that a change of the clocks moves or doubles. */
  readonly moved?: CronExplanation["next"][number];
}

export async function loadCron(): Promise<CronReader> {
  const { Cron } = await import("croner");
  const known = new Map<string, Times>();
  return {
    read(cron, zone) {
      const name = JSON.stringify([cron, zone]);
      const found = known.get(name);
      if (found) return found;
      checkZone(zone);
      const times = cronOf(cron, zone, Cron);
      known.set(name, times);
      return times;
    },
  };
}

function cronOf(text: string, zone: string, Library: typeof Croner): Times {
  // Of one word the library would make a date.
  if (!/\S\s+\S/.test(text) && !text.trim().startsWith("@"))
    return refuse(text, "it has no five or six fields");
  let croner: Croner;
  try {
    croner = new Library(text, {
      ...{ timezone: zone, paused: true, mode: "5-or-6-parts" },
      // Lists of times count as times, too: none of them is lost in a gap.
      fixedTimeRule: "no-wildcard",
    });
  } catch (cause) {
    return refuse(text, (cause as Error).message.replace(/^CronPattern: /, ""), cause);
  }
  if (!croner.nextRun()) return refuse(text, "it never runs");
  return new Times(croner);
}

/** Remembers the next run it gave: a scheduler asks for it several times a second, and croner takes its time. */
class Times implements Cron {
  private readonly croner: Croner;
  private known = { after: Number.NaN, next: null as number | null };

  constructor(croner: Croner) {
    this.croner = croner;
  }

  next(after: number): number | null {
    const { known } = this;
    if (after >= known.after && (known.next === null || after < known.next)) return known.next;
    const next = this.croner.nextRun(new Date(after))?.getTime() ?? null;
    this.known = { after, next };
    return next;
  }

  between(from: number, to: number, max: number): number[] {
    const found: number[] = [];
    for (let at = this.next(from); at !== null && at <= to; at = this.next(at)) {
      found.push(at);
      if (found.length > max) return this.newest(to, max);
    }
    return found;
  }

  private newest(to: number, max: number): number[] {
    const end = new Date(Math.floor(to / 1000) * 1000 + 1000);
    return this.croner
      .previousRuns(max, end)
      .map((date) => date.getTime())
      .sort((a, b) => a - b);
  }
}

function refuse(text: string, problem: string, cause?: unknown): never {
  fail("scheduler.bad-cron", {
    message: `"${text}" is no time to run at: ${problem}`,
    hint: 'Write minute, hour, day, month, weekday: "30 16 * * 1-5" is 16:30, Monday to Friday.',
    fields: { cron: text },
    cause,
  });
}

/** In words, and the next runs after a moment. Errors: those of {@link CronReader.read}. */
export function explainCron(
  reader: CronReader,
  { cron, zone }: { readonly cron: string; readonly zone: string },
  after: number,
  count = 5,
): CronExplanation {
  const times = reader.read(cron, zone);
  const next: CronExplanation["next"][number][] = [];
  for (let at = times.next(after); at !== null && next.length < count; at = times.next(at))
    next.push(runAt(cron, zone, at));
  const moved = next.some(({ note }) => note) ? undefined : firstMoved(times, { cron, zone }, after);
  return { text: cronText(cron, zone), next, ...(moved === undefined ? {} : { moved }) };
}

function runAt(cron: string, zone: string, at: number): CronExplanation["next"][number] {
  const note = noteOf(cron, zone, at);
  const utc = new Date(at).toISOString().replace(".000Z", "Z");
  return { local: localText(at, zone), utc, at, ...(note === undefined ? {} : { note }) };
}

/** Only runs near a change of the clocks are looked at: a year has few of these, and may have millions of runs. */
function firstMoved(
  times: Cron,
  { cron, zone }: { readonly cron: string; readonly zone: string },
  after: number,
) {
  let offset = offsetMs(after, zone);
  for (let day = after; day < after + 366 * DAY_MS; day += DAY_MS) {
    const before = offset;
    offset = offsetMs(day + DAY_MS, zone);
    if (offset === before) continue;
    for (const at of times.between(Math.max(after, day - NEAR_MS), day + DAY_MS, RUNS_MAX)) {
      const run = runAt(cron, zone, at);
      if (run.note !== undefined) return run;
    }
  }
  return undefined;
}

function noteOf(cron: string, zone: string, at: number): string | undefined {
  const fields = cronFields(cron);
  if (!fields) return undefined;
  const { hour, minute } = zoneTime(at, zone);
  if (!fields.hour.includes(hour) || !fields.minute.includes(minute))
    return "the clocks go forward over its time: it runs at the first moment after";
  const which = occurrence(at, zone);
  if (!which) return undefined;
  return `the clocks go back, and this time comes twice: this is the ${which} one`;
}
