import { setImmediate } from "node:timers";
import type { MessagePort } from "node:worker_threads";
import { assert } from "#core";
import { type CellError, type CellOutcome, type CellOutput, type CellSession, createSession } from "#session";
import type { CellDone, ErrorContent, Question, RunRequest, ToMain, ToWorker } from "../threads.ts";
import { createAskUser } from "./ask-user.ts";
import { AsyncStack } from "./async-stack.ts";
import { bundleJson } from "./bundle-json.ts";
import { captureChildren } from "./child-output.ts";
import { OutputLimit } from "./output-limit.ts";
import { createProgress } from "./progress.ts";
import { createValueReader } from "./values.ts";

export interface ServeOptions {
  readonly root: string;
  readonly home: string;
  readonly toWorker: (message: ToWorker) => void;
  readonly onMessage: (receive: (message: ToMain) => void) => void;
  readonly inputPort: MessagePort;
  readonly signal: Int32Array;
}

/** Runs the cells that the worker sends, on this thread, and tells it all that they do. */
export async function serveCells(options: ServeOptions): Promise<void> {
  const { toWorker } = options;
  const server = new CellServer(toWorker);
  await server.open(options);
  captureChildren();
  options.onMessage((message) => server.obey(message));
  toWorker({ kind: "ready" });
}

class CellServer {
  private readonly toWorker: (message: ToWorker) => void;
  private readonly limit = new OutputLimit((cell, name, text) => {
    this.toWorker({ kind: "stream", name, text, ...(cell === 0 ? {} : { cell }) });
  });
  private readonly asyncStack = new AsyncStack();
  private opened: CellSession | undefined;

  constructor(toWorker: (message: ToWorker) => void) {
    this.toWorker = toWorker;
  }

  async open({ root, home, inputPort, signal }: ServeOptions): Promise<void> {
    const { toWorker } = this;
    this.opened = await createSession({
      root,
      home,
      onOutput: (output) => this.output(output),
      onFact: ({ fact }) => {
        if (fact.kind !== "frozen") return;
        const { binding, cell, hash } = fact.value as { binding: string; cell: number; hash: string };
        toWorker({ kind: "frozen", binding, cell, hash });
      },
      isWatched: true,
      startProgress: createProgress((bundle, how) => this.session.display(bundle, how)),
      askInput: createAskUser({
        send: (request) => toWorker({ kind: "input", ...request, ...this.owner() }),
        inputPort,
        signal,
      }),
      commPort: {
        send: (message, cell) => {
          // What is no JSON fails here, where the cell's author sees it.
          const data: unknown = JSON.parse(JSON.stringify(message.data ?? {}));
          const metadata = JSON.parse(JSON.stringify(message.metadata ?? {})) as Record<string, unknown>;
          const owner = cell === undefined ? {} : { cell };
          toWorker({ kind: "comm", message: { ...message, data, metadata }, ...owner });
        },
        registered: (target) => toWorker({ kind: "target", target }),
      },
    });
  }

  obey(message: ToMain): void {
    switch (message.kind) {
      case "run":
        void this.run(message);
        return;
      case "interrupt":
        this.asyncStack.clear();
        this.session.interrupt();
        this.toWorker({ kind: "interrupted", ticket: message.ticket });
        return;
      case "comm":
        this.session.comms.receive(message.message);
        return;
      case "ask":
        void this.answer(message.id, message.question);
        return;
      case "exit":
        return;
    }
  }

  private get session(): CellSession {
    assert(this.opened, "messages are taken when the session is open");
    return this.opened;
  }

  private async run({ source, cell, tags, expressions }: RunRequest): Promise<void> {
    const outcome = await this.session.evaluate(source, cell, tags);
    const values: Record<string, string> = {};
    if (outcome.status === "ok") {
      for (const [name, expression] of Object.entries(expressions)) {
        values[name] = expressionJson(await this.session.evaluateExpression(expression, cell));
      }
    }
    // Promises that were rejected and not awaited are reported after this turn.
    await new Promise((resolve) => setImmediate(resolve));
    this.limit.end(cell);
    this.toWorker(doneFrom(cell, outcome, values));
  }

  private output(output: CellOutput): void {
    const owner = output.cell === undefined ? {} : { cell: output.cell };
    switch (output.kind) {
      case "stream":
        this.limit.text(owner.cell ?? 0, output.name, output.text);
        return;
      case "late-error":
        this.limit.text(owner.cell ?? 0, "stderr", `${output.error.traceback.join("\n")}\n`);
        return;
      case "clear":
        if (!this.limit.clear(owner.cell ?? 0)) return;
        this.toWorker({ kind: "clear", wait: output.wait, ...owner });
        return;
      case "display": {
        const { id, update } = output;
        const bundle = bundleJson(output.bundle);
        if (!this.limit.display(owner.cell ?? 0, bundle.length, update)) return;
        const named = id === undefined ? {} : { id };
        this.toWorker({ kind: "display", bundle, update, ...named, ...owner });
        return;
      }
    }
  }

  private async answer(id: number, question: Question): Promise<void> {
    const { session } = this;
    const reader = createValueReader({
      names: () => session.names(),
      valueNamed: (name) => session.code?.().valueNamed(name),
    });
    const answer =
      question.about === "names"
        ? await reader.names(question.path)
        : reader.value(question.path, question.detail);
    this.toWorker({ kind: "answer", id, answer });
  }

  private owner(): { readonly cell?: number } {
    const cell = this.session.currentCell();
    return cell === undefined ? {} : { cell };
  }
}

function doneFrom(cell: number, outcome: CellOutcome, expressions: Record<string, string>): CellDone {
  if (outcome.status === "error")
    return { kind: "done", cell, error: errorContent(outcome.error), expressions };
  if (!outcome.result) return { kind: "done", cell, expressions };
  try {
    return { kind: "done", cell, result: bundleJson(outcome.result), expressions };
  } catch (error) {
    // The bundle that an object made of itself is no JSON.
    const { name, message } = error as Error;
    const content = { ename: name, evalue: message, traceback: [`${name}: ${message}`] };
    return { kind: "done", cell, error: content, expressions };
  }
}

function errorContent({ name, message, traceback }: CellError): ErrorContent {
  return { ename: name, evalue: message, traceback };
}

function expressionJson(outcome: CellOutcome): string {
  if (outcome.status === "error") {
    return JSON.stringify({ status: "error", ...errorContent(outcome.error) });
  }
  const data = outcome.result ? bundleJson(outcome.result) : '{"text/plain":"undefined"}';
  return `{"status":"ok","data":${data},"metadata":{}}`;
}
