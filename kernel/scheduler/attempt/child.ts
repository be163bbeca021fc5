/**
 * The process of one attempt: runs the notebook as its parent says, writes into the attempt's folder only, and ends. It
 * does not outlive its parent, nor do the cells.
 */
import { join } from "node:path";
import { isTickbookError, textFromError } from "#core";
import { type RunResult, renderReport, runNotebook } from "#runner";
import type { AttemptResult } from "../state/types.ts";
import type { FromAttempt, ToAttempt } from "./messages.ts";

/** As many findings as a person reads. */
const TYPES_MAX = 50;

/** What cells print is copied into the log up to this. */
const LOG_LENGTH_MAX = 8 * 2 ** 20;

const stop = new AbortController();
let logged = 0;
let cellsGroup: number | undefined;

function tell(message: FromAttempt): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

function logText(text: string): void {
  if (logged > LOG_LENGTH_MAX) return;
  logged += text.length;
  const isTooLong = logged > LOG_LENGTH_MAX;
  process.stdout.write(isTooLong ? "\n(more was printed; the log ends here)\n" : text);
}

async function run({ order, folder }: Extract<ToAttempt, { kind: "start" }>): Promise<void> {
  const { notebook, parameters, raw, home, timeoutSeconds, memoryMb } = order;
  const output = join(folder, "output.ipynb");
  const report = join(folder, "report.html");
  let cells = 0;
  const result = await runNotebook({
    // In a path of the scheduler's own, braces are braces.
    ...{ path: notebook, output: output.replaceAll(/[{}]/g, "$&$&"), parameters, raw, home },
    ...(timeoutSeconds > 0 ? { timeoutMs: timeoutSeconds * 1000 } : {}),
    ...(memoryMb > 0 ? { memoryMb } : {}),
    signal: stop.signal,
    report: { path: report.replaceAll(/[{}]/g, "$&$&"), render: (run) => renderReport({ run }) },
    onProcess(pid) {
      cellsGroup = pid;
      tell({ kind: "cells", pid });
    },
    onEvent(event) {
      if (event.kind === "run-started") cells = event.cells;
      if (event.kind === "cell-started") tell({ kind: "progress", cell: event.cell, cells });
      if (event.kind === "cell-output" && event.output.kind === "stream") logText(event.output.text);
    },
  });
  const { status, killedBy } = result;
  tell({ kind: "ended", status, ...(killedBy ? { killedBy } : {}), result: resultOf(result, report) });
}

function resultOf(run: RunResult, report: string): AttemptResult {
  const { outputPath: output, recordHash: record, error, typeFindings } = run;
  return {
    ...{ output, report },
    ...(record === undefined ? {} : { record }),
    ...(error ? { error: errorOf(run, error) } : {}),
    ...(typeFindings ? { types: JSON.parse(JSON.stringify(typeFindings.slice(0, TYPES_MAX))) } : {}),
  };
}

function errorOf(
  { document }: RunResult,
  { name, message, code, cell, line }: NonNullable<RunResult["error"]>,
): NonNullable<AttemptResult["error"]> {
  const isIt = (one: RunResult["document"]["cells"][number]) =>
    one.cell_type === "code" && one.execution_count === cell;
  const id = cell === undefined ? undefined : document.cells.find(isIt)?.id;
  return {
    ...{ name, message },
    ...(code === undefined ? {} : { code }),
    ...(cell === undefined ? {} : { cell }),
    ...(line === undefined ? {} : { line }),
    ...(id === undefined ? {} : { cellId: id }),
  };
}

process.on("disconnect", () => {
  // Cells that compute without a pause do not notice that nobody waits for them.
  if (cellsGroup !== undefined) {
    try {
      process.kill(-cellsGroup, "SIGKILL");
    } catch {
      // They are gone already.
    }
  }
  process.exit(1);
});
// Ctrl-C reaches all processes of a terminal; the parent decides what it means.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => {});
process.on("message", (message: ToAttempt) => {
  if (message.kind === "stop") {
    stop.abort();
    return;
  }
  run(message)
    .catch((error: unknown) => {
      process.stderr.write(`${textFromError(error)}\n`);
      const { name, message: text } = error as Error;
      const code = isTickbookError(error) ? { code: error.code } : {};
      tell({ kind: "refused", result: { error: { name, message: text, ...code } } });
    })
    .finally(() => process.disconnect?.());
});
tell({ kind: "ready" });
