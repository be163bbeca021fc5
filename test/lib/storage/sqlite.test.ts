import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { isTickbookError } from "#core";
import { openSqlite, type SqliteDatabase } from "#storage";
import { temporaryFolder } from "../../temporary-folder.ts";
import { ROOT } from "../../tidy/sources.ts";

const MIGRATIONS = ["CREATE TABLE t (n INTEGER PRIMARY KEY, text TEXT)"];

async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work();
    return "none";
  } catch (error) {
    return isTickbookError(error) ? error.code : String(error);
  }
}

async function open(path: string, migrations = MIGRATIONS, busyMs = 200): Promise<SqliteDatabase> {
  const database = await openSqlite(path, { migrations, busyMs });
  onTestFinished(() => database.close());
  return database;
}

describe("a database", () => {
  it("is made with its folder, keeps what was committed, and nothing of what failed", async () => {
    const path = join(temporaryFolder(), "a", "b", "x.sqlite");
    const database = await open(path);
    expect(database.run("INSERT INTO t VALUES (?, ?)", 1, null)).toBe(1);
    expect(
      await codeOf(() =>
        database.transaction(() => {
          database.run("INSERT INTO t VALUES (2, 'x')");
          throw new Error("no");
        }),
      ),
    ).toBe("Error: no");
    expect(database.transaction(() => database.run("INSERT INTO t VALUES (3, ?)", "ä"))).toBe(1);
    database.close();
    const again = await open(path);
    expect(again.all("SELECT * FROM t ORDER BY n")).toEqual([
      { n: 1, text: null },
      { n: 3, text: "ä" },
    ]);
    expect(again.get("SELECT * FROM t WHERE n = ?", 9)).toBeUndefined();
    expect(again.get("SELECT text FROM t WHERE n = ?", 3)).toEqual({ text: "ä" });
  });

  it("is brought up to date, and one of a later version is refused and left as it is", async () => {
    const path = join(temporaryFolder(), "x.sqlite");
    const first = await open(path);
    first.run("INSERT INTO t VALUES (1, 'kept')");
    first.close();
    const later = [...MIGRATIONS, "ALTER TABLE t ADD COLUMN more REAL DEFAULT 2"];
    const second = await open(path, later);
    expect(second.all("SELECT * FROM t")).toEqual([{ n: 1, text: "kept", more: 2 }]);
    second.close();
    expect(await codeOf(() => open(path))).toBe("storage.newer-database");
    expect((await open(path, later)).get("SELECT count(*) AS c FROM t")).toEqual({ c: 1 });
  });

  it("held by another process is told, and goes on when it is free", async () => {
    const path = join(temporaryFolder(), "x.sqlite");
    const database = await open(path);
    const holder = await holdElsewhere(path);
    expect(await codeOf(() => database.run("INSERT INTO t VALUES (1, '')"))).toBe("storage.busy");
    expect(await codeOf(() => database.transaction(() => 1))).toBe("storage.busy");
    const ended = new Promise((resolve) => holder.once("exit", resolve));
    holder.kill("SIGKILL");
    await ended;
    expect(database.transaction(() => database.run("INSERT INTO t VALUES (1, '')"))).toBe(1);
  });

  it("that cannot be opened or is none is told", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "junk.sqlite"), "x".repeat(5000));
    expect(await codeOf(() => open(join(folder, "junk.sqlite")))).toBe("storage.damaged");
    expect(await codeOf(() => open("/proc/none/x.sqlite"))).toBe("storage.unwritable");
    expect(await codeOf(() => open(folder))).toBe("storage.unwritable");
  });

  it.runIf(process.getuid?.() !== 0)("on a disk that may only be read is told", async () => {
    const folder = temporaryFolder();
    const path = join(folder, "x.sqlite");
    (await open(path)).close();
    chmodSync(path, 0o444);
    chmodSync(folder, 0o555);
    onTestFinished(() => chmodSync(folder, 0o755));
    expect(await codeOf(async () => (await open(path)).run("INSERT INTO t VALUES (1, '')"))).toBe(
      "storage.unwritable",
    );
  });
});

/** A process that has begun to write and does not end. */
async function holdElsewhere(path: string): Promise<ChildProcess> {
  const script = `const { openSqlite } = await import(${JSON.stringify(join(ROOT, "dist/lib/storage/index.js"))});
    const database = await openSqlite(process.argv[1], { migrations: ${JSON.stringify(MIGRATIONS)} });
    database.transaction(() => {
      database.run("INSERT INTO t VALUES (7, 'never')");
      process.stdout.write("held");
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);
    });`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script, path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  await new Promise((resolve) => child.stdout!.once("data", resolve));
  return child;
}
