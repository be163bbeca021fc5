import { fail } from "#core";
import { attemptsMax, isOver, lastNumber, type QueuedRun } from "#jobs";
import type { SqliteDatabase, SqlValue } from "#storage";
import { newId } from "./new-id.ts";
import type { AttemptResult, Published, RunRow } from "./types.ts";

interface Stored {
  readonly [column: string]: SqlValue;
}

/** A run to be; `status` is `queued`, or `skipped` for one that is only noted. */
export interface NewRunRow {
  readonly job: string;
  readonly plannedAt: number | null;
  readonly status: "queued" | "skipped";
  readonly attempts: number;
  readonly note?: string;
}

/** Adds a run with the job's next number, inside the caller's transaction. Undefined if that planned moment has one. */
export function addRun(state: SqliteDatabase, run: NewRunRow, now: number): RunRow | undefined {
  const { job, plannedAt, status, attempts, note } = run;
  const id = newId();
  const isKnown = state.get("SELECT 1 FROM runs WHERE job = ? AND planned_at = ?", job, plannedAt ?? -1);
  if (isKnown) return undefined;
  state.run("UPDATE jobs SET runs = runs + 1 WHERE id = ?", job);
  const isSkipped = status === "skipped" ? 1 : 0;
  state.run(
    `INSERT INTO runs (id, job, number, planned_at, status, is_over, note, created_at, ended_at, attempts)
     VALUES (?, ?, (SELECT runs FROM jobs WHERE id = ?), ?, ?, ?, ?, ?, ?, ?)`,
    ...([id, job, job, plannedAt, status, isSkipped, note ?? null, now] as const),
    ...([isSkipped ? now : null, attempts] as const),
  );
  return readRun(state, id);
}

export function readRun(state: SqliteDatabase, id: string): RunRow | undefined {
  const row = state.get<Stored>("SELECT * FROM runs WHERE id = ?", id);
  return row && runFrom(row);
}

/** @param idOrStart its id, or as many of the first letters as tell it apart. Errors: `scheduler.no-run`. */
export function findRun(state: SqliteDatabase, idOrStart: string): RunRow {
  const rows = state.all<Stored>(
    "SELECT * FROM runs WHERE id >= ? AND id < ? ORDER BY id LIMIT 2",
    idOrStart,
    `${idOrStart}~`,
  );
  const [only, second] = rows.map(runFrom);
  if (only && idOrStart !== "" && (!second || only.id === idOrStart)) return only;
  return fail("scheduler.no-run", {
    message:
      only && second ? `"${idOrStart}" is the beginning of several runs` : `there is no run "${idOrStart}"`,
    hint: "tickbook schedule history <job> shows the runs of a job.",
    fields: { run: idOrStart },
  });
}

/** Newest first. */
export function runsOf(state: SqliteDatabase, job: string, count: number): RunRow[] {
  return state
    .all<Stored>("SELECT * FROM runs WHERE job = ? ORDER BY number DESC LIMIT ?", job, count)
    .map(runFrom);
}

export function countRuns(state: SqliteDatabase, job: string): number {
  return state.get<{ count: number }>("SELECT count(*) AS count FROM runs WHERE job = ?", job)?.count ?? 0;
}

/** Those that have not ended, oldest first; of one job or of all. */
export function openRuns(state: SqliteDatabase, job?: string): RunRow[] {
  const rows =
    job === undefined
      ? state.all<Stored>("SELECT * FROM runs WHERE is_over = 0 ORDER BY created_at, number")
      : state.all<Stored>("SELECT * FROM runs WHERE is_over = 0 AND job = ? ORDER BY number", job);
  return rows.map(runFrom);
}

export function pendingActions(state: SqliteDatabase): RunRow[] {
  return state.all<Stored>("SELECT * FROM runs WHERE action = 'pending' ORDER BY ended_at").map(runFrom);
}

export function markSent(state: SqliteDatabase, id: string): void {
  state.run("UPDATE runs SET is_sent = 1 WHERE id = ?", id);
}

/** Asks to cancel a run; one that the queue does not have yet is over at once. */
export function askCancel(state: SqliteDatabase, id: string, now: number): void {
  state.transaction(() => {
    state.run("UPDATE runs SET is_cancel_asked = 1 WHERE id = ? AND is_over = 0", id);
    state.run(
      "UPDATE runs SET status = 'cancelled', is_over = 1, ended_at = ? WHERE id = ? AND is_over = 0 AND is_sent = 0",
      ...([now, id] as const),
    );
  });
}

