import { readFile, stat } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { fail } from "#core";
import {
  type CellCompiler,
  formatNotebook,
  injectParameters,
  type JsonObject,
  loadCellCompiler,
  type NotebookDocument,
  parseNotebook,
} from "#notebook";
import type { CellError, CellFact } from "#session";
import { writeAtomic } from "#storage";
import type { CellReport, RunEvent, RunStatus } from "./events.ts";
import { EXIT_CODES } from "./events.ts";
import { cleanInput, ExecutedNotebook } from "./executed-notebook.ts";
import { NotebookRun } from "./notebook-run.ts";
import { packageVersion } from "./package-version.ts";
import { endRun } from "./record/end-run.ts";
import { cellsToCheck, TypeCheck } from "./types/type-check.ts";

export interface RunOptions {
  /** The notebook. */
  readonly path: string;
  /** Where the executed notebook goes. Default: `<name>.executed.ipynb` beside the notebook. */
  readonly output?: string;
  /** Values for parameters that the notebook declares; texts are read as the declared type. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** Working directory of the cells. Default: the notebook's folder. Imports always start at the notebook. */
  readonly cwd?: string;
  /** Folder of everything tickbook keeps. Default: `.tickbook` in the notebook's folder. */
  readonly home?: string;
  /** Limit of the whole run, milliseconds. Default: none. */
  readonly timeoutMs?: number;
  /** Stops the run; what was done is kept. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: RunEvent) => void;
  /** A page about the run, however it ended: written when the cells are done, before the record, which names its hash. */
  readonly report?: {
    readonly path: string;
    readonly render: (run: RunResult) => Promise<string>;
  };
}

export interface RunResult {
  readonly status: RunStatus;
  /** 0 ok; 1 a cell failed; 124 timed out; 130 interrupted; 138 the process died. */
  readonly exitCode: number;
  /** What ended the run; its `cell`, `line` and `sourceLine` say where. */
  readonly error?: CellError;
  /** The executed notebook, as written to `outputPath`. */
  readonly document: NotebookDocument;
  readonly notebookPath: string;
  readonly outputPath: string;
  /** The parameters that were set. */
  readonly parameters: JsonObject;
  /** Every code cell that ran or was skipped, in order. */
  readonly cells: readonly CellReport[];
  /** What the cells recorded, in order. */
  readonly facts: readonly CellFact[];
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** The run record of a run that ended well, and where it stands. Not there yet when the report is made. */
  readonly recordHash?: string;
  readonly recordPath?: string;
}

/**
 * Runs a notebook from top to bottom in a fresh process and writes the executed notebook: at the start, after every
 * cell and at the end, also after a failure, a time-out or the death of the process, each time by atomic rename.
 * A cell tagged `raises-exception` may fail, one tagged `skip-execution` does not run; any other error ends the run,
 * as does one that nobody caught. How it ended is in the result. After a run that ended well the run record is written,
 * last of all.
 * Throws only what stops it before the first cell (exit code 2): `runner.no-notebook`, `runner.no-folder`, `notebook.*`,
 * `runner.unknown-parameter`, `runner.bad-parameter`, `storage.unwritable` (also later, when the disk is full).
 */
export async function runNotebook(options: RunOptions): Promise<RunResult> {
  const notebookPath = resolve(options.path);
  const outputPath = resolve(options.output ?? defaultOutput(notebookPath));
  const onEvent = options.onEvent ?? (() => {});
  const root = dirname(notebookPath);
  const home = resolve(options.home ?? join(root, ".tickbook"));
  const cwd = await existingFolder(resolve(options.cwd ?? root));
  const input = await readNotebook(notebookPath);
  const compiler = await loadCellCompiler();
  const prepared = prepare(compiler, input, options.parameters ?? {});
  const startedAt = Date.now();
  const executed = new ExecutedNotebook(prepared.document, {
    inputPath: options.path,
    outputPath: options.output ?? outputPath,
    parameters: prepared.values,
    defaultParameters: prepared.defaults,
    version: packageVersion(),
    startedAt,
  });
  const save = (failed?: CellReport) => writeAtomic(outputPath, formatNotebook(executed.document(failed)));
  // Writing first shows that the place can be written to before hours of work are put into it.
  await save();
  const run = new NotebookRun({
    document: prepared.document,
    executed,
    root,
    cwd,
    home,
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    onEvent,
    onCellFinished: () => save(),
  });
  onEvent({ kind: "run-started", notebook: notebookPath, output: outputPath, cells: run.cellCount });
  const toCheck = cellsToCheck(prepared.document, compiler);
  using types = toCheck && new TypeCheck(toCheck, root);
  const { status, error, failed } = await run.finished();
  const endedAt = Date.now();
  executed.end(endedAt);
  await save(failed);
  onEvent({ kind: "run-finished", status, durationMs: endedAt - startedAt });
  const result: RunResult = {
    status,
    exitCode: EXIT_CODES[status],
    ...(error ? { error } : {}),
    document: executed.document(failed),
    notebookPath,
    outputPath,
    parameters: prepared.values,
    cells: run.reports,
    facts: run.facts,
    startedAt,
    endedAt,
  };
  const parameters = { set: prepared.values, defaults: prepared.defaults };
  const record = await endRun({ result, input, home, parameters, reached: run.reached, types }, options);
  return record ? { ...result, recordHash: record.hash, recordPath: record.path } : result;
}

interface Prepared {
  readonly document: NotebookDocument;
  readonly values: JsonObject;
  readonly defaults: JsonObject;
}

function prepare(
  compiler: CellCompiler,
  input: NotebookDocument,
  values: Readonly<Record<string, unknown>>,
): Prepared {
  const injected = injectParameters(compiler, cleanInput(input), values);
  const defaults = injected.declared.flatMap(({ name, default: value }) =>
    value === undefined ? [] : [[name, value]],
  );
  return { document: injected.document, values: injected.values, defaults: Object.fromEntries(defaults) };
}

async function existingFolder(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) return path;
  fail("runner.no-folder", {
    message: `there is no folder ${path} to run the cells in`,
    fields: { path },
  });
}

async function readNotebook(path: string): Promise<NotebookDocument> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    const isMissing = (cause as { code?: unknown }).code === "ENOENT";
    fail("runner.no-notebook", {
      message: isMissing
        ? `there is no notebook ${path}`
        : `${path} cannot be read: ${(cause as Error).message}`,
      fields: { path },
      cause,
    });
  }
  return parseNotebook(text, path);
}

function defaultOutput(path: string): string {
  return join(dirname(path), `${basename(path, extname(path))}.executed.ipynb`);
}
