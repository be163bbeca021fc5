import type { Command } from "commander";
import type { BacktestResult } from "#backtest";
import { fail } from "#core";
import {
  drawRun,
  prepareNotebook,
  type RunOptions,
  type RunResult,
  renderReport,
  runWithRetries,
} from "#runner";
import { table } from "./data/index.ts";
import { backtestRows } from "./figures.ts";
import { givenParameters, type ParameterFlags, withParameterOptions } from "./parameters.ts";

interface RunFlags extends ParameterFlags {
  readonly output?: string;
  readonly html?: string;
  readonly home?: string;
  readonly cwd?: string;
  readonly timeout?: string;
  readonly cellTimeout?: string;
  readonly retries: string;
  readonly retryDelay: string;
  readonly memory?: string;
  readonly allowErrors?: boolean;
  readonly allowUnknown?: boolean;
  readonly logOutput?: boolean;
  readonly progress: boolean;
  readonly reportMode?: boolean;
  readonly prepareOnly?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  tickbook run notebooks/trend.ipynb
  tickbook run notebooks/trend.ipynb -p horizon 10 -p seed=3 --html report.html
  tickbook run trend.ipynb -f params.yaml -o "runs/trend-{horizon}.ipynb" --retries 2
  tickbook params notebooks/trend.ipynb

In paths, {name} is the value of a parameter; also {run_uuid} and {current_datetime_utc}.
Exit codes: 0 ok, 1 a cell failed, 2 wrong use, 124 timed out, 130 interrupted, 138 the process died.`;

export function addRunCommand(program: Command): void {
  withParameterOptions(program.command("run"))
    .description("run a notebook headless, from top to bottom, in a fresh process")
    .argument("<notebook>", "the .ipynb file")
    .option("-o, --output <file>", "executed notebook (default: <name>.executed.ipynb beside it)")
    .option("--html <file>", "also write a report with interactive charts")
    .option("--home <folder>", "where data and results are kept (default: .tickbook beside the notebook)")
    .option("--cwd <folder>", "working directory of the cells (default: the notebook's folder)")
    .option("--timeout <seconds>", "stop after this long (exit code 124)")
    .option("--cell-timeout <seconds>", "stop when one cell takes this long (exit code 124)")
    .option("--memory <MB>", "limit of the JavaScript heap of the cells' process")
    .option(
      "--retries <n>",
      "run all of it again when it fails; failed ones stay as <name>.attempt1.ipynb",
      "0",
    )
    .option("--retry-delay <seconds>", "wait before the first repetition; doubles each time", "10")
    .option("--allow-errors", "go on after a cell that fails; such a run cannot be promoted")
    .option("--allow-unknown", "also set parameters that the notebook does not declare")
    .option("--log-output", "copy what the cells print to standard error")
    .option("--no-progress", "draw nothing while it runs")
    .option("--report-mode", "hide the code in the executed notebook")
    .option("--prepare-only", "write the notebook with its parameters set, and run nothing")
    .option("--json", "print the outcome as JSON on standard output")
    .addHelpText("after", EXAMPLES)
    .action(async (path: string, flags: RunFlags) => {
      const options = await optionsFrom(path, flags);
      if (flags.prepareOnly) return prepare(options, flags);
      const draw = flags.json || !flags.progress ? undefined : await drawRun();
      const result = await runWithRetries(
        {
          ...options,
          signal: interruptSignal().signal,
          onEvent(event) {
            draw?.(event);
            if (flags.logOutput && event.kind === "cell-output" && event.output.kind === "stream")
              process.stderr.write(event.output.text);
          },
        },
        {
          retries: countFrom("--retries", flags.retries),
          retryDelayMs: secondsFrom("--retry-delay", flags.retryDelay, 0) * 1000,
          onRetry: ({ status }, attempt, delayMs) =>
            process.stderr.write(`attempt ${attempt} ${status}; the next one in ${delayMs / 1000} s\n`),
        },
      );
      print(result, flags);
      process.exitCode = result.exitCode;
    });
}

async function optionsFrom(path: string, flags: RunFlags): Promise<RunOptions> {
  const { output, home, cwd, timeout, cellTimeout, memory, html } = flags;
  return {
    path,
    ...(await givenParameters(flags)),
    allowUnknown: flags.allowUnknown ?? false,
    allowErrors: flags.allowErrors ?? false,
    hideInputs: flags.reportMode ?? false,
    ...(output === undefined ? {} : { output }),
    ...(home === undefined ? {} : { home }),
    ...(cwd === undefined ? {} : { cwd }),
    ...(timeout === undefined ? {} : { timeoutMs: secondsFrom("--timeout", timeout) * 1000 }),
    ...(cellTimeout === undefined
      ? {}
      : { cellTimeoutMs: secondsFrom("--cell-timeout", cellTimeout) * 1000 }),
    ...(memory === undefined ? {} : { memoryMb: countFrom("--memory", memory, 16) }),
    ...(html === undefined ? {} : { report: { path: html, render: (run) => renderReport({ run }) } }),
  };
}

async function prepare(options: RunOptions, { json }: RunFlags): Promise<void> {
  const { outputPath, parameters, unknownParameters } = await prepareNotebook(options);
  warnOfUnknown(unknownParameters);
  const outcome = { status: "prepared", exitCode: 0, output: outputPath, parameters };
  process.stdout.write(json ? `${JSON.stringify(outcome)}\n` : `${outputPath}\n`);
}

function print(result: RunResult & { readonly attempt: number }, { json }: RunFlags): void {
  const {
    reportPath: html,
    status,
    exitCode,
    error,
    outputPath,
    recordHash,
    attempt,
    unknownParameters: unknown,
  } = result;
  const warnings = typeWarnings(result);
  warnOfUnknown(unknown);
  if (json) {
    const files = { output: outputPath, report: html, record: recordHash };
    process.stdout.write(
      `${JSON.stringify({ status, exitCode, ...files, attempt, error, types: result.typeFindings })}\n`,
    );
    return;
  }
  if (warnings.length > 0) {
    process.stderr.write(`\nTypes that do not fit (the run goes on; where promoted, they refuse):\n`);
    process.stderr.write(`${warnings.map((line) => `  ${line}\n`).join("")}`);
  }
  const last = result.facts.findLast(({ fact }) => fact.kind === "backtest")?.fact.value;
  const rows = [
    ...(last ? backtestRows(last as BacktestResult) : []),
    ["notebook", outputPath],
    ...(html ? [["report", html]] : []),
    ...(recordHash ? [["record", recordHash]] : []),
    ...(attempt > 1 ? [["attempts", String(attempt)]] : []),
  ];
  process.stdout.write(`\n${table(rows, true)}\n`);
}

function typeWarnings({ typeFindings = [] }: RunResult): string[] {
  return typeFindings.map(({ cell, module, line, column, message, number }) => {
    const where = module === undefined ? `cell ${cell}` : module;
    return `${where}, line ${line}, column ${column}: ${message.split("  ")[0]} (TS${number})`;
  });
}

function warnOfUnknown(names: readonly string[]): void {
  if (names.length > 0) process.stderr.write(`not declared by the notebook: ${names.join(", ")}\n`);
}

/** Ctrl-C stops the run and keeps what was done; a second one ends the program at once. */
export function interruptSignal(): AbortController {
  const controller = new AbortController();
  process.once("SIGINT", () => controller.abort());
  process.once("SIGTERM", () => controller.abort());
  return controller;
}

/** A number of seconds above `least`, or at it if that is not 0. Errors: `cli.bad-option`. */
export function secondsFrom(flag: string, text: string, least?: number): number {
  const seconds = text.trim() === "" ? Number.NaN : Number(text);
  const isGood = least === undefined ? seconds > 0 : seconds >= least;
  // Timers count milliseconds in 31 bits.
  if (isGood && seconds <= 2_147_483) return seconds;
  return fail("cli.bad-option", {
    message: `${flag} ${text}: a number of seconds ${least === undefined ? "above 0" : `of at least ${least}`}, at most 2147483`,
    fields: { text },
  });
}

/** A whole number of at least `least`. Errors: `cli.bad-option`. */
export function countFrom(flag: string, text: string, least = 0): number {
  if (/^\d{1,9}$/.test(text.trim()) && Number(text) >= least) return Number(text);
  return fail("cli.bad-option", {
    message: `${flag} ${text}: a whole number of at least ${least}`,
    fields: { text },
  });
}
