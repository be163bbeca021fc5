import { dirname, extname, join, resolve } from "node:path";
import type { Command } from "commander";
import { fail } from "#core";
import { verdictText } from "../bundle.ts";
import { interruptSignal } from "../run.ts";
import { checkNotebook, type PromoteEvent } from "./check-notebook.ts";
import { type PromoteOutcome, placeText, promoteRun, refusalText } from "./promote-run.ts";
import { type PromoteReview, reviewText } from "./review.ts";

const INTERRUPTED = 130;

interface PromoteFlags {
  readonly home?: string;
  readonly out?: string;
  readonly export?: string;
  readonly notebook?: string;
  readonly check?: boolean;
  readonly events?: boolean;
  readonly json?: boolean;
}

export function addPromoteCommand(program: Command): void {
  program
    .command("promote")
    .description("compile a run's exported strategy to a signed bundle; a notebook is run first")
    .argument("[run]", "a notebook, or the hash of a run record, or its first digits (default: the newest)")
    .option(
      "--home <folder>",
      "the .tickbook folder of the run (default: .tickbook here, or beside --notebook)",
    )
    .option("--out <folder>", "where bundles go (default: bundles in the home folder)")
    .option("--export <name>", "which exported constant goes live (default: the only one)")
    .option("--notebook <file>", "refuse if a code cell of this notebook is not what the run executed")
    .option("--check", "of a notebook: run it and show what would go live; sign nothing")
    .option("--events", "tell each step as a JSON line on standard error")
    .option("--json", "print the outcome as JSON on standard output")
    .addHelpText(
      "after",
      `
Examples:
  tickbook promote notebooks/trend.ipynb --check
  tickbook promote notebooks/trend.ipynb
  tickbook promote --home notebooks/.tickbook
  tickbook promote 4f0c12 --notebook notebooks/trend.ipynb

Exit codes: 0 done, 1 refused, 2 wrong use.`,
    )
    .action(async (run: string | undefined, flags: PromoteFlags) => {
      const isNotebook = run !== undefined && extname(run) === ".ipynb";
      if (flags.check && !isNotebook)
        fail("cli.bad-option", {
          message: "--check wants a notebook",
          hint: "tickbook promote <notebook.ipynb> --check",
        });
      const beside = isNotebook ? run : flags.notebook;
      const home = resolve(flags.home ?? (beside ? join(dirname(beside), ".tickbook") : ".tickbook"));
      if (isNotebook) return promoteNotebook(run, { ...flags, home });
      const outcome = await promoteRun({ ...flags, home, ...(run === undefined ? {} : { run }) });
      print(outcome, flags);
      if (!outcome.ok) process.exitCode = 1;
    });
}

/** Runs the notebook and checks all of a promotion; without --check it then signs. */
async function promoteNotebook(
  notebook: string,
  flags: PromoteFlags & { readonly home: string },
): Promise<void> {
  const { home, check, json, events } = flags;
  const onEvent = (event: PromoteEvent) => {
    if (events) process.stderr.write(`${JSON.stringify(event)}\n`);
    else if (!json && event.state !== "running") process.stderr.write(`${stepText(event)}\n`);
  };
  const named = flags.export === undefined ? {} : { export: flags.export };
  const { signal } = interruptSignal();
  const review = await checkNotebook({ notebook, home, ...named, signal, onEvent });
  if (signal.aborted) {
    process.exitCode = INTERRUPTED;
    return;
  }
  if (check || review.refusals.length > 0) {
    printReview(review, flags);
    if (review.refusals.length > 0) process.exitCode = 1;
    return;
  }
  const out = flags.out === undefined ? {} : { out: flags.out };
  print(await promoteRun({ home, run: review.run, ...named, ...out }), flags);
}

function stepText({ step, state, note, ms = 0 }: PromoteEvent): string {
  return `  ${state.padEnd(8)}${step.padEnd(8)}${(ms / 1000).toFixed(1).padStart(6)} s  ${note ?? ""}`.trimEnd();
}

function printReview(review: PromoteReview, { json }: PromoteFlags): void {
  if (json) process.stdout.write(`${JSON.stringify(review)}\n`);
  else if (review.refusals.length > 0) process.stderr.write(refusalText(review.refusals));
  else process.stdout.write(`${reviewText(review)}\n`);
}

function print(outcome: PromoteOutcome, { json }: PromoteFlags): void {
  if (!outcome.ok) {
    if (json) process.stdout.write(`${JSON.stringify(outcome)}\n`);
    else process.stderr.write(refusalText(outcome.refusals));
    return;
  }
  const { path, hash, fingerprint, golden, isNew, manifest } = outcome.promoted;
  if (json) {
    const { run } = outcome;
    process.stdout.write(
      `${JSON.stringify({ ok: true, run, path, hash, fingerprint, isNew, golden, manifest })}\n`,
    );
    return;
  }
  if (outcome.warnings.length > 0) {
    const lines = outcome.warnings.map(
      (warning) => `  ${placeText(warning)}: ${warning.message.split("  ")[0]}\n`,
    );
    process.stderr.write(`Types that do not fit, in code that stays in research:\n${lines.join("")}\n`);
  }
  process.stdout.write(`${verdictText(hash, fingerprint, golden)}\n${path}\n`);
}
