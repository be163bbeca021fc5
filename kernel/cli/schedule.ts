import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Command } from "commander";
import { fail } from "#core";
import { explain, type JobSpec, openDesk, type SchedulerDesk } from "#scheduler";
import { givenParameters, type ParameterFlags, withParameterOptions } from "./parameters.ts";
import { printParameters } from "./params.ts";
import { countFrom, secondsFrom } from "./run.ts";
import { explanationText, jobsText, jobText, runsText, runText } from "./schedule-text.ts";
import { startInBackground } from "./scheduler.ts";

interface DeskFlags {
  readonly home?: string;
  readonly json?: boolean;
}

interface JobFlags extends DeskFlags, ParameterFlags {
  readonly cron?: string;
  readonly zone?: string;
  readonly retries: string;
  readonly retryDelay: string;
  readonly timeout: string;
  readonly memory: string;
  readonly missed: string;
  readonly overlap: string;
  readonly keep: string;
  readonly promote?: boolean;
  readonly webhook?: string;
  readonly fromJson?: string;
}

const EXAMPLES = `
Examples:
  tickbook schedule add trend.ipynb --cron "30 16 * * 1-5" --zone America/New_York -p horizon 10
  tickbook schedule explain "30 2 * * *" --zone America/New_York
  tickbook schedule ls
  tickbook schedule run k3f9
  tickbook schedule history k3f9

Jobs and runs are named by the first letters of their id. Runs start while tickbook scheduler is at work.
Exit codes: 0 done, 1 it failed, 2 wrong use.`;

export function addScheduleCommands(program: Command): void {
  const schedule = program
    .command("schedule")
    .description("run notebooks at set times, and look after their runs")
    .addHelpText("after", EXAMPLES);
  const add = jobOptions(schedule.command("add [notebook]"), true);
  add.description("run a notebook at set times").action(addJob);
  const once = jobOptions(schedule.command("once [notebook]"), false);
  once.description("run a notebook once, as soon as a worker is free").action(runOnce);
  withDesk(schedule.command("ls"))
    .description("list the jobs")
    .action((flags: DeskFlags) =>
      atDesk(flags, (desk) => {
        const { scheduler, jobs } = desk.list();
        print(flags, { scheduler, jobs }, () => jobsText(scheduler, jobs, Date.now()));
      }),
    );
  withDesk(schedule.command("show <job-or-run>"))
    .description("show all of a job, or of a run")
    .action(showOne);
  withDesk(schedule.command("history <job>"))
    .description("list the runs of a job, newest first")
    .option("-n, --count <n>", "at most so many", "50")
    .action((job: string, flags: DeskFlags & { readonly count: string }) =>
      atDesk(flags, (desk) => {
        const runs = desk.runs(job, countFrom("--count", flags.count, 1));
        print(flags, { runs }, () => runsText(runs, Date.now()));
      }),
    );
  addJobCommand(schedule, "pause", "plan no more runs of a job", (desk, job) => desk.pause(job));
  addJobCommand(schedule, "resume", "plan a paused job from now on", (desk, job) => desk.resume(job));
  addJobCommand(schedule, "rm", "remove a job with its runs and their outputs", (desk, job) =>
    desk.remove(job),
  );
  addRunCommands(schedule);
  addQuestions(schedule);
}

function addRunCommands(schedule: Command): void {
  withDesk(schedule.command("run <job>"))
    .description("run a job now; if it may not overlap, after the run at work")
    .action((job: string, flags: DeskFlags) =>
      atDesk(flags, (desk) => {
        const run = desk.runNow(job);
        print(flags, { run }, () => runText(run));
      }),
    );
  withDesk(schedule.command("cancel <run>"))
    .description("cancel a run that waits or works")
    .action((id: string, flags: DeskFlags) =>
      atDesk(flags, (desk) => {
        const run = desk.cancel(id);
        print(flags, { run }, () => runText(run));
      }),
    );
  withDesk(schedule.command("start-scheduler"))
    .description("start the scheduler of a home folder in the background")
    .option("--workers <n>", "runs at once", "1")
    .action(async (flags: DeskFlags & { readonly workers: string }) => {
      const started = await startInBackground(homeOf(flags), countFrom("--workers", flags.workers));
      print(flags, {}, () => `${started}\n`);
    });
}

