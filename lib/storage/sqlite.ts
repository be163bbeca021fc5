/** A small SQLite file that several processes may use: write-ahead log, a schema version, clear errors. */
import { dirname } from "node:path";
import type Libsql from "libsql";
import { fail } from "#core";
import { makeFolderSync } from "./folder.ts";

export type SqlValue = string | number | null;

export interface SqliteDatabase {
  all<Row>(sql: string, ...values: SqlValue[]): Row[];
  /** The first row. */
  get<Row>(sql: string, ...values: SqlValue[]): Row | undefined;
  /** @returns how many rows it changed. */
  run(sql: string, ...values: SqlValue[]): number;
  /**
   * All of `work` or nothing. Writers of all processes come one after another; `work` is synchronous and may not start
   * another transaction. What it throws undoes it and is thrown on.
   */
  transaction<T>(work: () => T): T;
  close(): void;
}

export interface SqliteOptions {
  /** Statements that lead from each version of the schema to the next, from an empty file on. Only ever appended to. */
  readonly migrations: readonly string[];
  /** How long a statement waits for another process, milliseconds. Default 5000. */
  readonly busyMs?: number;
}

/**
 * Opens a database, makes it and its folder if they are missing, and brings its schema up to date.
 * A commit survives kill -9 and a loss of power.
 * Errors, also of every method: `storage.busy` (another process holds it longer than `busyMs`), `storage.unwritable`,
 * `storage.damaged`, `storage.newer-database` (a later version of tickbook has changed its schema).
 */
export async function openSqlite(path: string, options: SqliteOptions): Promise<SqliteDatabase> {
  const { default: Database } = await import("libsql");
  let raw: Libsql.Database;
  try {
    makeFolderSync(dirname(path));
    raw = new Database(path, { timeout: options.busyMs ?? 5000 });
  } catch (cause) {
    return refuse(path, cause);
  }
  const database = new Sqlite(path, raw);
  try {
    database.prepareFile(options.migrations);
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

class Sqlite implements SqliteDatabase {
  private readonly path: string;
  private readonly raw: Libsql.Database;
  private readonly statements = new Map<string, Libsql.Statement<unknown[]>>();

  constructor(path: string, raw: Libsql.Database) {
    this.path = path;
    this.raw = raw;
  }

  prepareFile(migrations: readonly string[]): void {
    this.tell("PRAGMA journal_mode = WAL");
    this.tell("PRAGMA synchronous = FULL");
    if (this.version() === migrations.length) return;
    this.transaction(() => {
      const version = this.version();
      if (version > migrations.length) {
        fail("storage.newer-database", {
          message: `${this.path} has schema ${version}, and this tickbook knows up to ${migrations.length}`,
          hint: "It was written by a later tickbook: use that one, or another folder.",
          fields: { path: this.path, version, known: migrations.length },
        });
      }
      for (const statements of migrations.slice(version)) this.tell(statements);
      this.tell(`PRAGMA user_version = ${migrations.length}`);
    });
  }

  all<Row>(sql: string, ...values: SqlValue[]): Row[] {
    // As one list: the library takes a single null for an object of named values.
    return this.guard(() => this.statement(sql).all(values) as Row[]);
  }

  get<Row>(sql: string, ...values: SqlValue[]): Row | undefined {
    // Not the library's own: that adds a field to the row and leaves the statement open.
    return this.all<Row>(sql, ...values)[0];
  }

  run(sql: string, ...values: SqlValue[]): number {
    return this.guard(() => this.statement(sql).run(values).changes);
  }

  transaction<T>(work: () => T): T {
    this.tell("BEGIN IMMEDIATE");
    let result: T;
    try {
      result = work();
      this.tell("COMMIT");
    } catch (error) {
      // After some errors (a full disk) SQLite has undone it by itself.
      if (this.raw.inTransaction) this.tell("ROLLBACK");
      throw error;
    }
    return result;
  }

  close(): void {
    this.statements.clear();
    if (this.raw.open) this.raw.close();
  }

  private version(): number {
    return this.get<{ user_version: number }>("PRAGMA user_version")?.user_version ?? 0;
  }

  private tell(sql: string): void {
    this.guard(() => void this.raw.exec(sql));
  }

  private statement(sql: string): Libsql.Statement<unknown[]> {
    let statement = this.statements.get(sql);
    if (!statement) {
      statement = this.raw.prepare(sql);
      this.statements.set(sql, statement);
    }
    return statement;
  }

  private guard<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      return refuse(this.path, cause);
    }
  }
}

function refuse(path: string, cause: unknown): never {
  const { code = "", message, syscall } = cause as { code?: string; message: string; syscall?: string };
  const fields = { path };
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) {
    fail("storage.busy", {
      message: `${path} is held by another process: ${message}`,
      hint: "Try again. If it lasts, look for a program that has this file open, such as a database browser.",
      ...{ fields, cause },
    });
  }
  if (
    /^SQLITE_(READONLY|FULL|IOERR|CANTOPEN|PERM)/.test(code) ||
    syscall ||
    /\b(14|8|10)\b"?\)?$/.test(message)
  ) {
    fail("storage.unwritable", {
      message: `${path} cannot be written: ${message}`,
      hint: "Check that the disk has room, and that you may write to this folder.",
      ...{ fields, cause },
    });
  }
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) {
    fail("storage.damaged", {
      message: `${path} is damaged: ${message}`,
      hint: "Restore it from a copy, or move it away to start with an empty one.",
      ...{ fields, cause },
    });
  }
  throw cause;
}
