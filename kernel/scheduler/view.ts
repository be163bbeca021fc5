/** Jobs and runs as `--json` and the panel in JupyterLab show them. Paths are relative where they lie below `from`. */
import { isAbsolute, relative } from "node:path";
import type { SqliteDatabase } from "#storage";
import { lookFor, type ProcessIdentity } from "#storage";
import type { CronReader } from "./cron/cron.ts";
import { cronText } from "./cron/cron-text.ts";
import { countRuns, runsOf } from "./state/runs.ts";
import type { AttemptResult, JobRow, JobSpec, RunRow, RunStatus } from "./state/types.ts";

export interface JobView {
  readonly id: string;
  readonly notebook: string;
  readonly parameters: JobSpec["parameters"];
  readonly cron: string;
  readonly zone: string;
  readonly text: string;
  readonly isPaused: boolean;
  /** Milliseconds since the epoch; null if nothing is planned. */
  readonly nextAt: number | null;
  /** Newest last, at most 12. */
  readonly last: readonly RunStatus[];
  readonly running?: { readonly run: string; readonly startedAt: number };
  readonly failedInARow: number;
  readonly keep: number;
  readonly runs: number;
}

export interface RunView {
  readonly id: string;
  readonly number: number;
  readonly job: string;
  readonly status: RunStatus;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  /** Of the newest attempt, from 1; 0 before it. */
  readonly attempt: number;
  readonly attempts: number;
  /** Beside the notebook once the run is over, relative as all paths here. */
  readonly output?: string;
  readonly report?: string;
  /** The same two, absolute. */
  readonly outputPath?: string;
  readonly reportPath?: string;
  readonly log?: string;
  /** Hash of the run record. */
  readonly record?: string;
  readonly error?: NonNullable<AttemptResult["error"]>;
  readonly progress?: { readonly cell: number; readonly cells: number };
  readonly note?: string;
  readonly bundle?: string;
  /** Types that do not fit. */
  readonly types?: NonNullable<AttemptResult["types"]>;
}

export interface SchedulerView {
  readonly isRunning: boolean;
  readonly workersFree: number;
}

const LAST_MAX = 12;
const SEEN_MS = 30_000;
const FAILURES: readonly RunStatus[] = ["failed", "timed-out", "dead"];

export function jobView(
  state: SqliteDatabase,
  cron: CronReader,
  { id, spec, isPaused, plannedThrough }: JobRow,
  { from, now }: { readonly from: string; readonly now: number },
): JobView {
  const runs = runsOf(state, id, 50);
  const open = runs.find(({ status }) => status === "running");
  const ended = runs.filter(({ status, isOver }) => isOver && status !== "skipped" && status !== "cancelled");
  const good = ended.findIndex(({ status }) => !FAILURES.includes(status));
  const isPlanned = !isPaused && spec.cron !== "";
  return {
    id,
    notebook: shownPath(from, spec.notebook),
    parameters: spec.parameters,
    ...{ cron: spec.cron, zone: spec.zone, isPaused, keep: spec.keep },
    text: spec.cron === "" ? "Once" : cronText(spec.cron, spec.zone),
    nextAt: isPlanned ? cron.read(spec.cron, spec.zone).next(Math.max(now, plannedThrough)) : null,
    last: runs
      .slice(0, LAST_MAX)
      .map(({ status }) => status)
      .reverse(),
    ...(open ? { running: { run: open.id, startedAt: open.startedAt ?? now } } : {}),
    failedInARow: good < 0 ? ended.length : good,
    runs: countRuns(state, id),
  };
}

export function runView(run: RunRow, from: string): RunView {
  const { id, number, job, status, startedAt, endedAt, attempt, attempts, result, isPruned } = run;
  const notes = [run.note, run.actionNote, isPruned && result?.output ? "outputs cleared away" : null];
  const note = notes.filter((part) => part !== null).join("; ");
  const files = isPruned ? {} : { ...result, ...result?.published };
  const path = (name: "output" | "report" | "log") => {
    const file = files[name];
    if (file === undefined) return {};
    return { [name]: shownPath(from, file), ...(name === "log" ? {} : { [`${name}Path`]: file }) };
  };
  return {
    ...{ id, number, job, status, startedAt, endedAt, attempt, attempts },
    ...path("output"),
    ...path("report"),
    ...path("log"),
    ...(result?.record === undefined ? {} : { record: result.record }),
    ...(result?.error === undefined ? {} : { error: result.error }),
    ...(run.progress && status === "running" ? { progress: run.progress } : {}),
    ...(note === "" ? {} : { note }),
    ...(run.bundle === null ? {} : { bundle: run.bundle }),
    ...(result?.types && result.types.length > 0 ? { types: result.types } : {}),
  };
}

/** Whether a scheduler works on this home, here or on another machine that shares it. */
export function schedulerView(state: SqliteDatabase, now: number): SchedulerView {
  const row = state.get<{ process: string; seen_at: number; free_slots: number }>("SELECT * FROM scheduler");
  if (!row) return { isRunning: false, workersFree: 0 };
  const found = lookFor(JSON.parse(row.process) as ProcessIdentity);
  const isSeen = Math.abs(now - row.seen_at) < SEEN_MS;
  const isRunning = found === "running" || (found === "unknown" && isSeen);
  return { isRunning, workersFree: isRunning ? row.free_slots : 0 };
}

function shownPath(from: string, path: string): string {
  const shown = relative(from, path);
  return shown.startsWith("..") || isAbsolute(shown) ? path : shown.replaceAll("\\", "/");
}
