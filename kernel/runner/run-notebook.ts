import { readFile, rm, stat } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { fail } from "#core";
import {
  type CellCompiler,
  declaredParameters,
  formatNotebook,
  injectParameters,
  type JsonObject,
  loadCellCompiler,
  type NotebookDocument,
  parseNotebook,
} from "#notebook";
import type { CellError, CellFact } from "#session";
import { type TypeFinding, writeAtomic } from "#storage";
import type { CellReport, RunEvent, RunStatus } from "./events.ts";
import { EXIT_CODES } from "./events.ts";
import { cleanInput, ExecutedNotebook, withHiddenInputs } from "./executed-notebook.ts";
import { NotebookRun, type RunLimits } from "./notebook-run.ts";
import { packageVersion } from "./package-version.ts";
import { pathFromTemplate } from "./path-template.ts";
import { endRun } from "./record/end-run.ts";
import { cellsToCheck, TypeCheck } from "./types/type-check.ts";

export interface RunOptions extends RunLimits {
  /** The notebook. */
  readonly path: string;
  /**
   * Where the executed notebook goes. Default: `<name>.executed.ipynb` beside the notebook. In both paths `{name}` is
   * the value of that parameter; so it is in the report's.
   */
  readonly output?: string;
  /** Values for parameters that the notebook declares; texts are read as the declared type. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** How they are read: see `InjectOptions`. */
  readonly raw?: readonly string[];
  readonly allowUnknown?: boolean;
  /** Working directory of the cells. Default: the notebook's folder. Imports always start at the notebook. */
  readonly cwd?: string;
  /** Folder of everything tickbook keeps. Default: `.tickbook` in the notebook's folder. */
  readonly home?: string;
  /** Marks the inputs of the executed notebook's code cells as hidden, for readers of its results. */
  readonly hideInputs?: boolean;
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
  /** Of the report, if one was asked for. */
  readonly reportPath?: string;
  /** The parameters that were set. */
  readonly parameters: JsonObject;
  /** Those of them that the notebook does not declare. */
  readonly unknownParameters: readonly string[];
  /** The signal that ended the process, of a run with status `kernel-died`. */
  readonly killedBy?: NodeJS.Signals;
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
  /** Types that do not fit, found beside a run that exports something; advice, they stop nothing. */
  readonly typeFindings?: readonly TypeFinding[];
}

/**
 * Runs a notebook from top to bottom in a fresh process and writes the executed notebook: at the start, after every
 * cell and at the end, also after a failure, a time-out or the death of the process, each time by atomic rename.
 * A cell tagged `raises-exception` may fail, one tagged `skip-execution` does not run; any other error ends the run,
 * as does one that nobody caught, unless `allowErrors`. How it ended is in the result. After a run that ended well the run record is written,
 * last of all.
 * Throws only what stops it before the first cell (exit code 2): `runner.no-notebook`, `runner.no-folder`, `notebook.*`,
 * `runner.other-language`, `runner.unknown-parameter`, `runner.bad-parameter`, `runner.bad-template`,
 * `runner.same-file`, `storage.unwritable` (also later, when the disk is full).
 */
export async function runNotebook(options: RunOptions): Promise<RunResult> {
  const onEvent = options.onEvent ?? (() => {});
  const prepared = await prepare(options);
  const { compiler, notebookPath, outputPath, root, input, defaults, values } = prepared;
  const report = options.report && {
    ...options.report,
    path: await reportPath(options.report.path, { ...defaults, ...values }, [notebookPath, outputPath]),
  };
  const home = resolve(options.home ?? join(root, ".tickbook"));
  const cwd = await existingFolder(resolve(options.cwd ?? root));
  const startedAt = Date.now();
  const executed = executedFrom(prepared, options, startedAt);
  const save = (failed?: CellReport) => writeAtomic(outputPath, formatNotebook(executed.document(failed)));
  // Writing first shows that the place can be written to before hours of work are put into it.
  await save();
  const run = new NotebookRun({
    document: prepared.document,
    executed,
    root,
    cwd,
    home,
    limits: options,
    onEvent,
    onCellFinished: () => save(),
  });
  onEvent({ kind: "run-started", notebook: notebookPath, output: outputPath, cells: run.cellCount });
  const toCheck = cellsToCheck(prepared.document, compiler);
  using types = toCheck && new TypeCheck(toCheck, root);
  options.signal?.addEventListener("abort", () => types?.stop());
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
    ...(report ? { reportPath: report.path } : {}),
    parameters: values,
    unknownParameters: prepared.unknown,
    ...(status === "kernel-died" && run.killedBy ? { killedBy: run.killedBy } : {}),
    cells: run.reports,
    facts: run.facts,
    startedAt,
    endedAt,
  };
  const parameters = { set: values, defaults };
  // The limit of the run is that of all its work.
  const typesWaitMs = (options.timeoutMs ?? Number.POSITIVE_INFINITY) - (endedAt - startedAt);
  const record = await endRun(
    { result, input, home, parameters, reached: run.reached, types, typesWaitMs },
    report ? { report } : {},
  );
  if (!record) return result;
  const typeFindings = record.record.types?.findings;
  return {
    ...result,
    recordHash: record.hash,
    recordPath: record.path,
    ...(typeFindings ? { typeFindings } : {}),
  };
}