/**
 * Takes over how far the queue is with a run. Its end is published by this, once: a row that is over does not change.
 * @param actionAfter whether something is to follow an end with this status.
 * @param ending of a run that is over: what it published, or why it could not.
 * @returns whether the run ended by this.
 */
export function takeOver(
  state: SqliteDatabase,
  queued: QueuedRun,
  actionAfter: (status: QueuedRun["status"]) => boolean,
  { published, problem }: { readonly published?: Published; readonly problem?: string } = {},
): boolean {
  const last = queued.attempts.at(-1);
  const hasEnded = isOver(queued);
  const endedAt = hasEnded ? (last?.endedAt ?? queued.queuedAt) : null;
  const { published: _, ...told } = resultOf(queued);
  const result = published ? { ...told, published } : told;
  const changed = state.run(
    `UPDATE runs SET status = ?, is_over = ?, started_at = ?, ended_at = ?, attempt = ?, attempts = ?, result = ?,
       progress = ?, action = ?, note = nullif(concat_ws('; ', note, ?), '') WHERE id = ? AND is_over = 0`,
    ...([queued.status, hasEnded ? 1 : 0, queued.attempts[0]?.startedAt ?? null, endedAt] as const),
    ...([lastNumber(queued), attemptsMax(queued), JSON.stringify(result)] as const),
    ...([queued.progress === undefined ? null : JSON.stringify(queued.progress)] as const),
    ...([hasEnded && actionAfter(queued.status) ? "pending" : "none", problem ?? null, queued.id] as const),
  );
  return hasEnded && changed === 1;
}

/** What the run's newest attempt has told. */
export function resultOf({ result, attempts }: QueuedRun): AttemptResult {
  return (result ?? attempts.at(-1)?.result ?? {}) as AttemptResult;
}

/** Notes what came of the action after a run, once. */
export function endAction(
  state: SqliteDatabase,
  id: string,
  end: { readonly isDone: boolean; readonly note: string; readonly bundle?: string },
): void {
  state.run(
    "UPDATE runs SET action = ?, action_note = ?, bundle = ? WHERE id = ? AND action = 'pending'",
    ...([end.isDone ? "done" : "failed", end.note, end.bundle ?? null, id] as const),
  );
}

/**
 * Runs of a job whose outputs can be cleared away: over, nothing to follow, and older than the newest `keep` that are over.
 * Those that wait do not count: they have nothing yet to keep.
 */
export function prunable(state: SqliteDatabase, job: string, keep: number): RunRow[] {
  return state
    .all<Stored>(
      `SELECT * FROM runs WHERE job = ? AND is_over = 1 AND is_pruned = 0 AND action <> 'pending' AND number NOT IN
         (SELECT number FROM runs WHERE job = ? AND is_over = 1 AND status <> 'skipped' ORDER BY number DESC LIMIT ?)`,
      ...([job, job, Math.max(1, keep)] as const),
    )
    .map(runFrom);
}

export function markPruned(state: SqliteDatabase, id: string): void {
  state.run("UPDATE runs SET is_pruned = 1 WHERE id = ?", id);
}

/** Forgets all but the newest `count` runs. A planned moment that is still to come keeps its run, so as not to run twice. */
export function trimHistory(state: SqliteDatabase, job: string, count: number, now: number): void {
  state.run(
    `DELETE FROM runs WHERE job = ? AND is_pruned = 1 AND (planned_at IS NULL OR planned_at < ?) AND number <=
       (SELECT max(number) FROM runs WHERE job = ?) - ?`,
    ...([job, now, job, count] as const),
  );
}

function runFrom(row: Stored): RunRow {
  const json = (text: SqlValue | undefined) => (typeof text === "string" ? JSON.parse(text) : null);
  return {
    id: String(row.id),
    job: String(row.job),
    number: Number(row.number),
    plannedAt: row.planned_at as number | null,
    status: row.status as RunRow["status"],
    isOver: row.is_over === 1,
    isSent: row.is_sent === 1,
    isCancelAsked: row.is_cancel_asked === 1,
    note: row.note as string | null,
    createdAt: Number(row.created_at),
    startedAt: row.started_at as number | null,
    endedAt: row.ended_at as number | null,
    attempt: Number(row.attempt),
    attempts: Number(row.attempts),
    result: json(row.result),
    progress: json(row.progress),
    action: row.action as RunRow["action"],
    actionNote: row.action_note as string | null,
    bundle: row.bundle as string | null,
    isPruned: row.is_pruned === 1,
  };
}
