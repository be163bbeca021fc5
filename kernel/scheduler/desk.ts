import type { SqliteDatabase } from "#storage";
import { checkSpec } from "./check-spec.ts";
import { type CronExplanation, type CronReader, explainCron, loadCron } from "./cron/cron.ts";
import { addJob, findJob, listJobs, markRemoved, setPaused } from "./state/jobs.ts";
import { openState, openStateIfThere } from "./state/open-state.ts";
import { addRun, askCancel, findRun, openRuns, readRun, runsOf } from "./state/runs.ts";
import type { JobSpec } from "./state/types.ts";
import { type JobView, jobView, type RunView, runView, type SchedulerView, schedulerView } from "./view.ts";

/**
 * What people and programs ask of a home's scheduler. It works on the shared state, so that it answers whether or not the
 * scheduler runs; what is asked is done by the scheduler, now or when it starts.
 * Jobs and runs are named by their id or its first letters. Errors of all: `storage.*`, `scheduler.no-job`, `scheduler.no-run`.
 */
export interface SchedulerDesk {
  /** Errors: those of a bad job, before anything is written. */
  add(spec: JobSpec): Promise<JobView>;
  /** A job that runs once, as soon as there is a worker. */
  runOnce(spec: Omit<JobSpec, "cron">): Promise<RunView>;
  list(): { readonly scheduler: SchedulerView; readonly jobs: readonly JobView[] };
  show(job: string): { readonly job: JobView; readonly spec: JobSpec; readonly runs: readonly RunView[] };
  /** Newest first. */
  runs(job: string, count?: number): readonly RunView[];
  run(run: string): RunView;
  pause(job: string): JobView;
  resume(job: string): JobView;
  /** With its runs and their outputs; those at work are cancelled. */
  remove(job: string): JobView;
  /** Runs a job now. If it may not overlap, after the run at work. */
  runNow(job: string): RunView;
  cancel(run: string): RunView;
  explain(cron: string, zone: string): CronExplanation;
  close(): void;
}

export interface DeskOptions {
  readonly home: string;
  /** Paths below it are shown relative to it. */
  readonly from: string;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** For questions: makes no files. A home that has no scheduler yet looks empty. */
  readonly makesNothing?: boolean;
}

const RUNS_SHOWN = 50;

/** Errors: `storage.*`. */
export async function openDesk({
  home,
  from,
  now = Date.now,
  makesNothing = false,
}: DeskOptions): Promise<SchedulerDesk> {
  const state = await (makesNothing ? openStateIfThere(home) : openState(home));
  const cron = await loadCron();
  return deskOf(state, cron, { from, now });
}

/** What an expression means; needs no scheduler. Errors: `scheduler.bad-cron`, `scheduler.bad-zone`. */
export async function explain(cron: string, zone: string, now: number): Promise<CronExplanation> {
  return explainCron(await loadCron(), { cron, zone }, now);
}

function deskOf(
  state: SqliteDatabase,
  cron: CronReader,
  { from, now }: { readonly from: string; readonly now: () => number },
): SchedulerDesk {
  const viewOf = (id: string) => jobView(state, cron, findJob(state, id), { from, now: now() });
  const start = (job: string, spec: JobSpec) => {
    const run = { job, plannedAt: null, status: "queued", attempts: 1 + spec.retries } as const;
    return runView(state.transaction(() => addRun(state, run, now()))!, from);
  };
  return {
    async add(spec) {
      const checked = await checkSpec(spec, cron);
      return viewOf(addJob(state, checked, now()).id);
    },
    async runOnce(once) {
      const spec = await checkSpec({ ...once, cron: "" }, cron);
      return start(addJob(state, spec, now()).id, spec);
    },
    list: () => ({
      scheduler: schedulerView(state, now()),
      jobs: listJobs(state).map(({ id }) => viewOf(id)),
    }),
    show(job) {
      const { id, spec } = findJob(state, job);
      return { job: viewOf(id), spec, runs: runsOf(state, id, RUNS_SHOWN).map((run) => runView(run, from)) };
    },
    runs: (job, count = RUNS_SHOWN) =>
      runsOf(state, findJob(state, job).id, count).map((run) => runView(run, from)),
    run: (run) => runView(findRun(state, run), from),
    pause(job) {
      const { id } = findJob(state, job);
      setPaused(state, id, true, now());
      return viewOf(id);
    },
    resume(job) {
      const { id } = findJob(state, job);
      setPaused(state, id, false, now());
      return viewOf(id);
    },
    remove(job) {
      const view = viewOf(job);
      for (const { id } of openRuns(state, view.id)) askCancel(state, id, now());
      markRemoved(state, view.id);
      return view;
    },
    runNow(job) {
      const { id, spec } = findJob(state, job);
      return start(id, spec);
    },
    cancel(run) {
      const { id } = findRun(state, run);
      askCancel(state, id, now());
      return runView(readRun(state, id)!, from);
    },
    explain: (text, zone) => explainCron(cron, { cron: text, zone }, now()),
    close: () => state.close(),
  };
}