/**
 * Writes the notebook as it would run, parameters injected, and runs nothing.
 * @returns where it went and the parameters set. Errors: those that stop a run before its first cell.
 */
export async function prepareNotebook(
  options: RunOptions,
): Promise<Pick<RunResult, "outputPath" | "parameters" | "unknownParameters">> {
  const prepared = await prepare(options);
  const executed = executedFrom(prepared, options, Date.now());
  await writeAtomic(prepared.outputPath, formatNotebook(executed.document()));
  const { outputPath, values: parameters, unknown: unknownParameters } = prepared;
  return { outputPath, parameters, unknownParameters };
}

/** What a notebook declares, and the id of the cell that does. Errors: `runner.no-notebook`, `notebook.*`. */
export async function notebookParameters(path: string): Promise<ReturnType<typeof declaredParameters>> {
  return declaredParameters(await loadCellCompiler(), await readNotebook(resolve(path)));
}

/**
 * The values as a run would take them, in their declared types.
 * Errors: `runner.no-notebook`, `notebook.*`, `runner.unknown-parameter`, `runner.bad-parameter`.
 */
export async function fittedParameters({
  path,
  parameters = {},
  raw = [],
}: Pick<RunOptions, "path" | "parameters" | "raw">): Promise<JsonObject> {
  const document = await readNotebook(resolve(path));
  return injectParameters(await loadCellCompiler(), document, parameters, { raw }).values;
}

interface Prepared {
  readonly compiler: CellCompiler;
  readonly notebookPath: string;
  readonly outputPath: string;
  /** The notebook's folder. */
  readonly root: string;
  /** The notebook as it was read. */
  readonly input: NotebookDocument;
  readonly document: NotebookDocument;
  readonly values: JsonObject;
  readonly defaults: JsonObject;
  readonly unknown: readonly string[];
}

async function prepare(options: RunOptions): Promise<Prepared> {
  const { raw = [], allowUnknown = false, parameters = {} } = options;
  const notebookPath = await inputPath(options);
  const input = await readNotebook(notebookPath);
  const compiler = await loadCellCompiler();
  const injected = injectParameters(compiler, cleanInput(input), parameters, { raw, allowUnknown });
  const { document, values, unknown, declared } = injected;
  const defaults = Object.fromEntries(
    declared.flatMap(({ name, default: value }) => (value === undefined ? [] : [[name, value]])),
  );
  const output =
    options.output === undefined
      ? defaultOutput(notebookPath)
      : pathFromTemplate(options.output, { ...defaults, ...values });
  const outputPath = resolve(output);
  return {
    ...{ compiler, notebookPath, outputPath, root: dirname(notebookPath) },
    ...{ input, document, values, defaults, unknown },
  };
}

/** Where the report goes, after it is shown that it can be written there: it comes after hours of work. */
async function reportPath(path: string, values: JsonObject, notebooks: readonly string[]): Promise<string> {
  const filled = resolve(pathFromTemplate(path, values));
  if (notebooks.includes(filled)) {
    fail("runner.same-file", { message: `the report cannot go to ${filled}: that is the notebook` });
  }
  if ((await stat(filled).catch(() => undefined))?.isDirectory()) {
    fail("storage.unwritable", { message: `${filled} is a folder`, fields: { path: filled } });
  }
  const probe = join(dirname(filled), `.${basename(filled)}.${process.pid}.tmp`);
  await writeAtomic(probe, "");
  await rm(probe, { force: true });
  return filled;
}

/** A notebook whose name has braces is that notebook. */
async function inputPath({ path, parameters = {} }: RunOptions): Promise<string> {
  const plain = resolve(path);
  if (!path.includes("{") || (await stat(plain).catch(() => undefined))) return plain;
  return resolve(pathFromTemplate(path, parameters as JsonObject));
}

function executedFrom(
  { document, outputPath, values, defaults }: Prepared,
  { path, output, hideInputs = false }: RunOptions,
  startedAt: number,
): ExecutedNotebook {
  return new ExecutedNotebook(hideInputs ? withHiddenInputs(document) : document, {
    inputPath: path,
    outputPath: output ?? outputPath,
    parameters: values,
    defaultParameters: defaults,
    version: packageVersion(),
    startedAt,
  });
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
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
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
  const document = parseNotebook(textFrom(bytes, path), path);
  checkLanguage(document, path);
  return document;
}

/** Letters that are replaced silently would change what runs. */
function textFrom(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    return fail("notebook.not-json", {
      message: `${path} is not a notebook: it is not text in UTF-8`,
      hint: "Save it again in JupyterLab, which writes UTF-8.",
      fields: { path },
      cause,
    });
  }
}

function checkLanguage({ metadata }: NotebookDocument, path: string): void {
  const spec = metadata.kernelspec as JsonObject | undefined;
  const info = metadata.language_info as JsonObject | undefined;
  // Jupyter chooses the kernel by its specification; the other only says what ran last.
  const language = spec?.language ?? info?.name;
  if (typeof language !== "string" || /^(typescript|javascript|ts|js)$/i.test(language)) return;
  fail("runner.other-language", {
    message: `${path} is a notebook in ${language}`,
    fields: { path, language, kernel: spec?.name },
  });
}

function defaultOutput(path: string): string {
  return join(dirname(path), `${basename(path, extname(path))}.executed.ipynb`);
}
