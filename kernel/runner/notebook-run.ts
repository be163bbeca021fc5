import { ERROR_CODES, type ErrorCode } from "#core";
import { type CodeCell, type NotebookDocument, tagsOf } from "#notebook";
import type { CellError, CellFact, CellOutput, Reached } from "#session";
import { CellProcess, type ProcessEnd } from "./cell-process.ts";
import { cellTitle } from "./cell-title.ts";
import type { CellReport, CellStatus, ChildEvent, RunEvent, RunStatus } from "./events.ts";
import type { ExecutedNotebook } from "./executed-notebook.ts";
import { isRunnable } from "./runnable.ts";

interface Options {
  readonly document: NotebookDocument;
  readonly executed: ExecutedNotebook;
  readonly root: string;
  readonly cwd: string;
  readonly home: string;
  readonly limits: RunLimits;
  readonly onEvent: (event: RunEvent) => void;
  readonly onCellFinished: () => Promise<void>;
}

/** What stops a run, and what does not. */
export interface RunLimits {
  /** Limit of the whole run, milliseconds. Default: none. */
  readonly timeoutMs?: number;
  /** Limit of each cell, milliseconds. Default: none. */
  readonly cellTimeoutMs?: number;
  /** Limit of the heap of the process that runs the cells, MB. Default: Node's own. */
  readonly memoryMb?: number;
  /** Goes on after a cell that fails. Such a run ends well, but leaves no record: it cannot be promoted. */
  readonly allowErrors?: boolean;
  /** Stops the run; what was done is kept. */
  readonly signal?: AbortSignal;
  /** Told the process that runs the cells, which leads a process group. */
  readonly onProcess?: (pid: number) => void;
}

interface Ending {
  readonly status: RunStatus;
  readonly error?: CellError;
  readonly failed?: CellReport;
}

type CellDone = Extract<ChildEvent, { kind: "cell-done" }>;
/** How waiting for a cell ends: its answer, or the reason why none will come. */
type Answer =
  | CellDone
  | { readonly kind: "gone"; readonly status: "timed-out" | "interrupted" | "kernel-died" };

interface RunningCell {
  readonly cell: number;
  readonly index: number;
  readonly title: string;
  readonly startedAt: number;
}

/** One pass through a notebook's cells in one process. */
export class NotebookRun {
  readonly reports: CellReport[] = [];
  readonly facts: CellFact[] = [];
  /** Code cells with something to run. */
  readonly cellCount: number;
  private readonly options: Options;
  private readonly process: CellProcess;
  private answer: (answer: Answer) => void = () => {};
  private running: RunningCell | undefined;
  /** Number of the newest cell. */
  private count = 0;
  /** Set when the process is stopped from here. */
  private stopped: "timed-out" | "interrupted" | undefined;
  /** It was stopped because one cell took too long. */
  private isCellTooLong = false;
  private processEnd: ProcessEnd | undefined;
  private lastWord: Extract<ChildEvent, { kind: "finished" }> | undefined;
  private lastWords = "";
  private readonly lateErrors: CellError[] = [];
  private readonly allowedToFail = new Set<number>();

  constructor(options: Options) {
    this.options = options;
    this.cellCount = options.document.cells.filter(isRunnable).length;
    this.process = new CellProcess({
      cwd: options.cwd,
      onEvent: (event) => this.receive(event),
      onRawOutput: (name, text) => this.addRawOutput(name, text),
      ...(options.limits.memoryMb === undefined ? {} : { memoryMb: options.limits.memoryMb }),
    });
    if (this.process.pid !== undefined) options.limits.onProcess?.(this.process.pid);
  }

  /** The signal that ended the process, if one did. */
  get killedBy(): NodeJS.Signals | undefined {
    return this.processEnd?.signal ?? undefined;
  }

  /** What the cells' imports led to; nothing before the run has ended well. */
  get reached(): Reached {
    return this.lastWord?.reached ?? { modules: [], packages: [] };
  }

