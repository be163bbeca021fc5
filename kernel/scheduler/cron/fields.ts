/** A cron expression as sets of values, for the text about it; when it runs is croner's to say. */
export interface CronFields {
  readonly second: readonly number[];
  readonly minute: readonly number[];
  readonly hour: readonly number[];
  /** Undefined: any day. */
  readonly day: readonly number[] | undefined;
  readonly isLastDay: boolean;
  readonly month: readonly number[] | undefined;
  /** From Sunday, 0. */
  readonly weekday: readonly number[] | undefined;
}

const NICKNAMES: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};
const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/** @returns undefined for what these sets cannot tell: nearest weekdays, the second Friday and the like. */
export function cronFields(cron: string): CronFields | undefined {
  const parts = (NICKNAMES[cron.trim().toLowerCase()] ?? cron).trim().split(/\s+/);
  const [second, minute, hour, day, month, weekday] = parts.length === 5 ? ["0", ...parts] : parts;
  const days = weekday && valuesOf(weekday, 0, 7, DAYS);
  const fields = {
    second: second && valuesOf(second, 0, 59),
    minute: minute && valuesOf(minute, 0, 59),
    hour: hour && valuesOf(hour, 0, 23),
    day: day === "L" ? [] : day && valuesOf(day, 1, 31),
    month: month && valuesOf(month, 1, 12, MONTHS, 1),
    // 7 is Sunday, too.
    weekday: days && [...new Set(days.map((value) => value % 7))].sort((a, b) => a - b),
  };
  if (Object.values(fields).some((values) => !Array.isArray(values))) return undefined;
  const all = fields as Record<keyof typeof fields, number[]>;
  const unlessAny = (values: number[], text: string | undefined) => (isAny(text) ? undefined : values);
  return {
    ...{ second: all.second, minute: all.minute, hour: all.hour, isLastDay: day === "L" },
    day: unlessAny(all.day, day),
    month: unlessAny(all.month, month),
    weekday: unlessAny(all.weekday, weekday),
  };
}

const isAny = (text: string | undefined) => text === "*" || text === "?";

function valuesOf(
  text: string,
  min: number,
  max: number,
  names: readonly string[] = [],
  first = 0,
): number[] | undefined {
  const found = new Set<number>();
  for (const part of text.split(",")) {
    const match = /^(?:(\*|\?)|([a-z]{3}|\d+)(?:-([a-z]{3}|\d+))?)(?:\/(\d+))?$/i.exec(part);
    if (!match) return undefined;
    const [, any, from, to, step] = match;
    const numberOf = (word: string) => {
      const place = names.indexOf(word.toUpperCase());
      return place < 0 ? Number(word) : place + first;
    };
    // Any weekday is Sunday to Saturday, not to the second Sunday.
    const last = any ? (max === 7 ? 6 : max) : numberOf(to ?? from!);
    const start = any ? min : numberOf(from!);
    if (!(start >= min && last <= max)) return undefined;
    for (let value = start; value <= last; value += Number(step ?? 1)) found.add(value);
  }
  return [...found].sort((a, b) => a - b);
}
