import { basename, dirname, extname, join, relative, resolve } from "node:path";
import { countText, isTickbookError } from "#core";
import { openSigningKey, type Refusal } from "#exports";
import { evidenceOf, type RunEvent, type RunResult, renderReport, runNotebook } from "#runner";
import type { CellError } from "#session";
import { listAccounts, readLimits, STAGES } from "../accounts/account-file.ts";
import { compileRun, type PromoteStep, type Sliced, sliceRun } from "./promote-run.ts";
import { frozenReview, limitsReview, type PromoteReview, type PromoteStage, withCellIds } from "./review.ts";

/** What a check is doing, step by step. */
export interface PromoteEvent {
  readonly kind: "step";
  readonly step: "run" | PromoteStep;
  readonly state: "running" | "passed" | "refused";
  readonly note?: string;
  readonly done?: number;
  readonly total?: number;
  readonly ms?: number;
}

export interface CheckRequest {
  readonly notebook: string;
  /** Default: `.tickbook` beside the notebook. */
  readonly home?: string;
  readonly export?: string;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: PromoteEvent) => void;
}

/** Runs a notebook in a fresh process, with a report beside it. */
export function runForPromotion(
  { notebook, home, signal }: CheckRequest,
  onEvent: (event: RunEvent) => void = () => {},
): Promise<RunResult> {
  const path = resolve(notebook);
  return runNotebook({
    path: notebook,
    report: {
      path: join(dirname(path), `${basename(path, extname(path))}.report.html`),
      render: (run) => renderReport({ run }),
    },
    ...(home === undefined ? {} : { home: resolve(home) }),
    ...(signal ? { signal } : {}),
    onEvent,
  });
}

/**
 * Runs a notebook from top to bottom in a fresh process and does all of a promotion but the signing: what a person
 * should see before anything goes live. What stands against it is in `refusals`.
 * Errors: those of `runNotebook` before its first cell, `storage.*`.
 */
export async function checkNotebook(request: CheckRequest): Promise<PromoteReview> {
  const steps = new Steps(request.onEvent ?? (() => {}));
  const home = resolve(request.home ?? join(dirname(resolve(request.notebook)), ".tickbook"));
  const run = await runStep(request, steps);
  const report = `${relative(dirname(run.notebookPath), run.notebookPath).replace(/\.ipynb$/, "")}.report.html`;
  if (run.recordHash === undefined || run.error) {
    steps.refuse();
    return { run: "", refusals: [refusalOf(run.error)], warnings: [], report };
  }
  const asked = {
    home,
    run: run.recordHash,
    ...(request.export === undefined ? {} : { export: request.export }),
  };
  try {
    const sliced = await sliceRun(asked, (step) => steps.begin(step));
    if (!sliced.ok) {
      steps.refuse(sliced.refusals.length);
      return withCellIds({ run: sliced.run, refusals: sliced.refusals, warnings: [], report }, run.document);
    }
    const compiled = await compileRun(sliced, (step) => steps.begin(step));
    steps.pass(
      `${countText(compiled.golden.decisions)} decisions, ${countText(compiled.golden.orders)} orders`,
    );
    return withCellIds({ ...(await reviewOf(home, run, sliced, compiled)), report }, run.document);
  } catch (error) {
    if (!isTickbookError(error) || !/^(promote|bundle)\./.test(error.code)) throw error;
    steps.refuse();
    const { code, message, hint = "" } = error;
    const nowhere = { line: 1, column: 1, sourceLine: "" };
    return {
      run: run.recordHash,
      refusals: [{ code, message, remedy: hint, ...nowhere }],
      warnings: [],
      report,
    };
  }
}

async function runStep(request: CheckRequest, steps: Steps): Promise<RunResult> {
  steps.begin("run");
  let total = 0;
  let memoised = 0;
  const run = await runForPromotion(request, (event) => {
    if (event.kind === "run-started") total = event.cells;
    if (event.kind === "cell-output" && event.output.kind === "stream" && /from memo/.test(event.output.text))
      memoised++;
    if (event.kind === "cell-started") steps.tell({ note: event.title, done: event.cell - 1, total });
  });
  if (run.status === "ok")
    steps.note(memoised > 0 ? "work that did not change was not done again" : `${total} cells`);
  return run;
}