function addQuestions(schedule: Command): void {
  schedule
    .command("explain <cron>")
    .description("say in words when a cron expression runs, and what changes of the clocks do to it")
    .option("--zone <zone>", "IANA time zone (default: this machine's)")
    .option("--json", "print JSON on standard output")
    .action(async (cron: string, flags: { readonly zone?: string; readonly json?: boolean }) => {
      const explanation = await explain(cron, flags.zone ?? ownZone(), Date.now());
      print(flags, explanation, () => explanationText(explanation));
    });
  schedule
    .command("params <notebook>")
    .description("list the parameters of a notebook")
    .option("--json", "print JSON on standard output")
    .action(printParameters);
}

function addJobCommand(
  schedule: Command,
  name: string,
  description: string,
  work: (desk: SchedulerDesk, job: string) => ReturnType<SchedulerDesk["pause"]>,
): void {
  withDesk(schedule.command(`${name} <job>`))
    .description(description)
    .action((id: string, flags: DeskFlags) =>
      atDesk(flags, (desk) => {
        const job = work(desk, id);
        const done = { pause: "paused", resume: "resumed", rm: "removed" }[name];
        print(flags, { job }, () => `${job.notebook}: ${done}\n`);
      }),
    );
}

function withDesk(command: Command): Command {
  return command
    .option("--home <folder>", "the .tickbook folder (default: .tickbook here)")
    .option("--json", "print JSON on standard output");
}

function jobOptions(command: Command, hasCron: boolean): Command {
  withParameterOptions(command);
  if (hasCron)
    command
      .option("--cron <when>", '"minute hour day month weekday", or six fields with seconds in front')
      .option("--zone <zone>", "IANA time zone (default: this machine's)")
      .option(
        "--missed <skip|once|all>",
        "what to do about runs missed while no scheduler was at work",
        "once",
      )
      .option("--overlap <skip|queue|allow>", "what to do when the run before has not ended", "skip");
  return command
    .option("--retries <n>", "repeat a failed run", "0")
    .option("--retry-delay <seconds>", "wait before the first repetition; doubles each time", "60")
    .option("--timeout <seconds>", "stop an attempt after this long; 0: never", "0")
    .option("--memory <MB>", "stop an attempt whose cells hold more; 0: no limit", "0")
    .option("--keep <n>", "keep the outputs of so many runs", "20")
    .option("--promote", "on success, promote to a signed bundle if its gates pass, and trade it on paper")
    .option("--webhook <url>", "on failure, POST the error as JSON to this address")
    .option("--from-json <file>", "take all of this from a JSON file instead; - is standard input")
    .option("--home <folder>", "the .tickbook folder (default: beside the notebook)")
    .option("--json", "print JSON on standard output");
}

async function addJob(notebook: string | undefined, flags: JobFlags): Promise<void> {
  const spec = await specFrom(notebook, flags);
  if (spec.cron === "") {
    fail("cli.bad-option", {
      message: "no --cron: when is it to run?",
      hint: 'For example --cron "30 16 * * 1-5"; to run it once: tickbook schedule once.',
    });
  }
  const addTo = async (desk: SchedulerDesk) => {
    const job = await desk.add(spec);
    const shown = desk.explain(spec.cron, spec.zone);
    const home = flags.home ?? homeBeside(spec);
    const elsewhere =
      resolve(home) === homeOf({}) ? "" : `Its home is ${home}: give it to the other commands (--home).\n`;
    print(flags, { job }, () => `${job.id}  ${job.notebook}\n${explanationText(shown)}${elsewhere}`);
  };
  await atDesk({ ...flags, home: flags.home ?? homeBeside(spec) }, addTo, false);
}

async function runOnce(notebook: string | undefined, flags: JobFlags): Promise<void> {
  const spec = await specFrom(notebook, flags);
  const addTo = async (desk: SchedulerDesk) => {
    const run = await desk.runOnce(spec);
    print(flags, { run }, () => runText(run));
  };
  await atDesk({ ...flags, home: flags.home ?? homeBeside(spec) }, addTo, false);
}

async function showOne(id: string, flags: DeskFlags): Promise<void> {
  await atDesk(flags, (desk) => {
    const isJob = desk.list().jobs.some((job) => job.id.startsWith(id));
    if (!isJob) {
      const run = desk.run(id);
      return print(flags, { run }, () => runText(run));
    }
    const { job, spec, runs } = desk.show(id);
    print(
      flags,
      { job, spec, runs },
      () => `${jobText(job, spec, Date.now())}\n${runsText(runs, Date.now())}`,
    );
  });
}

