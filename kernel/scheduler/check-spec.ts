import { fail } from "#core";
import { fittedParameters } from "#runner";
import type { CronReader } from "./cron/cron.ts";
import type { JobSpec } from "./state/types.ts";

/**
 * Refuses a job that could never run well: a notebook that is not there, parameters that it does not declare or that do
 * not fit, a bad time, limits out of range. @returns the job with its parameters in their types.
 * Errors: `scheduler.bad-job`, `scheduler.bad-cron`, `scheduler.bad-zone`, `runner.*`, `notebook.*`.
 */
export async function checkSpec(spec: JobSpec, cron: CronReader): Promise<JobSpec> {
  const whole = (name: keyof JobSpec, min: number, max: number) => {
    const value = spec[name];
    if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return;
    refuse(name, `${JSON.stringify(value)} is no whole number from ${min} to ${max}`);
  };
  whole("retries", 0, 100);
  whole("keep", 1, 10_000);
  whole("timeoutSeconds", 0, 2_000_000);
  whole("memoryMb", 0, 4_000_000);
  if (spec.memoryMb > 0 && spec.memoryMb < 128)
    refuse("memoryMb", `${spec.memoryMb} MB is less than a notebook needs to start, 128`);
  if (!(spec.retryDelaySeconds >= 0 && spec.retryDelaySeconds <= 86_400))
    refuse("retryDelaySeconds", `${spec.retryDelaySeconds} is no number of seconds up to a day`);
  oneOf("missed", spec.missed, ["skip", "once", "all"]);
  oneOf("overlap", spec.overlap, ["skip", "queue", "allow"]);
  if (spec.onSuccess) oneOf("onSuccess.promote", spec.onSuccess.promote, ["paper"]);
  const webhook = spec.onFailure?.webhook;
  if (webhook !== undefined && !/^https?:\/\//.test(webhook))
    refuse("onFailure.webhook", `"${webhook}" is no http or https address`);
  if (spec.cron !== "") cron.read(spec.cron, spec.zone);
  const { parameters, raw = [] } = spec;
  const fitted = await fittedParameters({ path: spec.notebook, parameters, raw });
  // From now on they have their types, and a text is that text.
  return {
    ...spec,
    parameters: fitted,
    raw: Object.keys(fitted).filter((name) => typeof fitted[name] === "string"),
  };
}

function oneOf(name: string, value: unknown, values: readonly string[]): void {
  if (!values.includes(String(value))) refuse(name, `"${String(value)}" is none of ${values.join(", ")}`);
}

function refuse(name: string, problem: string): never {
  fail("scheduler.bad-job", { message: `the job's ${name}: ${problem}`, fields: { name } });
}
