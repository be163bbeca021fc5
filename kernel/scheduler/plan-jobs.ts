import { countText } from "#core";
import type { SqliteDatabase } from "#storage";
import type { CronReader } from "./cron/cron.ts";
import { localText } from "./cron/zone-time.ts";
import { MADE_UP_MAX, ON_TIME_MS, planRuns } from "./plan.ts";
import { listJobs, setPlannedThrough } from "./state/jobs.ts";
import { addRun, openRuns } from "./state/runs.ts";
import type { JobRow } from "./state/types.ts";

/** Of a job that is slower than its cron: more runs than this do not wait. */
const WAITING_MAX = 100;

/**
 * Adds the runs of all jobs that are due at `now`, and notes what was missed. A job's runs and how far it is planned are
 * written together, so that no moment is planned twice or lost.
 * @param onError told of a job that cannot be planned; the others are.
 */
export function planJobs(
  state: SqliteDatabase,
  cron: CronReader,
  now: number,
  onError: (error: unknown) => void,
): void {
  for (const job of listJobs(state)) {
    if (job.isPaused || job.spec.cron === "") continue;
    try {
      planJob(state, cron, job, now);
    } catch (error) {
      onError(error);
    }
  }
}

function planJob(state: SqliteDatabase, cron: CronReader, job: JobRow, now: number): void {
  const times = cron.read(job.spec.cron, job.spec.zone);
  const { due, missed, plannedThrough } = planRuns(times, job.spec.missed, job.plannedThrough, now);
  if (due.length === 0 && missed.length === 0) {
    // Written now and then only: nothing lies between.
    if (now - job.plannedThrough > ON_TIME_MS / 2 || now < job.plannedThrough)
      setPlannedThrough(state, job.id, plannedThrough);
    return;
  }
  state.transaction(() => {
    noteMissed(state, job, missed, now);
    for (const at of due) addDue(state, job, at, now);
    setPlannedThrough(state, job.id, plannedThrough);
  });
}

function addDue(state: SqliteDatabase, { id, spec }: JobRow, plannedAt: number, now: number): void {
  const open = openRuns(state, id);
  const [first] = open;
  const base = { job: id, plannedAt, attempts: 1 + spec.retries };
  if (first && spec.overlap === "skip")
    addRun(state, { ...base, status: "skipped", note: `${first.number} was still running` }, now);
  else if (open.length >= WAITING_MAX)
    addRun(state, { ...base, status: "skipped", note: `${open.length} runs were waiting already` }, now);
  else {
    const isLate = now - plannedAt > ON_TIME_MS;
    const note = isLate ? { note: `made up for ${localText(plannedAt, spec.zone)}` } : {};
    addRun(state, { ...base, status: "queued", ...note }, now);
  }
}

/** One line for all of them, at the last one's moment. */
function noteMissed(
  state: SqliteDatabase,
  { id, spec }: JobRow,
  missed: readonly number[],
  now: number,
): void {
  const last = missed.at(-1);
  if (last === undefined) return;
  const count = missed.length > MADE_UP_MAX ? `more than ${MADE_UP_MAX}` : countText(missed.length);
  const what = missed.length === 1 ? "1 run was" : `${count} runs were`;
  const note = `${what} missed: no scheduler at work`;
  addRun(state, { job: id, plannedAt: last, status: "skipped", attempts: 1 + spec.retries, note }, now);
}
