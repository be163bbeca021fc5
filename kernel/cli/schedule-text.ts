import { timeText } from "#core";
import type { CronExplanation, JobSpec, JobView, RunView, SchedulerView } from "#scheduler";
import { table } from "./data/index.ts";

/** "3 min ago", "in 2 h", "now". */
export function ageText(at: number, now: number): string {
  const size = spanText(Math.abs(now - at));
  if (size === "") return "now";
  return at > now ? `in ${size}` : `${size} ago`;
}

/** "4.2 s", "3 min", "2 h", "5 d". Empty below a second. */
export function spanText(ms: number): string {
  if (ms < 1000) return "";
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`;
  return ms < 172_800_000 ? `${Math.round(ms / 3_600_000)} h` : `${Math.round(ms / 86_400_000)} d`;
}

export function jobsText(scheduler: SchedulerView, jobs: readonly JobView[], now: number): string {
  const head = schedulerText(scheduler);
  if (jobs.length === 0) return `${head}\nNothing is scheduled. See tickbook schedule add --help.\n`;
  const rows = jobs.map((job) => [
    job.id.slice(0, 6),
    job.notebook,
    job.text,
    job.isPaused ? "paused" : job.nextAt === null ? "–" : ageText(job.nextAt, now),
    job.running ? `running ${spanText(now - job.running.startedAt)}`.trim() : (job.last.at(-1) ?? "–"),
    String(job.runs),
    job.failedInARow > 1 ? `${job.failedInARow} failures in a row` : "",
  ]);
  return `${head}\n${table([["JOB", "NOTEBOOK", "WHEN", "NEXT", "LAST", "RUNS", ""], ...rows])}\n`;
}

export function schedulerText({ isRunning, workersFree }: SchedulerView): string {
  if (!isRunning)
    return "The scheduler is not running: tickbook scheduler, or tickbook schedule start-scheduler.";
  return `The scheduler is running, ${workersFree} ${workersFree === 1 ? "worker" : "workers"} free.`;
}

export function runsText(runs: readonly RunView[], now: number): string {
  if (runs.length === 0) return "It has not run yet.\n";
  const rows = runs.map((run) => {
    const took = run.startedAt === null ? "" : spanText((run.endedAt ?? now) - run.startedAt);
    return [
      String(run.number),
      run.id.slice(0, 6),
      run.progress ? `running ${run.progress.cell}/${run.progress.cells}` : run.status,
      run.startedAt === null ? "–" : ageText(run.startedAt, now),
      took || "–",
      run.attempt > 1 ? `${run.attempt}/${run.attempts}` : String(run.attempt),
      errorText(run) ?? run.note ?? run.output ?? "",
    ];
  });
  return `${table([["NO", "RUN", "STATUS", "STARTED", "TOOK", "ATTEMPT", ""], ...rows])}\n`;
}

function errorText({ error }: RunView): string | undefined {
  if (!error) return undefined;
  const where =
    error.cell === undefined ? "" : `cell ${error.cell}${error.line ? `, line ${error.line}` : ""}: `;
  return `${where}${error.name}: ${error.message.split("\n")[0]}`;
}

/** All that is known of a run, line by line. */
export function runText(run: RunView): string {
  const rows: [string, string | undefined][] = [
    ["run", `${run.id} (number ${run.number} of job ${run.job})`],
    [
      "status",
      run.progress ? `${run.status}, cell ${run.progress.cell} of ${run.progress.cells}` : run.status,
    ],
    ["attempt", run.attempt === 0 ? undefined : `${run.attempt} of at most ${run.attempts}`],
    ["started", run.startedAt === null ? undefined : timeText(run.startedAt)],
    ["ended", run.endedAt === null ? undefined : timeText(run.endedAt)],
    ["error", errorText(run)],
    ["notebook", run.output],
    ["report", run.report],
    ["log", run.log],
    ["record", run.record],
    ["bundle", run.bundle],
    ["types", run.types ? `${run.types.length} do not fit (see --json)` : undefined],
    ["note", run.note],
  ];
  const known = rows.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  return `${table(known, true)}\n`;
}

export function jobText(job: JobView, spec: JobSpec, now: number): string {
  const seconds = (value: number) => (value === 0 ? "none" : spanText(value * 1000) || `${value} s`);
  const rows = [
    ["job", job.id],
    ["notebook", job.notebook],
    ["parameters", JSON.stringify(spec.parameters)],
    ["when", spec.cron === "" ? job.text : `${job.text} (${spec.cron}, ${spec.zone})`],
    [
      "next",
      job.isPaused
        ? "paused"
        : job.nextAt === null
          ? "–"
          : `${timeText(job.nextAt)}, ${ageText(job.nextAt, now)}`,
    ],
    [
      "missed runs",
      { skip: "are left out", once: "are made up for once", all: "are all made up for" }[spec.missed],
    ],
    [
      "overlap",
      { skip: "the later run is left out", queue: "the later run waits", allow: "allowed" }[spec.overlap],
    ],
    ["retries", spec.retries === 0 ? "none" : `${spec.retries}, first after ${spec.retryDelaySeconds} s`],
    ["time limit", seconds(spec.timeoutSeconds)],
    ["memory limit", spec.memoryMb === 0 ? "none" : `${spec.memoryMb} MB`],
    ["keeps", `the outputs of ${spec.keep} runs`],
    ...(spec.onSuccess ? [["on success", "promote, and trade on paper"]] : []),
    ...(spec.onFailure ? [["on failure", `tell ${new URL(spec.onFailure.webhook).host}`]] : []),
  ];
  return `${table(rows, true)}\n`;
}

export function explanationText({ text, next, moved }: CronExplanation): string {
  const shown = [...next, ...(moved ? [moved] : [])];
  const rows = shown.map(({ local, utc, note = "" }) => [`  ${local}`, utc, note]);
  return `${text}\n${table(rows)}\n`;
}
