import { randomUUID } from "node:crypto";
import { appendFileSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeFolderSync } from "#storage";
import type { Content } from "../wire/message.ts";
import type { Request } from "./request.ts";

/** The file is cut to the newest entries when it has twice as many: years of sessions stay quick to read. */
const ENTRIES_KEPT = 10_000;
/** Of an output, in characters: front ends show the first line of it. */
const OUTPUT_KEPT = 2000;

/** One executed cell. `session` counts the sessions of this home from 1. */
interface Entry {
  readonly session: number;
  readonly line: number;
  readonly source: string;
  readonly output: string | null;
}

/**
 * A line of the file. Sessions may write at the same time, each whole lines; a session's number is its place among
 * the lines that start one.
 */
type Line =
  | { readonly start: string }
  | { readonly id: string; readonly line: number; readonly source: string }
  | { readonly id: string; readonly line: number; readonly output: string };

/** What was executed in this session and, from `history.jsonl`, in earlier ones. */
export class History {
  private readonly home: string;
  private readonly file: string;
  private readonly id = randomUUID();
  private readonly own: { readonly line: number; readonly source: string; output: string | null }[] = [];
  private isStarted = false;
  private isWritable = true;

  /** @param home folder of everything tickbook keeps. */
  constructor(home: string) {
    this.home = home;
    this.file = join(home, "history.jsonl");
  }

  add(line: number, source: string): void {
    this.own.push({ line, source, output: null });
    if (!this.isStarted) {
      this.trim();
      this.append({ start: this.id });
    }
    this.isStarted = true;
    this.append({ id: this.id, line, source });
  }

  addOutput(line: number, output: string): void {
    const kept = output.slice(0, OUTPUT_KEPT);
    const entry = this.own.findLast((each) => each.line === line);
    if (entry) entry.output = kept;
    this.append({ id: this.id, line, output: kept });
  }

  /** The content of the reply to a `history_request`. */
  answer({ content }: Request): Content {
    const found = this.find(content);
    const history = found.map(({ session, line, source, output }) => [
      session,
      line,
      content.output === true ? [source, output] : source,
    ]);
    return { status: "ok", history };
  }

  private find(query: Readonly<Record<string, unknown>>): Entry[] {
    const all = this.all();
    const n = Number.isInteger(query.n) ? Math.max(0, query.n as number) : undefined;
    const newest = (entries: Entry[]) =>
      n === undefined ? entries : entries.slice(Math.max(0, entries.length - n));
    switch (query.hist_access_type) {
      case "range":
        return rangeOf(all, query, this.currentSession(all));
      case "search": {
        const matches = globMatcher(String(query.pattern ?? "*"));
        const found = all.filter(({ source }) => matches(source));
        if (query.unique !== true) return newest(found);
        const newestOf = new Map(found.map((entry) => [entry.source, entry]));
        return newest(found.filter((entry) => newestOf.get(entry.source) === entry));
      }
      default:
        return newest(all);
    }
  }

  /** Of all sessions; this one's from memory, so that a folder that cannot be written loses nothing of it. */
  private all(): Entry[] {
    const sessions = new Map<string, number>();
    const entries = new Map<string, Entry>();
    for (const line of this.lines()) {
      if ("start" in line) sessions.set(line.start, sessions.size + 1);
      else if (line.id !== this.id) {
        const key = `${line.id} ${line.line}`;
        const before = entries.get(key);
        const session = sessions.get(line.id) ?? 0;
        if ("source" in line)
          entries.set(key, { session, line: line.line, source: line.source, output: null });
        else if (before) entries.set(key, { ...before, output: line.output });
      }
    }
    const session = sessions.get(this.id) ?? sessions.size + 1;
    const others = [...entries.values()].filter((entry) => entry.session > 0);
    const all = [...others, ...this.own.map((entry) => ({ session, ...entry }))];
    return all.sort((a, b) => a.session - b.session || a.line - b.line);
  }

  private currentSession(all: readonly Entry[]): number {
    const sessions = this.lines().flatMap((line) => ("start" in line ? [line.start] : []));
    const place = sessions.indexOf(this.id);
    return place < 0 ? Math.max(sessions.length, ...all.map(({ session }) => session - 1)) + 1 : place + 1;
  }

  private lines(): Line[] {
    let text: string;
    try {
      text = readFileSync(this.file, "utf8");
    } catch {
      return [];
    }
    return text.split("\n").flatMap((each) => {
      try {
        return each === "" ? [] : [JSON.parse(each) as Line];
      } catch {
        // A crash may have cut a line: the others are whole.
        return [];
      }
    });
  }

  /** What another session writes at this very moment may be lost: history is a convenience. */
  private trim(): void {
    const lines = this.lines();
    const isEntry = (line: Line) => "source" in line;
    let left = lines.filter(isEntry).length;
    if (left < 2 * ENTRIES_KEPT) return;
    const first = lines.findIndex((line) => isEntry(line) && --left < ENTRIES_KEPT);
    const kept = lines.slice(first);
    const ids = new Set(kept.flatMap((line) => ("start" in line ? [] : [line.id])));
    // The first session of those that are kept may have begun before.
    const starts = lines.slice(0, first).filter((line) => "start" in line && ids.has(line.start));
    const temporary = `${this.file}.${this.id}.tmp`;
    try {
      writeFileSync(temporary, [...starts, ...kept].map((line) => `${JSON.stringify(line)}\n`).join(""));
      renameSync(temporary, this.file);
    } catch {
      // It stays as long as it is.
    }
  }

  private append(line: Line): void {
    if (!this.isWritable) return;
    try {
      makeFolderSync(this.home);
      appendFileSync(this.file, `${JSON.stringify(line)}\n`);
    } catch {
      // History is a convenience: a folder that cannot be written must not stop a cell.
      this.isWritable = false;
    }
  }
}

/** `session` 0 is the current one, -1 the one before it; `stop` is not included. */
function rangeOf(all: Entry[], query: Readonly<Record<string, unknown>>, current: number): Entry[] {
  const asked = Number(query.session ?? 0);
  const session = asked > 0 ? asked : current + asked;
  const start = Number(query.start ?? 0);
  const stop = typeof query.stop === "number" ? query.stop : Number.POSITIVE_INFINITY;
  return all.filter((entry) => entry.session === session && entry.line >= start && entry.line < stop);
}

/** A pattern of the shell: `*` any text, `?` one character. Takes at most the product of both lengths. */
function globMatcher(pattern: string): (text: string) => boolean {
  const wanted = [...pattern];
  return (text) => {
    const given = [...text];
    let [w, star, resumeAt] = [0, -1, 0];
    for (let g = 0; g < given.length; ) {
      if (wanted[w] === "*") {
        star = w++;
        resumeAt = g;
      } else if (wanted[w] === "?" || wanted[w] === given[g]) {
        w++;
        g++;
      } else {
        if (star < 0) return false;
        // The last star takes one character more.
        w = star + 1;
        g = ++resumeAt;
      }
    }
    while (wanted[w] === "*") w++;
    return w === wanted.length;
  };
}
