import { existsSync } from "node:fs";
import { join } from "node:path";
import { EMBEDDED_QUEUE_SCHEMA } from "#jobs";
import { openSqlite, type SqliteDatabase } from "#storage";

/** Only ever appended to: files of earlier versions are brought up to date by what they lack. */
const MIGRATIONS = [
  `CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    spec TEXT NOT NULL,
    is_paused INTEGER NOT NULL DEFAULT 0,
    is_removed INTEGER NOT NULL DEFAULT 0,
    planned_through REAL NOT NULL,
    created_at REAL NOT NULL,
    runs INTEGER NOT NULL DEFAULT 0
  );
  CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    job TEXT NOT NULL,
    number INTEGER NOT NULL,
    planned_at REAL,
    status TEXT NOT NULL,
    is_over INTEGER NOT NULL DEFAULT 0,
    is_sent INTEGER NOT NULL DEFAULT 0,
    is_cancel_asked INTEGER NOT NULL DEFAULT 0,
    note TEXT,
    created_at REAL NOT NULL,
    started_at REAL,
    ended_at REAL,
    attempt INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 1,
    result TEXT,
    progress TEXT,
    action TEXT NOT NULL DEFAULT 'none',
    action_note TEXT,
    bundle TEXT,
    is_pruned INTEGER NOT NULL DEFAULT 0,
    UNIQUE (job, number),
    UNIQUE (job, planned_at)
  );
  CREATE INDEX runs_open ON runs (is_over, number);
  CREATE INDEX runs_actions ON runs (action);
  CREATE TABLE scheduler (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    process TEXT NOT NULL,
    seen_at REAL NOT NULL,
    free_slots INTEGER NOT NULL,
    problem TEXT
  );
  ${EMBEDDED_QUEUE_SCHEMA}`,
];

/** The scheduler's folder in a home folder. */
export function schedulerFolder(home: string): string {
  return join(home, "scheduler");
}

/** Where a run's attempts have their folders. */
export function runFolder(home: string, run: string): string {
  return join(schedulerFolder(home), "runs", run);
}

const stateFile = (home: string) => join(schedulerFolder(home), "state.sqlite");

/** Opens `<home>/scheduler/state.sqlite`, and makes it if it is missing. Errors: those of `openSqlite`. */
export function openState(home: string): Promise<SqliteDatabase> {
  return openSqlite(stateFile(home), { migrations: MIGRATIONS });
}

/** The same, but where there is none an empty state in memory. Errors: those of `openSqlite`. */
export function openStateIfThere(home: string): Promise<SqliteDatabase> {
  return existsSync(stateFile(home)) ? openState(home) : openSqlite(":memory:", { migrations: MIGRATIONS });
}
