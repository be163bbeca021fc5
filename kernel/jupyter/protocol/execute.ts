import type { CellDone, ErrorContent, RunRequest } from "../threads.ts";
import type { Cells, SentCell } from "./cells.ts";
import type { History } from "./history.ts";
import type { Iopub } from "./iopub.ts";
import { errorReply, type Reply, type Request, textOf } from "./request.ts";

export interface ExecuteOptions {
  readonly cells: Cells;
  readonly history: History;
  readonly iopub: Iopub;
  readonly reply: Reply;
  /** Gives a cell to the main thread, as soon as that is free of an interrupt. */
  readonly run: (request: RunRequest) => Promise<void>;
  /** Why a cell must not run: its types do not fit, and it asked to be held to that. */
  readonly refusal: (source: string) => Promise<ErrorContent | undefined>;
  /** A cell that counts has ended. */
  readonly ran: (sent: SentCell) => void;
}

/** Runs the code of `execute_request`, one after another. */
export class ExecuteQueue {
  private readonly options: ExecuteOptions;
  private waiting: Request[] = [];
  private isRunning = false;
  private ended: ((done: CellDone) => void) | undefined;
  private running: SentCell | undefined;
  /** What made the kernel busy. */
  private busyWith: Request | undefined;

  constructor(options: ExecuteOptions) {
    this.options = options;
  }

  /** Says once more that a cell runs, if one does: front ends and servers take the newest status for the kernel's. */
  sayBusy(): void {
    if (this.busyWith) this.options.iopub.status("busy", this.busyWith.header);
  }

  add(request: Request): void {
    this.waiting.push(request);
    if (!this.isRunning) void this.runAll();
  }

  /** The main thread has ended the cell that it was given. */
  done(done: CellDone): void {
    if (done.cell !== this.running?.cell) return;
    this.running = undefined;
    this.ended?.(done);
  }

  /**
   * The code was stopped. Stopping may take with it what would have told so: after a while that is said here.
   * @param patienceMs how long the main thread may still tell by itself.
   */
  async stopped(patienceMs: number): Promise<void> {
    const { running } = this;
    if (!running) return;
    await new Promise((resolve) => setTimeout(resolve, patienceMs));
    if (this.running !== running) return;
    const evalue = "the cell was interrupted";
    const error = { ename: "KeyboardInterrupt", evalue, traceback: [`KeyboardInterrupt: ${evalue}`] };
    this.done({ kind: "done", cell: running.cell, error, expressions: {} });
  }

  private async runAll(): Promise<void> {
    this.isRunning = true;
    for (let request = this.waiting.shift(); request; request = this.waiting.shift()) {
      const { iopub, reply } = this.options;
      this.busyWith = request;
      iopub.status("busy", request.header);
      let aborted: readonly Request[] = [];
      try {
        aborted = await this.execute(request);
      } catch (error) {
        reply(request, { ...errorReply(error), execution_count: this.options.cells.count });
      }
      this.busyWith = undefined;
      iopub.status("idle", request.header);
      for (const other of aborted) this.abort(other);
    }
    this.isRunning = false;
  }

  /** @returns the requests that its failure aborts. */
  private async execute(request: Request): Promise<readonly Request[]> {
    const { cells, history, iopub, reply, ran } = this.options;
    const startedAt = new Date().toISOString();
    const source = textOf(request, "code");
    const sent = cells.add(request, source);
    const { cell, parent, isSilent, isStored } = sent;
    const executionCount = cells.count;
    if (!isSilent) iopub.publish("execute_input", parent, { code: source, execution_count: executionCount });
    if (isStored) history.add(cell, source);
    const tags = tagsOf(request);
    const refusal = await this.options.refusal(source);
    const done: CellDone = refusal
      ? { kind: "done", cell, error: refusal, expressions: {} }
      : await this.runOnMain(sent, { kind: "run", cell, source, tags, expressions: expressionsOf(request) });
    if (isStored && !refusal) ran(sent);
    const { error } = done;
    const common = {
      execution_count: executionCount,
      user_expressions: userExpressions(done),
      payload: [],
    };
    const extra = { metadata: { started: startedAt } };
    if (!error) {
      if (done.result !== undefined && !isSilent) this.publishResult(sent, done.result);
      reply(request, { status: "ok", ...common }, extra);
      return [];
    }
    if (!isSilent) iopub.publish("error", parent, { ...error });
    const aborted = request.content.stop_on_error === false ? [] : await this.takeWaiting();
    reply(request, { status: "error", ...error, ...common }, extra);
    return aborted;
  }

  private async runOnMain(sent: SentCell, request: RunRequest): Promise<CellDone> {
    const ended = new Promise<CellDone>((resolve) => {
      this.ended = resolve;
    });
    this.running = sent;
    await this.options.run(request);
    return ended;
  }

  private publishResult({ cell, parent }: SentCell, bundle: string): void {
    const { cells, history, iopub } = this.options;
    const json = `{"execution_count":${cells.count},"data":${bundle},"metadata":{}}`;
    iopub.publish("execute_result", parent, { json });
    const text = (JSON.parse(bundle) as Record<string, unknown>)["text/plain"];
    if (typeof text === "string") history.addOutput(cell, text);
  }

  /** What was sent together with a cell that failed; a front end that has not seen the failure yet sent it. */
  private async takeWaiting(): Promise<Request[]> {
    // What has reached the sockets already counts as sent before.
    await new Promise((resolve) => setImmediate(resolve));
    const taken = this.waiting;
    this.waiting = [];
    return taken;
  }

  private abort(request: Request): void {
    const { cells, iopub, reply } = this.options;
    iopub.status("busy", request.header);
    reply(request, { status: "aborted", execution_count: cells.count });
    iopub.status("idle", request.header);
  }
}

function tagsOf({ metadata }: Request): string[] {
  const { tags } = metadata;
  return Array.isArray(tags) ? tags.filter((tag) => typeof tag === "string") : [];
}

function expressionsOf({ content }: Request): Record<string, string> {
  const entries = Object.entries((content.user_expressions ?? {}) as Record<string, unknown>);
  return Object.fromEntries(entries.filter(([, code]) => typeof code === "string")) as Record<string, string>;
}

function userExpressions({ expressions }: CellDone): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(expressions).map(([name, json]) => [name, JSON.parse(json) as unknown]),
  );
}
