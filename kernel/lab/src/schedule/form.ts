import type { JobRequest, Missed, Overlap, Parameter } from "../comm/protocol.ts";
import { isZone } from "../ui/text.ts";

/** All that is typed, as texts; a checkbox is "true" or "false". */
export interface ScheduleForm {
  readonly values: Readonly<Record<string, string>>;
  readonly cron: string;
  readonly zone: string;
  readonly retries: string;
  readonly retryDelay: string;
  readonly timeoutMinutes: string;
  readonly memoryGb: string;
  readonly missed: Missed;
  readonly overlap: Overlap;
  readonly keep: string;
  readonly onSuccess: "nothing" | "paper";
  readonly webhook: string;
}

/** Field of the form -> what is wrong. A parameter's field is "p-" and its name. */
export type Problems = Readonly<Record<string, string>>;

/** The text that a field shows for a value. */
export function textOf(parameter: Parameter, value: unknown): string {
  if (parameter.kind === "json") return JSON.stringify(value);
  if (parameter.kind === "date") return String(value).replace(/T00:00:00(\.000)?Z$/, "");
  return String(value);
}

export function firstForm(parameters: readonly Parameter[], zone: string): ScheduleForm {
  return {
    values: Object.fromEntries(parameters.map((one) => [one.name, textOf(one, one.default)])),
    cron: "30 16 * * 1-5",
    zone,
    retries: "1",
    retryDelay: "60",
    timeoutMinutes: "30",
    memoryGb: "4",
    missed: "once",
    overlap: "skip",
    keep: "20",
    onSuccess: "nothing",
    webhook: "",
  };
}

export function isChanged(parameter: Parameter, text: string): boolean {
  return text !== textOf(parameter, parameter.default);
}

export type Parsed = { readonly value: unknown } | { readonly problem: string };

const NUMBER = /^[+-]?(\d[\d_]*)?(\.\d+)?(e[+-]?\d+)?$/i;

/** The value that a text stands for, as the parameter's type wants it. */
export function parseValue(parameter: Parameter, text: string): Parsed {
  const plain = text.trim();
  switch (parameter.kind) {
    case "string":
      return { value: text };
    case "boolean":
      return plain === "true" || plain === "false"
        ? { value: plain === "true" }
        : { problem: `Expected true or false, got ${seen(plain)}.` };
    case "number": {
      const value = Number(plain.replaceAll("_", "").replace("−", "-"));
      return plain !== "" &&
        /\d/.test(plain) &&
        NUMBER.test(plain.replace("−", "-")) &&
        Number.isFinite(value)
        ? { value }
        : { problem: `Expected a number, got ${seen(plain)}.` };
    }
    case "choice":
      return parseChoice(parameter, plain);
    case "date":
      return isDate(plain)
        ? { value: plain }
        : { problem: `Expected a date such as 2024-01-31, got ${seen(plain)}.` };
    case "json":
      try {
        return { value: JSON.parse(plain) as unknown };
      } catch {
        return { problem: `Expected JSON for ${parameter.type}, got ${seen(plain)}.` };
      }
  }
}

function parseChoice(parameter: Parameter, plain: string): Parsed {
  const choices = parameter.choices ?? [];
  if (!choices.includes(plain))
    return { problem: `Expected one of ${choices.join(", ")}, got ${seen(plain)}.` };
  return { value: typeof parameter.default === "number" ? Number(plain) : plain };
}

function isDate(text: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})(T[\d:.]+Z?)?$/.exec(text);
  if (!match) return false;
  const at = new Date(text.length === 10 ? `${text}T00:00:00Z` : text);
  return !Number.isNaN(at.getTime()) && at.toISOString().slice(8, 10) === match[3];
}

