import { fail } from "#core";
import type { SqliteDatabase } from "#storage";
import { newId } from "./new-id.ts";
import type { JobRow, JobSpec } from "./types.ts";

interface Stored {
  readonly id: string;
  readonly spec: string;
  readonly is_paused: number;
  readonly is_removed: number;
  readonly planned_through: number;
  readonly created_at: number;
}

const COLUMNS = "id, spec, is_paused, is_removed, planned_through, created_at";

/** Adds a job; it is planned from `now` on. */
export function addJob(state: SqliteDatabase, spec: JobSpec, now: number): JobRow {
  const id = newId();
  state.run(
    "INSERT INTO jobs (id, spec, planned_through, created_at) VALUES (?, ?, ?, ?)",
    ...([id, JSON.stringify(spec), now, now] as const),
  );
  return readJob(state, id)!;
}

/** All that were not removed, oldest first. */
export function listJobs(state: SqliteDatabase): JobRow[] {
  return state
    .all<Stored>(`SELECT ${COLUMNS} FROM jobs WHERE is_removed = 0 ORDER BY created_at, id`)
    .map(jobFrom);
}

export function listRemovedJobs(state: SqliteDatabase): JobRow[] {
  return state.all<Stored>(`SELECT ${COLUMNS} FROM jobs WHERE is_removed = 1`).map(jobFrom);
}

export function readJob(state: SqliteDatabase, id: string): JobRow | undefined {
  const row = state.get<Stored>(`SELECT ${COLUMNS} FROM jobs WHERE id = ?`, id);
  return row && jobFrom(row);
}

/** @param idOrStart its id, or as many of the first letters as tell it apart. Errors: `scheduler.no-job`. */
export function findJob(state: SqliteDatabase, idOrStart: string): JobRow {
  const found = listJobs(state).filter(({ id }) => idOrStart !== "" && id.startsWith(idOrStart));
  const [only, second] = found;
  if (only && (!second || only.id === idOrStart)) return only;
  return fail("scheduler.no-job", {
    message: only
      ? `"${idOrStart}" is the beginning of ${found.length} jobs`
      : `there is no job "${idOrStart}"`,
    hint: "tickbook schedule ls shows the jobs of this home folder.",
    fields: { job: idOrStart },
  });
}

/** @param now a job that is resumed is planned from then on: what its pause left out was not missed. */
export function setPaused(state: SqliteDatabase, id: string, isPaused: boolean, now: number): void {
  state.run(
    "UPDATE jobs SET is_paused = ?, planned_through = CASE WHEN is_paused = 1 THEN ? ELSE planned_through END WHERE id = ?",
    ...([isPaused ? 1 : 0, now, id] as const),
  );
}

export function setPlannedThrough(state: SqliteDatabase, id: string, at: number): void {
  state.run("UPDATE jobs SET planned_through = ? WHERE id = ?", at, id);
}

export function markRemoved(state: SqliteDatabase, id: string): void {
  state.run("UPDATE jobs SET is_removed = 1 WHERE id = ?", id);
}

/** Forgets a job and its runs. */
export function deleteJob(state: SqliteDatabase, id: string): void {
  state.transaction(() => {
    state.run("DELETE FROM runs WHERE job = ?", id);
    state.run("DELETE FROM jobs WHERE id = ?", id);
  });
}

function jobFrom(row: Stored): JobRow {
  return {
    id: row.id,
    spec: JSON.parse(row.spec) as JobSpec,
    isPaused: row.is_paused === 1,
    isRemoved: row.is_removed === 1,
    plannedThrough: row.planned_through,
    createdAt: row.created_at,
  };
}
