import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { fail } from "#core";
import { packageRoot } from "../version.ts";

/** Lines that are kept to tell why a process ended. */
const LAST_LINES = 20;
const STOP_MS = 10_000;

/** A tickbook command as a process of its own, which says what it does in JSON lines. */
export class CommandProcess {
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #last: string[] = [];
  readonly #waiting: { readonly kind: string; resolve(line: unknown): void }[] = [];
  readonly #exited: Promise<unknown>;

  constructor(args: readonly string[]) {
    this.#name = `tickbook ${args[0]}`;
    const bin = fileURLToPath(new URL("kernel/cli/tickbook.mjs", packageRoot));
    this.#child = spawn(process.execPath, [bin, ...args, "--json"], { stdio: ["ignore", "pipe", "pipe"] });
    this.#exited = once(this.#child, "exit");
    createInterface({ input: this.#child.stdout! }).on("line", (line) => this.#onLine(line));
    createInterface({ input: this.#child.stderr! }).on("line", (line) => this.#keep(line));
  }

  /** The next line of this kind. Errors: `cli.child-ended` with its last words if the process ends before. */
  async line<T>(kind: string): Promise<T> {
    const line = new Promise<unknown>((resolve) => this.#waiting.push({ kind, resolve }));
    return (await Promise.race([line, this.#end()])) as T;
  }

  /** Asks it to end, and waits until it has. @returns its exit code. */
  async stop(): Promise<number | null> {
    this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), STOP_MS);
    await this.#exited;
    clearTimeout(timer);
    return this.#child.exitCode;
  }

  async #end(): Promise<never> {
    await this.#exited;
    return fail("cli.child-ended", {
      message: `${this.#name} ended with code ${this.#child.exitCode ?? this.#child.signalCode}:\n${this.#last.join("\n")}`,
      hint: "Its last words stand above.",
      fields: { exitCode: this.#child.exitCode },
    });
  }

  #onLine(text: string): void {
    let line: { readonly kind?: unknown };
    try {
      line = JSON.parse(text) as typeof line;
    } catch {
      this.#keep(text);
      return;
    }
    if (line.kind === undefined || line.kind === "log") this.#keep(text);
    const at = this.#waiting.findIndex(({ kind }) => kind === line.kind);
    if (at >= 0) this.#waiting.splice(at, 1)[0]!.resolve(line);
  }

  #keep(text: string): void {
    this.#last.push(text);
    if (this.#last.length > LAST_LINES) this.#last.shift();
  }
}