function seen(text: string): string {
  return text === "" ? "nothing" : text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

interface Range {
  readonly field: "retries" | "retryDelay" | "timeoutMinutes" | "memoryGb" | "keep";
  readonly from: number;
  readonly to: number;
  readonly isWhole: boolean;
}

const RANGES: readonly Range[] = [
  { field: "retries", from: 0, to: 20, isWhole: true },
  { field: "retryDelay", from: 0, to: 86_400, isWhole: true },
  { field: "timeoutMinutes", from: 0, to: 10_080, isWhole: false },
  { field: "memoryGb", from: 0, to: 1024, isWhole: false },
  { field: "keep", from: 1, to: 10_000, isWhole: true },
];

/** All that is wrong with the form. Cron itself is checked by the kernel. */
export function problems(parameters: readonly Parameter[], form: ScheduleForm): Problems {
  const found: Record<string, string> = {};
  for (const parameter of parameters) {
    const parsed = parseValue(parameter, form.values[parameter.name] ?? "");
    if ("problem" in parsed) found[`p-${parameter.name}`] = parsed.problem;
  }
  for (const { field, from, to, isWhole } of RANGES) {
    const text = form[field].trim();
    const value = Number(text);
    const isGood = text !== "" && value >= from && value <= to && (!isWhole || Number.isInteger(value));
    if (!isGood)
      found[field] =
        `Expected ${isWhole ? "an integer" : "a number"} from ${from} to ${to.toLocaleString("en-US")}, got ${seen(text)}.`;
  }
  if (form.cron.trim() === "") found.cron = "Expected five fields, such as 30 16 * * 1-5, got nothing.";
  if (!isZone(form.zone)) found.zone = `Expected a time zone such as Europe/Berlin, got ${seen(form.zone)}.`;
  if (form.webhook.trim() !== "" && !/^https?:\/\/\S+$/.test(form.webhook.trim()))
    found.webhook = `Expected an address that starts with https://, got ${seen(form.webhook.trim())}.`;
  return found;
}

/** What the kernel is asked. Only values that differ from their default are sent. The form must have no problems. */
export function requestOf(
  notebook: string,
  parameters: readonly Parameter[],
  form: ScheduleForm,
): JobRequest {
  const values: Record<string, unknown> = {};
  for (const parameter of parameters) {
    const text = form.values[parameter.name] ?? "";
    const parsed = parseValue(parameter, text);
    if ("value" in parsed && isChanged(parameter, text)) values[parameter.name] = parsed.value;
  }
  return {
    notebook,
    parameters: values,
    cron: form.cron.trim(),
    zone: form.zone,
    retries: Number(form.retries),
    retryDelaySeconds: Number(form.retryDelay),
    timeoutSeconds: Math.round(Number(form.timeoutMinutes) * 60),
    memoryMb: Math.round(Number(form.memoryGb) * 1024),
    missed: form.missed,
    overlap: form.overlap,
    keep: Number(form.keep),
    ...(form.onSuccess === "paper" ? { onSuccess: { promote: "paper" as const } } : {}),
    ...(form.webhook.trim() === "" ? {} : { onFailure: { webhook: form.webhook.trim() } }),
  };
}

/** How the parameters of a job read in the list: "timeframe=1h fees=10", or "defaults". */
export function parametersText(parameters: Readonly<Record<string, unknown>>): string {
  const parts = Object.entries(parameters).map(
    ([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  return parts.length === 0 ? "defaults" : parts.join(" ");
}

export interface Preset {
  readonly name: string;
  readonly cron: string;
}

export const PRESETS: readonly Preset[] = [
  { name: "Hourly", cron: "0 * * * *" },
  { name: "Daily", cron: "0 6 * * *" },
  { name: "Weekdays", cron: "30 16 * * 1-5" },
  { name: "Weekly", cron: "0 6 * * 1" },
];

/** The preset of the same rhythm: minute and hour may differ. "Custom" if there is none. */
export function presetOf(cron: string): string {
  const text = cron.trim().replace(/\s+/g, " ");
  const rhythm: readonly (readonly [string, RegExp])[] = [
    ["Hourly", /^\d+ \* \* \* \*$/],
    ["Daily", /^\d+ \d+ \* \* \*$/],
    ["Weekdays", /^\d+ \d+ \* \* 1-5$/],
    ["Weekly", /^\d+ \d+ \* \* [0-7]$/],
  ];
  return rhythm.find(([, pattern]) => pattern.test(text))?.[0] ?? "Custom";
}

/** Time zones to choose from: the user's own and the markets' first, then all that the browser knows. */
export function zones(own: string): string[] {
  const markets = [
    "UTC",
    "America/New_York",
    "America/Chicago",
    "Europe/London",
    "Europe/Berlin",
    "Asia/Tokyo",
  ];
  const all = Intl.supportedValuesOf("timeZone");
  return [...new Set([own, ...markets, ...all])].filter(isZone);
}
