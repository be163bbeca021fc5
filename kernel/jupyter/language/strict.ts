import type { ErrorContent } from "../threads.ts";
import type { CellDiagnostic } from "./types.ts";

/** A cell that begins with this comment runs only if its types fit. */
const MARK = /^(?:\s|\/\/[^\n]*\n|\/\*(?:(?!\*\/)[\s\S])*\*\/)*?\/\/\|[^\S\n]*strict[^\S\n]*(?:\n|$)/;

export function isStrict(source: string): boolean {
  return MARK.test(source);
}

/** The errors among what was found, as that of a cell; undefined if there is none. */
export function strictError(found: readonly CellDiagnostic[]): ErrorContent | undefined {
  const errors = found.filter(({ severity }) => severity === "error");
  const [first] = errors;
  if (!first) return undefined;
  return {
    ename: "TypeCheckError",
    evalue: `${first.message} (${first.code})`,
    traceback: [
      `TypeCheckError: the types of this cell do not fit, and it is marked "//| strict", so it did not run`,
      ...errors.map(({ line, column, message, code }) => `  line ${line}:${column}: ${message} (${code})`),
    ],
  };
}
