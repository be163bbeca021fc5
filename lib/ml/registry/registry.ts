/**
 * Models by name and version, what they were made from, and which of them stand at a stage.
 *
 *   <home>/models/registry.sqlite        versions, stages, history
 *   <home>/objects/<..>/<sha256>         the files
 * A version never changes and never goes; a stage ("champion") is an alias that moves, and history tells each move.
 */
import { join } from "node:path";
import { decodeValue, encodeValue, fail, suggest } from "#core";
import type { ModelArtifact } from "#model";
import { type ObjectStore, openObjects, openSqlite, type SqliteDatabase } from "#storage";
import type { ModelEvent, ModelVersion, NewModel } from "./types.ts";

const MIGRATIONS = [
  `create table versions (
     name text not null, version integer not null, hash text not null, registered real not null, record text not null,
     primary key (name, version), unique (name, hash)
   );
   create table stages (
     name text not null, stage text not null, version integer not null, primary key (name, stage)
   );
   create table history (
     id integer primary key autoincrement, name text not null, version integer not null, time real not null,
     event text not null, stage text not null, reason text not null
   );
   create trigger history_stays before update on history begin select raise(abort, 'history is never changed'); end;
   create trigger history_keeps before delete on history begin select raise(abort, 'history is never removed'); end;
   create trigger versions_stay before update on versions begin select raise(abort, 'a version never changes'); end;
   create trigger versions_keep before delete on versions begin select raise(abort, 'a version is never removed'); end;`,
];

const WORD = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

interface Row {
  readonly name: string;
  readonly version: number;
  readonly hash: string;
  readonly registered: number;
  readonly record: string;
}

/** Where the registry of a `.tickbook` folder is; it is made when it is first opened. */
export function modelRegistryPath(home: string): string {
  return join(home, "models", "registry.sqlite");
}

/** @param now UTC milliseconds: stamps what is written. Errors: those of `openSqlite`. */
export async function openModelRegistry(home: string, now: () => number): Promise<ModelRegistry> {
  const database = await openSqlite(modelRegistryPath(home), { migrations: MIGRATIONS });
  return new ModelRegistry(database, openObjects(join(home, "objects")), now);
}

export class ModelRegistry {
  private readonly database: SqliteDatabase;
  private readonly objects: ObjectStore;
  private readonly now: () => number;

  constructor(database: SqliteDatabase, objects: ObjectStore, now: () => number) {
    this.database = database;
    this.objects = objects;
    this.now = now;
  }

  /** Keeps a model as the next version of its name. The same file again is the version it was. Errors: `ml.bad-option`. */
  async register(model: NewModel): Promise<ModelVersion> {
    const { artifact, ...record } = model;
    needWord("name", model.name);
    const { bytes, hash, inputs, features, window = 1 } = artifact;
    const stored = await this.objects.put(bytes);
    if (stored !== hash) {
      fail("ml.bad-option", {
        message: `register: the model is named ${hash}, and its bytes have the hash ${stored}`,
        hint: "Register what exportOnnx or importOnnx returns.",
        fields: { hash, actual: stored },
      });
    }
    const text = encodeValue({ ...record, bytes: bytes.length, inputs, features, window }, "model");
    const version = this.database.transaction(() => {
      const known = this.database.get<Row>(
        "select * from versions where name = ? and hash = ?",
        model.name,
        hash,
      );
      if (known) return known.version;
      const last = this.database.get<{ n: number | null }>(
        "select max(version) n from versions where name = ?",
        model.name,
      );
      const next = (last?.n ?? 0) + 1;
      this.database.run(
        "insert into versions values (?, ?, ?, ?, ?)",
        model.name,
        next,
        hash,
        this.now(),
        text,
      );
      this.tell(model.name, next, "registered", "", model.note ?? "");
      return next;
    });
    return this.find(model.name, version);
  }

  /** The newest first; of one name, or of all. */
  list(name?: string): ModelVersion[] {
    const rows =
      name === undefined
        ? this.database.all<Row>("select * from versions order by registered desc, version desc")
        : this.database.all<Row>("select * from versions where name = ? order by version desc", name);
    return rows.map((row) => this.versionFrom(row));
  }

