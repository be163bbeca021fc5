import type { ZoneTime } from "../../../kernel/scheduler/cron/zone-time.ts";

export type Predicate = (time: ZoneTime) => boolean;

const MONTHS = "January February March April May June July August September October November December".split(
  " ",
);
const DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(" ");

/** Reads the words for a cron expression as a person does, with nothing of what wrote them. */
export function readCronText(text: string): Predicate {
  const parts = text.split(", ");
  expectLast(parts);
  // Lists have commas, too: a part that begins no new thought belongs to the one before.
  const thoughts: string[] = [];
  for (const part of parts) {
    const isNew = thoughts.length === 0 || /^(on|in|every day|\w+day to)\b/.test(part);
    if (isNew) thoughts.push(part);
    else thoughts[thoughts.length - 1] += `, ${part}`;
  }
  const [times, ...rest] = thoughts;
  const all = [timesFrom(times!), ...rest.map(restFrom)];
  return (time) => all.every((isTrue) => isTrue(time));
}

function expectLast(parts: string[]): void {
  if (parts.pop() !== "UTC") throw new Error("the zone stands last");
}

function timesFrom(text: string): Predicate {
  const every = /^Every (?:(\d+) )?minutes?(?: from (\d\d):(\d\d) to (\d\d):(\d\d)| of hours? (.+))?$/.exec(
    text,
  );
  if (every) {
    const step = Number(every[1] ?? 1);
    const hours = every[6] === undefined ? undefined : numbersFrom(every[6]);
    return ({ hour, minute }) => {
      if (minute % step !== 0) return false;
      if (hours) return hours.includes(hour);
      if (every[2] === undefined) return true;
      const now = hour * 60 + minute;
      return (
        now >= Number(every[2]) * 60 + Number(every[3]) && now <= Number(every[4]) * 60 + Number(every[5])
      );
    };
  }
  const minutes = /^At minutes? (.+?) of (?:every hour|hours? (.+))$/.exec(text);
  if (minutes) {
    const [at, hours] = [
      numbersFrom(minutes[1]!),
      minutes[2] === undefined ? undefined : numbersFrom(minutes[2]),
    ];
    return ({ hour, minute }) => at.includes(minute) && (hours?.includes(hour) ?? true);
  }
  const clocks = /^At (\d\d:\d\d.*)$/.exec(text);
  if (!clocks) throw new Error(`not understood: ${text}`);
  const times = clocks[1]!.split(/, | and /);
  return ({ hour, minute }) =>
    times.includes(`${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`);
}

function restFrom(text: string): Predicate {
  const [first, second] = text.split(" or ");
  if (second !== undefined) {
    const [a, b] = [restFrom(first!), restFrom(second)];
    return (time) => a(time) || b(time);
  }
  if (text === "every day" || text === "on every day") return () => true;
  const days = /^on days? (.+) of the month$/.exec(text);
  if (days) {
    const values = numbersFrom(days[1]!);
    return ({ day }) => values.includes(day);
  }
  if (text.startsWith("in ")) {
    const months = namesFrom(text.slice(3), MONTHS);
    return ({ month }) => months.includes(month - 1);
  }
  const weekdays = namesFrom(text.replace(/^on /, ""), DAYS);
  return ({ weekday }) => weekdays.includes((weekday + 6) % 7);
}

function numbersFrom(text: string): number[] {
  return text.split(/, | and /).flatMap((part) => {
    const [from, to = from] = part.split(" to ").map(Number);
    return Array.from({ length: to! - from! + 1 }, (_, i) => from! + i);
  });
}

function namesFrom(text: string, names: readonly string[]): number[] {
  return text.split(/, | and /).flatMap((part) => {
    const places = part.split(" to ").map((name) => names.indexOf(name));
    if (places.includes(-1)) throw new Error(`not understood: ${part}`);
    const [from, to = from] = places;
    return Array.from({ length: to! - from! + 1 }, (_, i) => from! + i);
  });
}