async function reviewOf(
  home: string,
  run: RunResult,
  { stored, slice, objects, warnings: types }: Sliced,
  { manifest }: Awaited<ReturnType<typeof compileRun>>,
): Promise<Omit<PromoteReview, "report">> {
  const evidence = evidenceOf(run.facts);
  const key = await openSigningKey(home);
  const { name, instruments, timeframe, params, warmupBars, features, account, limits, models } = manifest;
  const exported = new Map(
    run.facts.flatMap(({ fact }) => {
      if (fact.kind !== "export") return [];
      const { hash, parity } = fact.value as {
        hash: string;
        parity: { maxAbsolute: number; limit: number; rows: number };
      };
      return [[hash, parity] as const];
    }),
  );
  const stages = await stagesOf(home, limits);
  return {
    run: stored.hash,
    refusals: [],
    warnings: [
      ...(evidence?.warnings ?? []).map((text) => ({ text })),
      ...types.map(({ cell, line, message }) => ({
        text: `Types do not fit, in code that stays in research: ${message.split("  ")[0]}`,
        cell,
        line,
      })),
    ],
    strategy: {
      name,
      instruments: instruments.map(({ symbol }) => symbol),
      timeframe,
      features: features.names,
      warmupBars,
      params,
      cells: slice.cells,
    },
    frozen: await frozenReview(slice.frozen, objects),
    models: Object.entries(models).map(([model, { hash, inputs }]) => {
      const parity = exported.get(hash);
      return {
        name: model,
        inputs,
        hash,
        ...(parity
          ? { parity: { maxAbsError: parity.maxAbsolute, tolerance: parity.limit, rows: parity.rows } }
          : {}),
      };
    }),
    ...(evidence
      ? { evidence: { columns: evidence.columns, rows: evidence.rows, note: evidence.note } }
      : {}),
    limits: limitsReview(limits, {}),
    stages,
    currency: account.currency,
    capital: account.capital,
    fingerprint: key.fingerprint,
  };
}

/** Paper always has an account of its own name; those of an exchange are added by the operator. */
async function stagesOf(home: string, asked: Parameters<typeof limitsReview>[0]): Promise<PromoteStage[]> {
  const accounts = await listAccounts(home);
  return Promise.all(
    STAGES.map(async (stage) => {
      const own = accounts.filter(({ file }) => file.stage === stage);
      const listed = await Promise.all(
        own.map(async ({ name, file }) => ({
          name,
          limits: limitsReview(asked, await readLimits(file.limitsFile)),
          ...(file.trades ? { replaces: { strategy: file.trades.strategy, bundle: file.trades.hash } } : {}),
        })),
      );
      const isBare = stage === "paper" && listed.length === 0;
      return { stage, accounts: isBare ? [{ name: "paper", limits: limitsReview(asked, {}) }] : listed };
    }),
  );
}

function refusalOf(
  error: CellError | undefined,
): Omit<Refusal, "cell" | "code"> & { code: string; cell?: number } {
  const {
    code = "run.failed",
    name = "Error",
    message = "the run did not end well",
    hint = "",
  } = error ?? {};
  const { line = 1, column = 1, sourceLine = "", cell } = error ?? {};
  return {
    code,
    message: code === "run.failed" ? `${name}: ${message}` : message,
    remedy: hint,
    line,
    column,
    sourceLine,
    ...(cell === undefined ? {} : { cell }),
  };
}

/** Tells of one step after the other; a step that begins has let the one before it pass. */
class Steps {
  readonly #onEvent: (event: PromoteEvent) => void;
  #step: PromoteEvent["step"] | undefined;
  #since = 0;
  #note: string | undefined;

  constructor(onEvent: (event: PromoteEvent) => void) {
    this.#onEvent = onEvent;
  }

  begin(step: PromoteEvent["step"]): void {
    this.#end("passed");
    this.#step = step;
    this.#since = Date.now();
    this.#note = undefined;
    this.tell({});
  }

  note(text: string): void {
    this.#note = text;
  }

  tell(facts: Pick<PromoteEvent, "note" | "done" | "total">): void {
    if (this.#step) this.#onEvent({ kind: "step", step: this.#step, state: "running", ...facts });
  }

  pass(note: string): void {
    this.note(note);
    this.#end("passed");
  }

  refuse(count = 1): void {
    this.note(count === 1 ? "1 refusal" : `${count} refusals`);
    this.#end("refused");
  }

  #end(state: "passed" | "refused"): void {
    if (!this.#step) return;
    const note = this.#note === undefined ? {} : { note: this.#note };
    this.#onEvent({ kind: "step", step: this.#step, state, ...note, ms: Date.now() - this.#since });
    this.#step = undefined;
  }
}
