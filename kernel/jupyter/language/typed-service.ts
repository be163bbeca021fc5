import { Worker } from "node:worker_threads";
import { builtFile } from "#storage";
import type { NamesService } from "./names.ts";
import type { TypeAnswer, TypeQuestion } from "./type-messages.ts";
import type { CellDiagnostic, Completion, Inspection, LanguageService } from "./types.ts";

/** How long an editor waits for types; what is known without them comes then. */
const ANSWER_MS = 1500;
/** A strict cell and diagnostics wait for the compiler to start. */
const CHECK_MS = 20_000;
/** It holds 200 MB: after so long without a question it ends, and starts again at the next one. */
const IDLE_MS = 600_000;

/** Types from TypeScript's language service, in a thread of its own; names of values where it knows nothing. */
export class TypedService implements LanguageService {
  readonly #folder: string;
  readonly #names: NamesService;
  readonly #log: (text: string) => void;
  readonly #waiting = new Map<number, (answer: TypeAnswer | undefined) => void>();
  readonly #ran: (TypeQuestion & { readonly kind: "ran" })[] = [];
  #worker: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;
  #count = 0;

  /** @param folder of the notebook. @param log takes what the compiler itself failed with. */
  constructor(folder: string, names: NamesService, log: (text: string) => void) {
    this.#folder = folder;
    this.#names = names;
    this.#log = log;
  }

  ran(cell: number, source: string): void {
    const question = { kind: "ran", cell, source } as const;
    this.#ran.push(question);
    if (this.#worker) void this.#ask(question, CHECK_MS);
  }

  async complete(code: string, offset: number): Promise<Completion> {
    const typed = (await this.#ask({ kind: "complete", code, offset }, ANSWER_MS)) as Completion | undefined;
    return typed && typed.matches.length > 0 ? typed : this.#names.complete(code, offset);
  }

  async inspect(code: string, offset: number, detail: 0 | 1): Promise<Inspection | undefined> {
    const typed = (await this.#ask({ kind: "inspect", code, offset, detail }, ANSWER_MS)) as
      | Inspection
      | undefined;
    // Of what has no type, the value tells more.
    return typed && !/: any$/m.test(typed.text)
      ? typed
      : ((await this.#names.inspect(code, offset, detail)) ?? typed);
  }

  async check(source: string): Promise<readonly CellDiagnostic[]> {
    return ((await this.#ask({ kind: "check", source }, CHECK_MS)) ?? []) as readonly CellDiagnostic[];
  }

  async diagnose(
    cells: readonly { readonly cellId: string; readonly source: string }[],
  ): Promise<Readonly<Record<string, readonly CellDiagnostic[]>> | undefined> {
    const found = await this.#ask({ kind: "diagnose", cells }, CHECK_MS);
    return found as Readonly<Record<string, readonly CellDiagnostic[]>> | undefined;
  }

  close(): void {
    clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#worker = undefined;
    for (const answer of this.#waiting.values()) answer(undefined);
    this.#waiting.clear();
    void worker?.terminate();
  }

  /** @returns undefined if there is no answer in time, or none at all. */
  #ask(question: TypeQuestion, timeoutMs: number): Promise<unknown> {
    const worker = this.#running();
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.close(), IDLE_MS).unref();
    const id = ++this.#count;
    return new Promise((resolve) => {
      const timer = setTimeout(() => settle(undefined), timeoutMs);
      const settle = (answer: TypeAnswer | undefined) => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        if (answer?.failure) this.#log(`the language service: ${answer.failure}`);
        resolve(answer?.answer);
      };
      this.#waiting.set(id, settle);
      worker.postMessage({ id, ...question });
    });
  }

  #running(): Worker {
    if (this.#worker) return this.#worker;
    const worker = new Worker(builtFile("./type-worker.js", import.meta.url), {
      workerData: { folder: this.#folder },
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 1024 },
    });
    worker.unref();
    worker.on("message", (answer: TypeAnswer) => this.#waiting.get(answer.id)?.(answer));
    // It ran out of memory, say: the next question starts another.
    for (const end of ["error", "exit"] as const)
      worker.on(end, () => this.#worker === worker && this.close());
    for (const question of this.#ran) worker.postMessage({ id: ++this.#count, ...question });
    this.#worker = worker;
    return worker;
  }
}
