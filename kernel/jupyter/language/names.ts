import type { Question } from "../threads.ts";
import type { Completion, Inspection, LanguageService } from "./types.ts";

/** How long the main thread may take; it does not answer while a cell computes. */
const ANSWER_MS = 400;
/** A dotted path before the cursor, and the part of a name that is typed. */
const BEFORE_CURSOR = /((?:[\p{L}_$][\p{L}\p{N}_$]*\??\.)*)([\p{L}_$][\p{L}\p{N}_$]*)?$/u;
/** The expression looks for its beginning from every place: a text of a million letters would take minutes. */
const LOOKED_AT = 500;
const AFTER_CURSOR = /^[\p{L}\p{N}_$]*/u;

export interface NamedValue {
  readonly name: string;
  readonly type: string;
}

/** Asks the main thread. */
export type Ask = (question: Question) => Promise<unknown>;

/** Completes and explains from the values that there are: what is known without the types. */
export class NamesService implements LanguageService {
  private readonly ask: Ask;
  /** What was known last, for while a cell computes. */
  private names: readonly NamedValue[] = [];

  constructor(ask: Ask) {
    this.ask = ask;
  }

  async complete(code: string, offset: number): Promise<Completion> {
    const [, path = "", typed = ""] = BEFORE_CURSOR.exec(lastPart(code, offset)) ?? [];
    const start = offset - typed.length;
    const steps = stepsOf(path);
    const isGlobal = steps.length === 0;
    // After a dot that follows no plain path, nothing is known.
    if (isGlobal && code[start - 1] === ".") return { start, end: offset, matches: [] };
    const answer = (await inTime(this.ask({ about: "names", path: steps }))) as NamedValue[] | undefined;
    if (isGlobal && answer) this.names = answer;
    const matches = (answer ?? (isGlobal ? this.names : []))
      .filter(({ name }) => name.startsWith(typed) && name !== typed)
      .map(({ name, type }) => ({ text: name, type }));
    return { start, end: offset, matches };
  }

  async inspect(code: string, offset: number, detail: 0 | 1): Promise<Inspection | undefined> {
    const end = offset + (AFTER_CURSOR.exec(code.slice(offset))?.[0].length ?? 0);
    const [, path = "", name] = BEFORE_CURSOR.exec(lastPart(code, end)) ?? [];
    if (name === undefined) return undefined;
    const answer = await inTime(this.ask({ about: "value", path: [...stepsOf(path), name], detail }));
    return answer as Inspection | undefined;
  }

  ran(_cell: number, _source: string): void {}
}

function lastPart(code: string, end: number): string {
  return code.slice(Math.max(0, end - LOOKED_AT), end);
}

function stepsOf(path: string): string[] {
  return path.split(/\??\./).filter((step) => step !== "");
}

async function inTime<T>(answer: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ANSWER_MS);
  });
  const first = await Promise.race([answer, late]);
  clearTimeout(timer);
  return first;
}
