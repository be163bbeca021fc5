import { randomUUID } from "node:crypto";
import { appendFileSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Content } from "../wire/message.ts";
import type { Request } from "./request.ts";

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
  private readonly file: string;
  private readonly id = randomUUID();
  private readonly own: { readonly line: number; readonly source: string; output: string | null }[] = [];
  private isStarted = false;
  private isWritable = true;

  /** @param home folder of everything tickbook keeps. */
  constructor(home: string) {
    this.file = join(home, "history.jsonl");
  }

  add(line: number, source: string): void {
    this.own.push({ line, source, output: null });
    if (!this.isStarted) this.append({ start: this.id });
    this.isStarted = true;
    this.append({ id: this.id, line, source });
  }

  addOutput(line: number, output: string): void {
    const entry = this.own.findLast((each) => each.line === line);
    if (entry) entry.output = output;
    this.append({ id: this.id, line, output });
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
        return newest(
          found.filter(({ source }, k) => !found.slice(k + 1).some((later) => later.source === source)),
        );
      }
      default:
        return newest(all);
    }
  }

  /** Of all sessions; this one's from memory, so that a folder that cannot be written loses nothing of it. */
  private all(): Entry[] {
    const sessions: string[] = [];
    const entries = new Map<string, Entry>();
    for (const line of this.lines()) {
      if ("start" in line) sessions.push(line.start);
      else if (line.id !== this.id) {
        const key = `${line.id} ${line.line}`;
        const before = entries.get(key);
        const session = sessions.indexOf(line.id) + 1;
        if ("source" in line)
          entries.set(key, { session, line: line.line, source: line.source, output: null });
        else if (before) entries.set(key, { ...before, output: line.output });
      }
    }
    const place = sessions.indexOf(this.id);
    const session = place < 0 ? sessions.length + 1 : place + 1;
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

  private append(line: Line): void {
    if (!this.isWritable) return;
    try {
      mkdirSync(join(this.file, ".."), { recursive: true });
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

/** A pattern of the shell: `*` any text, `?` one character. */
function globMatcher(pattern: string): (text: string) => boolean {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  // Neighbouring stars mean one, and would take very long.
  const expression = escaped.replace(/\*+/g, "*").replaceAll("*", ".*").replaceAll("?", ".");
  const regexp = new RegExp(`^${expression}$`, "su");
  return (text) => regexp.test(text);
}
