import { inspect } from "node:util";
import { ERROR_CODES, type ErrorCode, isTickbookError, type TickbookError } from "#core";
import type { CellError } from "./output.ts";
import type { CellPlace, StackMap } from "./stack-map.ts";

const CAUSES_SHOWN = 3;

/** What process.exit raises in a cell, so that the host can finish its work. */
export class SystemExit extends Error {
  override readonly name = "SystemExit";
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`process.exit(${exitCode})`);
    this.exitCode = exitCode;
  }
}

/** The error of a cell that its user stopped; front ends know it by this name. */
export function interruptedError(cell: number): CellError {
  const message = `cell ${cell} was interrupted; what it had set before is kept`;
  return {
    name: "KeyboardInterrupt",
    message,
    code: "session.interrupted",
    cell,
    traceback: [`KeyboardInterrupt: ${message}`],
  };
}

interface ErrorLike {
  readonly name?: unknown;
  readonly message: string;
  readonly stack?: unknown;
  readonly cause?: unknown;
}

/** One error of a chain of causes, with what a reader is shown of it. */
interface Link {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly hint?: string;
  readonly frames: readonly string[];
  /** The innermost place in a cell. */
  readonly place?: CellPlace;
}

/**
 * The place is that of the innermost cause that has one: where things went wrong, not where that was reported.
 * @param thrown anything: errors, errors of other realms, plain values.
 * @param cell the cell that was running.
 * @param known where it happened, if the stack does not tell.
 */
export function cellErrorFrom(
  thrown: unknown,
  stackMap: StackMap,
  cell: number | undefined,
  known?: CellPlace,
): CellError {
  const chain = chainOf(thrown).map((error) => linkFrom(error, stackMap));
  const [{ name, message, code }] = chain as [Link, ...Link[]];
  const placed = chain.findLast((link) => link.place);
  const place = placed?.place ?? known ?? placeOfSyntaxError(thrown);
  const owner = place?.cell ?? cell;
  const hint = chain.find((link) => link.hint)?.hint;
  return {
    name,
    message,
    traceback: chain.flatMap((link, depth) => {
      const isOwner = placed ? link === placed : depth === 0 && !isSyntaxError(thrown);
      return linesOf(link, chain[depth - 1], isOwner ? place : undefined);
    }),
    ...(owner === undefined ? {} : { cell: owner }),
    ...(place ? { line: place.line, column: place.column, sourceLine: place.sourceLine } : {}),
    ...(code ? { code } : {}),
    ...(hint ? { hint } : {}),
    ...(thrown instanceof SystemExit ? { exitCode: thrown.exitCode } : {}),
  };
}

/** What was thrown, its cause, that one's cause, and so on. */
function chainOf(thrown: unknown): unknown[] {
  const chain = [thrown];
  for (let error = thrown; chain.length <= CAUSES_SHOWN; chain.push(error)) {
    if (!isErrorLike(error) || error.cause === undefined) break;
    error = error.cause;
  }
  return chain;
}

function linkFrom(error: unknown, stackMap: StackMap): Link {
  // The stack of a syntax error is the compiler's, not the cell's.
  const hasFrames = isErrorLike(error) && !isSyntaxError(error);
  const frames = hasFrames ? stackMap.frames(String(error.stack ?? "")) : [];
  const place = stackMap.placeIn(frames);
  const ours = isTickbookError(error) ? error : undefined;
  const hint = ours && (ours.hint ?? ERROR_CODES[ours.code as ErrorCode]?.hint);
  return {
    ...nameAndMessage(error),
    ...(ours ? { code: ours.code } : {}),
    ...(hint ? { hint } : {}),
    frames,
    ...(place ? { place } : {}),
  };
}

function linesOf(
  { name, message, code, hint, frames }: Link,
  outer: Link | undefined,
  place: CellPlace | undefined,
): string[] {
  return [
    ...`${outer ? "caused by " : ""}${name}: ${message}`.split("\n"),
    // An error that wraps another may have taken over its remedy.
    ...(hint && hint !== outer?.hint ? [`  ${hint}`] : []),
    ...(code ? [`  (${code})`] : []),
    ...(place ? excerpt(place) : []),
    ...frames,
  ];
}

function nameAndMessage(thrown: unknown): { name: string; message: string } {
  if (!isErrorLike(thrown)) return { name: "Uncaught", message: inspect(thrown, { depth: 2 }) };
  const name = isSyntaxError(thrown) ? "SyntaxError" : String(thrown.name ?? "Error");
  return { name, message: String(thrown.message) };
}

function isSyntaxError(thrown: unknown): thrown is TickbookError {
  return isTickbookError(thrown) && thrown.code === "notebook.syntax-error";
}

/** Errors that crossed a thread or a realm are not instances of our Error. */
function isErrorLike(value: unknown): value is ErrorLike {
  return typeof value === "object" && value !== null && "message" in value && "stack" in value;
}

function placeOfSyntaxError(thrown: unknown): CellPlace | undefined {
  if (!isSyntaxError(thrown)) return undefined;
  const { cell, line, column, sourceLine } = thrown.fields as Partial<CellPlace>;
  if (cell === undefined || line === undefined || column === undefined) return undefined;
  return { cell, line, column, sourceLine: sourceLine ?? "" };
}

function excerpt({ line, column, sourceLine }: CellPlace): string[] {
  const number = String(line).padStart(5);
  const indent = sourceLine.slice(0, column - 1).replace(/[^\t]/g, " ");
  return [`${number} | ${sourceLine}`, `${" ".repeat(number.length)} | ${indent}^`];
}