  /** Runs all cells and ends the process. */
  async finished(): Promise<Ending> {
    const { timeoutMs, signal } = this.options.limits;
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => this.stop("timed-out"), timeoutMs);
    const interrupt = () => this.stop("interrupted");
    if (signal?.aborted) interrupt();
    signal?.addEventListener("abort", interrupt);
    const gone = this.process.ended.then((end) => {
      this.processEnd = end;
      this.answer({ kind: "gone", status: this.stopped ?? "kernel-died" });
    });
    try {
      const { root, home } = this.options;
      this.process.send({ kind: "open", root, home });
      const ending = await this.runCells();
      this.process.send({ kind: "finish" });
      await gone;
      return ending.status === "ok" ? this.endingOfQuietRun() : ending;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", interrupt);
      this.process.kill();
    }
  }

  private async runCells(): Promise<Ending> {
    for (const [index, cell] of this.options.document.cells.entries()) {
      if (cell.cell_type !== "code") continue;
      if (tagsOf(cell).includes("skip-execution")) {
        this.finishCell({ index, title: this.titleOf(index), status: "skipped", durationMs: 0 });
      } else if (isRunnable(cell)) {
        const ending = await this.runCell(cell, index);
        await this.options.onCellFinished();
        if (ending) return ending;
      }
    }
    return { status: "ok" };
  }

  /** @returns how the run ends, if this cell ends it. */
  private async runCell(code: CodeCell, index: number): Promise<Ending | undefined> {
    const cell = ++this.count;
    const running = { cell, index, title: this.titleOf(index), startedAt: Date.now() };
    this.running = running;
    const isExpected = tagsOf(code).includes("raises-exception");
    if (isExpected || this.options.limits.allowErrors) this.allowedToFail.add(cell);
    this.options.executed.start(index, cell, running.startedAt);
    this.options.onEvent({ kind: "cell-started", cell, index, title: running.title });
    const answer = await this.ask(code, cell);
    this.running = undefined;
    if (answer.kind === "gone")
      return this.failCell(running, answer.status, this.goneError(cell, answer.status));
    const { error, result } = answer;
    if (result) this.options.executed.addResult(cell, result);
    if (error) {
      if (error.exitCode === 0) return this.exitEarly(running);
      this.options.executed.addError(cell, error);
      if (!this.allowedToFail.has(cell)) return this.endCell(running, "failed", error);
      this.finishCell(this.reportOf(running, isExpected ? "expected-error" : "allowed-error", error));
    }
    const [late] = this.lateErrors;
    if (late?.cell === cell) return this.endCell(running, "failed", late);
    if (!error) this.finishCell(this.reportOf(running, "ok"));
    return late && this.endLate(late);
  }

  private ask(code: CodeCell, cell: number): Promise<Answer> {
    const { cellTimeoutMs } = this.options.limits;
    const timer = cellTimeoutMs === undefined ? undefined : setTimeout(() => this.stopCell(), cellTimeoutMs);
    return new Promise<Answer>((resolve) => {
      this.answer = resolve;
      if (this.processEnd) resolve({ kind: "gone", status: this.stopped ?? "kernel-died" });
      else this.process.send({ kind: "run-cell", cell, tags: tagsOf(code), source: code.source });
    }).finally(() => clearTimeout(timer));
  }

  private receive(event: ChildEvent): void {
    switch (event.kind) {
      case "output":
        this.addOutput(event.output);
        return;
      case "progress":
        this.options.onEvent(event);
        return;
      case "fact-recorded":
        this.facts.push({ fact: event.fact, ...(event.cell === undefined ? {} : { cell: event.cell }) });
        this.options.onEvent(event);
        return;
      case "cell-done":
        this.answer(event);
        return;
      case "finished":
        this.lastWord = event;
    }
  }

  private addOutput(output: CellOutput): void {
    const cell = output.cell ?? this.running?.cell ?? this.count;
    // Before the first cell there is no place for it.
    if (cell > 0) this.options.executed.addOutput(cell, output);
    if (output.kind === "late-error" && !this.allowedToFail.has(cell)) this.lateErrors.push(output.error);
    this.options.onEvent({ kind: "cell-output", output });
  }

  private addRawOutput(name: "stdout" | "stderr", text: string): void {
    if (name === "stderr") this.lastWords = (this.lastWords + text).slice(-4000);
    this.addOutput({ kind: "stream", name, text });
  }

  private stop(status: "timed-out" | "interrupted"): void {
    this.stopped ??= status;
    this.process.kill();
  }

  private stopCell(): void {
    this.isCellTooLong = this.stopped === undefined;
    this.stop("timed-out");
  }

  private exitEarly(running: RunningCell): Ending {
    this.finishCell(this.reportOf(running, "ok"));
    return { status: "ok" };
  }

  private failCell(running: RunningCell, status: CellStatus & RunStatus, error: CellError): Ending {
    this.options.executed.addError(running.cell, error);
    return this.endCell(running, status, error);
  }

  private endCell(running: RunningCell, status: CellStatus & RunStatus, error: CellError): Ending {
    const failed = this.reportOf(running, status, error);
    this.finishCell(failed);
    return { status, error, failed };
  }

  /** An error nobody caught, of a cell that had seemed to end well. */
  private endLate(error: CellError): Ending {
    const at = this.reports.findLastIndex(({ cell }) => cell === (error.cell ?? this.count));
    const report = this.reports[at];
    if (!report) return { status: "failed", error };
    const failed: CellReport = { ...report, status: "failed", error };
    this.reports[at] = failed;
    this.options.executed.finish(failed);
    return { status: "failed", error, failed };
  }

  /** After the last cell: left-over code may still have failed, or the process may not have ended by itself. */
  private endingOfQuietRun(): Ending {
    const [late] = this.lateErrors;
    if (late) return this.endLate(late);
    // Native libraries may crash while the process unloads them; by then all work is done and told.
    if (this.lastWord) return this.endingAfter(this.lastWord.error);
    const status = this.stopped ?? "kernel-died";
    return { status, error: this.goneError(this.count, status) };
  }

  private endingAfter(error: CellError | undefined): Ending {
    if (!error) return { status: "ok" };
    this.options.executed.addError(error.cell ?? this.count, error);
    return this.endLate(error);
  }

  private goneError(cell: number, status: Exclude<Answer, CellDone>["status"]): CellError {
    const [name, message] = {
      "timed-out": [
        "TimedOut",
        this.isCellTooLong
          ? `cell ${cell} took longer than ${(this.options.limits.cellTimeoutMs ?? 0) / 1000} s, and the run was stopped`
          : `the run took longer than ${(this.options.limits.timeoutMs ?? 0) / 1000} s and was stopped in cell ${cell}`,
      ],
      interrupted: ["Interrupted", `the run was interrupted in cell ${cell}`],
      "kernel-died": ["KernelDied", `${this.deathText()} in cell ${cell}`],
    }[status] as [string, string];
    const code: ErrorCode = `runner.${status}`;
    const { hint } = ERROR_CODES[code] as { hint?: string };
    const traceback = [`${name}: ${message}`, ...(hint ? [`  ${hint}`] : []), `  (${code})`];
    return { name, message, cell, code, traceback, ...(hint ? { hint } : {}) };
  }

  private deathText(): string {
    if (this.lastWords.includes("heap out of memory"))
      return "the process that runs the cells ran out of memory";
    const { signal, exitCode } = this.processEnd ?? {};
    const how = signal ? `was killed by ${signal}` : `ended with exit code ${exitCode}`;
    return `the process that runs the cells ${how}`;
  }

  private reportOf(
    { cell, index, title, startedAt }: RunningCell,
    status: CellStatus,
    error?: CellError,
  ): CellReport {
    const durationMs = Date.now() - startedAt;
    return { cell, index, title, status, durationMs, ...(error ? { error } : {}) };
  }

  private finishCell(report: CellReport): void {
    this.reports.push(report);
    this.options.executed.finish(report);
    this.options.onEvent({ kind: "cell-finished", report });
  }

  private titleOf(index: number): string {
    return cellTitle(this.options.document.cells, index);
  }
}
