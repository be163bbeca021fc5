import { type CronFields, cronFields } from "./fields.ts";

const MONTHS = "January February March April May June July August September October November December".split(
  " ",
);
const DAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");
const TIMES_MAX = 6;

/** When a cron expression runs, in words: "At 16:30, Monday to Friday, New York time". */
export function cronText(cron: string, zone: string): string {
  const fields = cronFields(cron);
  const when = fields ? [timesText(fields), daysText(fields), monthsText(fields)] : [`At ${cron}`];
  return [...when, zoneText(zone)].filter((part) => part !== undefined).join(", ");
}

function timesText({ second, minute, hour }: CronFields): string {
  const isWholeMinute = second.length === 1 && second[0] === 0;
  if (!isWholeMinute) {
    const seconds = everyText(second, 60, "second") ?? `At seconds ${listText(second)}`;
    if (minute.length === 60 && hour.length === 24) {
      return second.length === 1 || !seconds.startsWith("Every") ? `${seconds} of every minute` : seconds;
    }
    return `${seconds} of ${lowered(minutesText(minute, hour))}`;
  }
  return minutesText(minute, hour);
}

function minutesText(minute: readonly number[], hour: readonly number[]): string {
  const times = hour.flatMap((h) => minute.map((m) => clock(h, m)));
  if (times.length <= TIMES_MAX) return `At ${joined(times)}`;
  const minutes = everyText(minute, 60, "minute");
  if (hour.length === 24) {
    return minutes ?? `At ${plural("minute", minute)} ${listText(minute)} of every hour`;
  }
  const last = minute.at(-1)!;
  const [firstHour, lastHour] = [hour[0]!, hour.at(-1)!];
  const isRow = lastHour - firstHour === hour.length - 1;
  if (minutes && isRow) return `${minutes} from ${clock(firstHour, minute[0]!)} to ${clock(lastHour, last)}`;
  const base = minutes ?? `At ${plural("minute", minute)} ${listText(minute)}`;
  return `${base} of ${plural("hour", hour)} ${listText(hour)}`;
}

/** "Every 15 minutes" for 0, 15, 30, 45; undefined if the steps are not equal all round. */
function everyText(values: readonly number[], size: number, unit: string): string | undefined {
  if (values.length === size) return `Every ${unit}`;
  const step = values.length > 1 ? values[1]! - values[0]! : 0;
  const isEven = step > 0 && values[0] === 0 && step * values.length === size;
  return isEven && values.every((value, i) => value === i * step) ? `Every ${step} ${unit}s` : undefined;
}

function daysText({ day, isLastDay, weekday }: CronFields): string | undefined {
  const days = isLastDay
    ? "on the last day of the month"
    : day && `on ${plural("day", day)} ${listText(day)} of the month`;
  const weekdays = weekday && weekdaysText(weekday);
  if (days && weekdays) return `${days} or ${/^on /.test(weekdays) ? "" : "on "}${weekdays}`;
  return days ?? weekdays;
}

function weekdaysText(weekday: readonly number[]): string {
  if (weekday.length === 7) return "every day";
  const names = weekday.map((value) => DAYS[value]!);
  // The week begins on Monday here, so that a weekend stands together.
  const fromMonday = weekday.map((value) => (value + 6) % 7).sort((a, b) => a - b);
  const isRow = fromMonday.length > 2 && fromMonday.at(-1)! - fromMonday[0]! === fromMonday.length - 1;
  const name = (value: number) => DAYS[(value + 1) % 7]!;
  if (isRow) return `${name(fromMonday[0]!)} to ${name(fromMonday.at(-1)!)}`;
  return `on ${names.length === 1 ? names[0] : joined(fromMonday.map(name))}`;
}

function monthsText({ month }: CronFields): string | undefined {
  if (!month || month.length === 12) return undefined;
  const isRow = month.length > 2 && month.at(-1)! - month[0]! === month.length - 1;
  const name = (value: number) => MONTHS[value - 1]!;
  return `in ${isRow ? `${name(month[0]!)} to ${name(month.at(-1)!)}` : joined(month.map(name))}`;
}

function zoneText(zone: string): string {
  if (/^(Etc\/)?(UTC|GMT|UCT|Zulu)$/i.test(zone)) return "UTC";
  return zone.startsWith("Etc/") ? zone : `${zone.split("/").at(-1)!.replaceAll("_", " ")} time`;
}

const clock = (hour: number, minute: number) =>
  `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
const plural = (unit: string, values: readonly unknown[]) => (values.length === 1 ? unit : `${unit}s`);
const lowered = (text: string) => `${text[0]!.toLowerCase()}${text.slice(1)}`;

/** 1, 2, 3, 7 as "1 to 3 and 7". */
function listText(values: readonly number[]): string {
  const rows: number[][] = [];
  for (const value of values) {
    const row = rows.at(-1);
    if (row && row.at(-1) === value - 1) row.push(value);
    else rows.push([value]);
  }
  return joined(rows.flatMap((row) => (row.length > 2 ? [`${row[0]} to ${row.at(-1)}`] : row.map(String))));
}

function joined(parts: readonly string[]): string {
  return parts.length < 2 ? (parts[0] ?? "") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}
