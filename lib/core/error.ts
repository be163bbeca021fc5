import { ERROR_CODES, type ErrorCode } from "./error-codes.ts";

/** What an error carries besides its code; text is made from it at the edge. */
export interface ErrorDetail {
  /** One sentence: what happened, where, and the value seen. */
  readonly message: string;
  /** What the reader should do now. */
  readonly hint?: string;
  /** The facts behind the message (file, row, cell, instrument, time, value), for machines. */
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

// Another copy of this package may be loaded beside ours, so errors are known by this mark, not by instanceof.
const MARK = Symbol.for("tickbook.error/1");

/** Every error that a user can cause or must act on. The code's meaning is in `error-codes.ts`. */
export class TickbookError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly [MARK] = true;

  constructor(code: ErrorCode, detail: ErrorDetail) {
    super(detail.message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = "TickbookError";
    this.code = code;
    this.hint = detail.hint;
    this.fields = detail.fields ?? {};
  }

  toJSON(): Record<string, unknown> {
    return { code: this.code, message: this.message, hint: this.hint, fields: this.fields };
  }
}

/** True for a TickbookError of any loaded copy of the package. */
export function isTickbookError(value: unknown): value is TickbookError {
  return typeof value === "object" && value !== null && (value as Record<symbol, unknown>)[MARK] === true;
}

/** Stops with a typed error. For input of a user, of the network or of a file; our own bugs use {@link assert}. */
export function fail(code: ErrorCode, detail: ErrorDetail): never {
  throw new TickbookError(code, detail);
}

/** States what the code relies on. A failure is a bug of ours, never bad input. */
export function assert(condition: unknown, claim: string): asserts condition {
  if (!condition) fail("core.bug", { message: `this should always hold, and does not: ${claim}` });
}

/** The lines shown to a person: message, remedy, code. */
export function textFromError(error: unknown): string {
  if (!isTickbookError(error)) return error instanceof Error ? (error.stack ?? error.message) : String(error);
  const hint = error.hint ?? ERROR_CODES[error.code].hint;
  return `${error.message}\n${hint ? `  ${hint}\n` : ""}  (${error.code})`;
}

/** The closest of `names` to a mistyped `name`, if one is near enough to be meant. */
export function suggest(name: string, names: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of names) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

/**
 * Refuses names that an options object cannot have: a misspelt option would be silently ignored.
 * @param what what the object is, for the message: "backtest options".
 */
export function checkNames(code: ErrorCode, what: string, value: object, names: readonly string[]): void {
  for (const name of Object.keys(value)) {
    if (names.includes(name)) continue;
    const near = suggest(name, names);
    fail(code, {
      message: `${what}: there is no "${name}"`,
      hint: near ? `Did you mean ${near}?` : `There are ${names.join(", ")}.`,
      fields: { name },
    });
  }
}

/** Levenshtein distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitute = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitute, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
