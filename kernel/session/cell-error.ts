import { inspect } from "node:util";
import { ERROR_CODES, type ErrorCode, isTickbookError } from "#core";
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

interface ErrorLike {
  readonly name?: unknown;
  readonly message: string;
  readonly stack?: unknown;
  readonly cause?: unknown;
}

/**
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
  const { name, message } = nameAndMessage(thrown);
  // The stack of a syntax error is the compiler's, not the cell's.
  const isSyntax = isTickbookError(thrown) && thrown.code === "notebook.syntax-error";
  const frames = isErrorLike(thrown) && !isSyntax ? stackMap.frames(String(thrown.stack ?? "")) : [];
  const place = stackMap.placeIn(frames) ?? known ?? placeOfSyntaxError(thrown);
  const hint = isTickbookError(thrown)
    ? (thrown.hint ?? ERROR_CODES[thrown.code as ErrorCode]?.hint)
    : undefined;
  const code = isTickbookError(thrown) ? thrown.code : undefined;
  const owner = place?.cell ?? cell;
  return {
    name,
    message,
    traceback: [
      ...`${name}: ${message}`.split("\n"),
      ...(hint ? [`  ${hint}`] : []),
      ...(code ? [`  (${code})`] : []),
      ...(place && !isSyntax ? excerpt(place) : []),
      ...frames,
      ...causes(thrown, stackMap),
    ],
    ...(owner === undefined ? {} : { cell: owner }),
    ...(place ? { line: place.line, column: place.column, sourceLine: place.sourceLine } : {}),
    ...(code ? { code } : {}),
    ...(hint ? { hint } : {}),
    ...(thrown instanceof SystemExit ? { exitCode: thrown.exitCode } : {}),
  };
}

function nameAndMessage(thrown: unknown): { name: string; message: string } {
  if (!isErrorLike(thrown)) return { name: "Uncaught", message: inspect(thrown, { depth: 2 }) };
  const isSyntax = isTickbookError(thrown) && thrown.code === "notebook.syntax-error";
  return { name: isSyntax ? "SyntaxError" : String(thrown.name ?? "Error"), message: String(thrown.message) };
}

/** Errors that crossed a thread or a realm are not instances of our Error. */
function isErrorLike(value: unknown): value is ErrorLike {
  return typeof value === "object" && value !== null && "message" in value && "stack" in value;
}

function placeOfSyntaxError(thrown: unknown): CellPlace | undefined {
  if (!isTickbookError(thrown) || thrown.code !== "notebook.syntax-error") return undefined;
  const { cell, line, column, sourceLine } = thrown.fields as Partial<CellPlace>;
  if (cell === undefined || line === undefined || column === undefined) return undefined;
  return { cell, line, column, sourceLine: sourceLine ?? "" };
}

function excerpt({ line, column, sourceLine }: CellPlace): string[] {
  const number = String(line).padStart(5);
  const indent = sourceLine.slice(0, column - 1).replace(/[^\t]/g, " ");
  return [`${number} | ${sourceLine}`, `${" ".repeat(number.length)} | ${indent}^`];
}

function causes(thrown: unknown, stackMap: StackMap): string[] {
  const lines: string[] = [];
  let error = thrown;
  for (let depth = 0; depth < CAUSES_SHOWN && isErrorLike(error) && error.cause !== undefined; depth++) {
    error = error.cause;
    const { name, message } = nameAndMessage(error);
    lines.push(`caused by ${name}: ${message}`);
    if (isErrorLike(error)) lines.push(...stackMap.frames(String(error.stack ?? "")));
  }
  return lines;
}