const homeBeside = ({ notebook }: JobSpec) => join(dirname(notebook), ".tickbook");
const homeOf = ({ home }: DeskFlags) => resolve(home ?? ".tickbook");
const ownZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Only what adds a job makes the home's files. */
async function atDesk(
  flags: DeskFlags,
  work: (desk: SchedulerDesk) => void | Promise<void>,
  makesNothing = true,
): Promise<void> {
  const desk = await openDesk({ home: homeOf(flags), from: process.cwd(), makesNothing });
  try {
    await work(desk);
  } finally {
    desk.close();
  }
}

function print({ json }: { readonly json?: boolean }, value: unknown, text: () => string): void {
  process.stdout.write(json ? `${JSON.stringify(value)}\n` : text());
}

async function specFrom(notebook: string | undefined, flags: JobFlags): Promise<JobSpec> {
  if (flags.fromJson !== undefined) return specFromJson(flags.fromJson);
  if (notebook === undefined) fail("cli.bad-option", { message: "no notebook: which one is to run?" });
  const { cron = "", zone, missed = "once", overlap = "queue", promote, webhook } = flags;
  return {
    notebook: resolve(notebook),
    ...(await givenParameters(flags)),
    ...{ cron, zone: zone ?? ownZone() },
    retries: countFrom("--retries", flags.retries),
    retryDelaySeconds: secondsFrom("--retry-delay", flags.retryDelay, 0),
    timeoutSeconds: countFrom("--timeout", flags.timeout),
    memoryMb: countFrom("--memory", flags.memory),
    keep: countFrom("--keep", flags.keep, 1),
    // Checked with the rest of the job.
    ...{ missed: missed as JobSpec["missed"], overlap: overlap as JobSpec["overlap"] },
    ...(promote ? { onSuccess: { promote: "paper" as const } } : {}),
    ...(webhook === undefined ? {} : { onFailure: { webhook } }),
  };
}

const USUAL = {
  ...{ parameters: {}, cron: "", retries: 0, retryDelaySeconds: 60, timeoutSeconds: 0, memoryMb: 0 },
  ...{ missed: "once", overlap: "skip", keep: 20 },
} as const;
const NAMES = new Set([...Object.keys(USUAL), "notebook", "raw", "zone", "onSuccess", "onFailure"]);

async function specFromJson(file: string): Promise<JobSpec> {
  const text = file === "-" ? await textFromInput() : await readFile(file, "utf8");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    fail("cli.bad-option", { message: `--from-json ${file}: ${(cause as Error).message}`, cause });
  }
  const given = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  const unknown = Object.keys(given).filter((name) => !NAMES.has(name));
  if (typeof given.notebook !== "string" || unknown.length > 0) {
    fail("cli.bad-option", {
      message: `--from-json ${file}: ${unknown.length > 0 ? `there is no "${unknown[0]}"` : 'no "notebook"'}`,
      hint: `A job has ${[...NAMES].join(", ")}.`,
    });
  }
  checkTypes(file, given);
  const spec = { ...USUAL, zone: ownZone(), ...given, notebook: resolve(given.notebook) } as JobSpec;
  // In JSON every value has its type.
  const raw = Object.entries(spec.parameters).flatMap(([name, one]) =>
    typeof one === "string" ? [name] : [],
  );
  return { ...spec, raw: spec.raw ?? raw };
}

/** Of what was left out there is nothing to check; the values are checked with the rest of the job. */
function checkTypes(file: string, given: Readonly<Record<string, unknown>>): void {
  const kinds: Readonly<Record<string, unknown>> = {
    ...USUAL,
    zone: "",
    onSuccess: {},
    onFailure: {},
    raw: [],
  };
  for (const [name, value] of Object.entries(given)) {
    const usual = kinds[name];
    if (usual === undefined || (typeof value === typeof usual && value !== null)) continue;
    fail("cli.bad-option", {
      message: `--from-json ${file}: "${name}" is ${JSON.stringify(value)}, not ${typeof usual === "object" ? "an" : "a"} ${typeof usual}`,
    });
  }
}

async function textFromInput(): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of process.stdin) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}
