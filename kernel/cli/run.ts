import { resolve } from "node:path";
import type { Command } from "commander";
import type { BacktestResult } from "#backtest";
import { fail } from "#core";
import { drawRun, renderReport, runNotebook } from "#runner";
import { table } from "./data.ts";
import { backtestRows } from "./figures.ts";

interface RunFlags {
  readonly param?: string[];
  readonly output?: string;
  readonly html?: string;
  readonly home?: string;
  readonly timeout?: string;
  readonly json?: boolean;
}

export function addRunCommand(program: Command): void {
  program
    .command("run")
    .description("run a notebook headless, from top to bottom, in a fresh process")
    .argument("<notebook>", "the .ipynb file")
    .option("-p, --param <name=value...>", "set parameters of the cell tagged `parameters`")
    .option("-o, --output <file>", "executed notebook (default: <name>.executed.ipynb beside it)")
    .option("--html <file>", "also write a report with interactive charts")
    .option("--home <folder>", "where data and results are kept (default: .tickbook beside the notebook)")
    .option("--timeout <seconds>", "stop after this long (exit code 124)")
    .option("--json", "print the outcome as JSON on standard output")
    .addHelpText(
      "after",
      `
Examples:
  tickbook run notebooks/trend.ipynb
  tickbook run notebooks/trend.ipynb -p horizon=10 seed=3 --html report.html

Exit codes: 0 ok, 1 a cell failed, 2 wrong use, 124 timed out, 130 interrupted, 138 the process died.`,
    )
    .action(async (path: string, flags: RunFlags) => {
      const interrupt = interruptSignal();
      const result = await runNotebook({
        path,
        parameters: parametersFrom(flags.param ?? []),
        ...(flags.output === undefined ? {} : { output: flags.output }),
        ...(flags.home === undefined ? {} : { home: flags.home }),
        ...(flags.timeout === undefined ? {} : { timeoutMs: secondsFrom(flags.timeout) * 1000 }),
        signal: interrupt.signal,
        ...(flags.html === undefined
          ? {}
          : { report: { path: resolve(flags.html), render: (run) => renderReport({ run }) } }),
        ...(flags.json ? {} : { onEvent: await drawRun() }),
      });
      const { status, exitCode, error, outputPath, recordHash } = result;
      if (flags.json) {
        process.stdout.write(
          `${JSON.stringify({ status, exitCode, output: outputPath, report: flags.html, record: recordHash, error })}\n`,
        );
      } else {
        const last = result.facts.findLast(({ fact }) => fact.kind === "backtest")?.fact.value;
        const rows = [
          ...(last ? backtestRows(last as BacktestResult) : []),
          ["notebook", outputPath],
          ...(flags.html ? [["report", flags.html]] : []),
          ...(recordHash ? [["record", recordHash]] : []),
        ];
        process.stdout.write(`\n${table(rows)}\n`);
      }
      process.exitCode = exitCode;
    });
}

/** Ctrl-C stops the run and keeps what was done; a second one ends the program at once. */
export function interruptSignal(): AbortController {
  const controller = new AbortController();
  process.once("SIGINT", () => controller.abort());
  process.once("SIGTERM", () => controller.abort());
  return controller;
}

function parametersFrom(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      if (at < 1) {
        fail("cli.bad-option", {
          message: `--param ${pair}: a parameter is written name=value`,
          hint: "For example: -p horizon=10 -p seed=3",
          fields: { pair },
        });
      }
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

function secondsFrom(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0)) {
    fail("cli.bad-option", { message: `--timeout ${text}: a number of seconds above 0`, fields: { text } });
  }
  return seconds;
}
