import { spawn } from "node:child_process";
import { mkdir, open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { fail } from "#core";
import { packageRoot } from "../version.ts";

const LOOK_MS = 50;
const END_MS = 10_000;
const LAST_WORDS = 4000;

/** A tickbook command that goes on when this process ends. What it prints goes to a file. */
export interface BackgroundCommand {
  readonly pid: number;
  /**
   * Asks again and again until there is an answer. Errors: `cli.child-ended` with the command's last words if it ends
   * before, or does not answer in time; `cli.interrupted` if `signal` aborts.
   */
  untilReady<T>(ask: (log: string) => Promise<T | undefined>, timeoutMs: number): Promise<T>;
  /** Ends it, politely at first. */
  end(): Promise<void>;
}

export async function startInBackground(
  args: readonly string[],
  logFile: string,
  signal?: AbortSignal,
): Promise<BackgroundCommand> {
  await mkdir(dirname(logFile), { recursive: true });
  const log = await open(logFile, "w", 0o600);
  const bin = fileURLToPath(new URL("kernel/cli/tickbook.mjs", packageRoot));
  const child = spawn(process.execPath, [bin, ...args, "--json"], {
    detached: true,
    stdio: ["ignore", log.fd, log.fd],
  });
  await log.close();
  child.unref();
  let isOver = false;
  for (const end of ["exit", "error"]) child.once(end, () => (isOver = true));
  return {
    pid: child.pid ?? -1,
    async untilReady(ask, timeoutMs) {
      const until = Date.now() + timeoutMs;
      for (;;) {
        // Looked at before asking: what it wrote just before it ended counts.
        const wasOver = isOver;
        const text = await readFile(logFile, "utf8");
        const answer = await ask(text);
        if (answer !== undefined) return answer;
        if (signal?.aborted) fail("cli.interrupted", { message: `tickbook ${args[0]} was not waited for` });
        if (wasOver || Date.now() > until) {
          return fail("cli.child-ended", {
            message: `tickbook ${args[0]} ${wasOver ? "ended" : "did not get ready in time"}:\n${lastWords(text)}`,
            hint: `All it said is in ${logFile}.`,
            fields: { logFile },
          });
        }
        await pause(LOOK_MS);
      }
    },
    async end() {
      child.kill("SIGTERM");
      for (const until = Date.now() + END_MS; !isOver && Date.now() < until; ) await pause(LOOK_MS);
      if (!isOver) child.kill("SIGKILL");
    },
  };
}

/** The JSON lines of a log, of one kind. */
export function linesOfKind<T>(log: string, kind: string): T[] {
  return log.split("\n").flatMap((line) => {
    try {
      const value = JSON.parse(line) as { readonly kind?: unknown };
      return value.kind === kind ? [value as T] : [];
    } catch {
      return [];
    }
  });
}

/** An error that the command reported as JSON, else the end of what it said. */
function lastWords(log: string): string {
  for (const line of log.trimEnd().split("\n").reverse()) {
    try {
      const { error } = JSON.parse(line) as {
        readonly error?: { message?: string; hint?: string; code?: string };
      };
      if (error?.message)
        return [error.message, error.hint, error.code && `(${error.code})`].filter(Boolean).join("\n");
    } catch {}
  }
  return log.slice(-LAST_WORDS).trimEnd();
}

/** Waits until there is no process of that number any more, at most so long. */
export async function untilGone(pid: number, timeoutMs: number): Promise<void> {
  const until = Date.now() + timeoutMs;
  while (Date.now() < until && isAlive(pid)) await pause(LOOK_MS);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // It is there, and not ours to signal.
    return (error as { code?: unknown }).code === "EPERM";
  }
}
