import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { fail } from "#core";

const LAST_WORDS = 2000;
const ROOT = new URL(
  import.meta.url.includes("/dist/kernel/") ? "../../../../" : "../../../",
  import.meta.url,
);

export interface CommandOptions {
  readonly cwd: string;
  /** Its standard input. */
  readonly input?: string;
  /** Ends the command; what it was doing is undone or kept as Ctrl-C would. */
  readonly signal?: AbortSignal;
  /** Receives each JSON line that it writes on standard error. */
  readonly onEvent?: (event: Readonly<Record<string, unknown>>) => void;
  /** Receives each JSON line that it writes on standard output; then the result is the last one. */
  readonly onLine?: (line: unknown) => void;
}

/** An error that a command reported, as it was reported. */
export class CommandError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  readonly fields: object;

  constructor({ code, message, hint, fields }: ReportedError) {
    super(message);
    this.code = code;
    this.hint = hint;
    this.fields = fields ?? {};
  }
}

interface ReportedError {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly fields?: object;
}

/**
 * Runs a tickbook command in a process of its own. @returns the last JSON line of its standard output.
 * Errors: what the command reported as {@link CommandError}; `jupyter.command-failed` with its last words.
 */
export function runCommand(args: readonly string[], options: CommandOptions): Promise<unknown> {
  const { cwd, input, signal, onEvent, onLine } = options;
  const bin = fileURLToPath(new URL("kernel/cli/tickbook.mjs", ROOT));
  // A kernel that is killed cannot end it.
  const env = { ...process.env, TICKBOOK_PARENT_PID: String(process.pid) };
  const child = spawn(process.execPath, [bin, ...args, "--json"], {
    cwd,
    env,
    stdio: ["pipe", "pipe", "pipe"],
  });
  // A command that ends without reading it is no error of its own.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const stop = () => child.kill("SIGINT");
  signal?.addEventListener("abort", stop);
  if (signal?.aborted) stop();
  let result: unknown;
  let words = "";
  createInterface({ input: child.stdout }).on("line", (line) => {
    const value = jsonOf(line);
    if (value === undefined) return;
    result = value;
    onLine?.(value);
  });
  createInterface({ input: child.stderr }).on("line", (line) => {
    const value = jsonOf(line);
    if (value !== undefined && onEvent) onEvent(value as Readonly<Record<string, unknown>>);
    else words = `${words}${line}\n`.slice(-LAST_WORDS);
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      signal?.removeEventListener("abort", stop);
      const { error } = (result ?? {}) as { readonly error?: ReportedError };
      if (error?.code !== undefined && typeof error.message === "string") reject(new CommandError(error));
      else if (result !== undefined && (code === 0 || code === 1)) resolve(result);
      else reject(failed(args, code, words));
    });
  });
}

function failed(args: readonly string[], code: number | null, words: string): unknown {
  try {
    return fail("jupyter.command-failed", {
      message: `tickbook ${args.slice(0, 2).join(" ")} ended with code ${code ?? "none"}: ${words.trim()}`,
      fields: { args: args[0], code },
    });
  } catch (error) {
    return error;
  }
}

function jsonOf(line: string): unknown {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}