  /**
   * @param which a version's number, a stage, or the beginning of a hash; the newest version without it.
   * Errors: `ml.unknown-model`.
   */
  find(name: string, which?: number | string): ModelVersion {
    const all = this.list(name);
    const text = String(which ?? "");
    const byHash = all.filter(({ hash }) => text.length >= 6 && hash.startsWith(text));
    const found =
      which === undefined
        ? all[0]
        : (all.find(({ version, stages }) => String(version) === text || stages.includes(text)) ??
          (byHash.length === 1 ? byHash[0] : undefined));
    if (found) return found;
    const names = this.names();
    const near = all.length > 0 ? undefined : suggest(name, names);
    return fail("ml.unknown-model", {
      message:
        all.length === 0
          ? `no model is called "${name}"`
          : `"${name}" has no version or stage "${text}"; it has versions 1 to ${all[0]!.version}, stages ${this.stagesOf(name).join(", ") || "none"}`,
      hint: near ? `Did you mean "${near}"?` : "`tickbook model ls` shows what there is.",
      fields: { name, which: text, names },
    });
  }

  /** The version that a stage stands on, if any does. */
  at(name: string, stage: string): ModelVersion | undefined {
    return this.list(name).find(({ stages }) => stages.includes(stage));
  }

  /** Errors: `storage.missing`, `storage.damaged`. */
  async artifact({ hash, inputs, features, window }: ModelVersion): Promise<ModelArtifact> {
    // A copy: what is frozen later may be no Buffer.
    const bytes = new Uint8Array(await this.objects.get(hash));
    return { kind: "onnx", bytes, hash, inputs, features, window };
  }

  /** Puts a stage on a version, and takes it off the one it stood on. Errors: `ml.unknown-model`, `ml.bad-option`. */
  setStage(name: string, stage: string, which: number | string, reason = ""): ModelVersion {
    needWord("stage", stage, /^\d+$/.test(stage));
    const { version } = this.find(name, which);
    this.database.transaction(() => {
      const before = this.database.get<{ version: number }>(
        "select version from stages where name = ? and stage = ?",
        name,
        stage,
      );
      if (before?.version === version) return;
      if (before) this.tell(name, before.version, "unstaged", stage, reason);
      this.database.run("insert or replace into stages values (?, ?, ?)", name, stage, version);
      this.tell(name, version, "staged", stage, reason);
    });
    return this.find(name, version);
  }

  /** Takes a stage off. @returns whether it stood on anything. */
  clearStage(name: string, stage: string, reason = ""): boolean {
    return this.database.transaction(() => {
      const before = this.at(name, stage);
      if (!before) return false;
      this.database.run("delete from stages where name = ? and stage = ?", name, stage);
      this.tell(name, before.version, "unstaged", stage, reason);
      return true;
    });
  }

  /** What happened, the oldest first; of one name, or of all. */
  history(name?: string): ModelEvent[] {
    return name === undefined
      ? this.database.all<ModelEvent>("select * from history order by id")
      : this.database.all<ModelEvent>("select * from history where name = ? order by id", name);
  }

  close(): void {
    this.database.close();
  }

  private tell(
    name: string,
    version: number,
    event: ModelEvent["event"],
    stage: string,
    reason: string,
  ): void {
    this.database.run(
      "insert into history (name, version, time, event, stage, reason) values (?, ?, ?, ?, ?, ?)",
      name,
      version,
      this.now(),
      event,
      stage,
      reason,
    );
  }

  private names(): string[] {
    return this.database
      .all<{ name: string }>("select distinct name from versions order by name")
      .map(({ name }) => name);
  }

  private stagesOf(name: string, version?: number): string[] {
    return this.database
      .all<{ stage: string; version: number }>("select * from stages where name = ? order by stage", name)
      .filter((row) => version === undefined || row.version === version)
      .map(({ stage }) => stage);
  }

  private versionFrom({ name, version, hash, registered, record }: Row): ModelVersion {
    const stages = this.stagesOf(name, version);
    return { ...(decodeValue(record) as ModelVersion), name, version, hash, registered, stages };
  }
}

function needWord(option: string, value: string, isNumber = false): void {
  const isFit = typeof value === "string" && WORD.test(value) && !isNumber;
  // "Champion" beside "champion" would be two.
  if (isFit && (option !== "stage" || value === value.toLowerCase())) return;
  fail("ml.bad-option", {
    message: `${option} is ${JSON.stringify(value)}; it must be 1 to 100 ${option === "stage" ? "small " : ""}letters, digits, ".", "_" or "-"${option === "stage" ? ", and no number alone" : ""}`,
    ...(option === "stage" ? { hint: 'stageModel(name, "champion", version)' } : {}),
    fields: { option, value },
  });
}
