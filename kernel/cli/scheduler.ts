import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { fail } from "#core";
import { type CommandLine, openDesk, schedulerFolder, startScheduler } from "#scheduler";
import { countFrom } from "./run.ts";
import { packageRoot } from "./version.ts";

interface SchedulerFlags {
  readonly home: string;
  readonly workers?: string;
  readonly takeOver?: boolean;
  readonly json?: boolean;
}

/** How long a scheduler may take to start in the background. */
const START_MS = 15_000;

export function addSchedulerCommand(program: Command): void {
  program
    .command("scheduler")
    .description("run the jobs of a home folder at their times, until it is stopped")
    .option("--home <folder>", "the .tickbook folder; it can have one scheduler", ".tickbook")
    .option("--workers <n>", "runs at once in this process (default: 1, with Redis 0)")
    .option(
      "--take-over",
      "the scheduler that had the folder ran in a container or on a machine that is gone for certain",
    )
    .option("--json", "print what happens as JSON lines on standard output")
    .addHelpText(
      "after",
      `
Examples:
  tickbook scheduler --home notebooks/.tickbook --workers 2
  TICKBOOK_REDIS_URL=redis://:password@host:6379 tickbook scheduler

With TICKBOOK_REDIS_URL set, runs go through Redis to tickbook worker, on this and on other machines.
Killed at any moment, it loses no job: start it again. Ctrl-C gives runs at work back to the queue.
Exit codes: 0 stopped as told, 1 it could not go on, 2 wrong use or another scheduler has the folder.`,
    )
    .action(async (flags: SchedulerFlags) => {
      const redis = redisFromEnvironment();
      const workers = flags.workers ?? (redis ? "0" : "1");
      const scheduler = await startScheduler({
        home: resolve(flags.home),
        // Without other workers, nobody would ever run anything.
        workers: countFrom("--workers", workers, redis ? 0 : 1),
        ...(redis ? { redis } : {}),
        takeOver: flags.takeOver ?? false,
        command: ownCommand(),
        onLog: logTo(flags),
      });
      logTo(flags)(
        "info",
        `scheduling ${flags.home} with ${workers} ${Number(workers) === 1 ? "worker" : "workers"}${redis ? ", through Redis" : ""}`,
      );
      await stopAsked();
      await scheduler.close();
    });
}

/** Prints what happens as lines, or as JSON lines. */
export function logTo({ json }: { readonly json?: boolean }) {
  return (level: "info" | "error", message: string): void => {
    const time = new Date().toISOString();
    if (json) process.stdout.write(`${JSON.stringify({ time, level, message })}\n`);
    else process.stderr.write(`${time} ${level === "info" ? "" : `${level}: `}${message}\n`);
  };
}

/** TICKBOOK_REDIS_URL and TICKBOOK_REDIS_PREFIX; undefined if the first is not set. */
export function redisFromEnvironment(): { url: string; prefix?: string } | undefined {
  const { TICKBOOK_REDIS_URL: url, TICKBOOK_REDIS_PREFIX: prefix } = process.env;
  return url ? { url, ...(prefix ? { prefix } : {}) } : undefined;
}

/** Resolves at the first Ctrl-C or SIGTERM; a second one ends the program at once. */
export function stopAsked(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
}

/** How to start tickbook. */
function ownCommand(): CommandLine {
  return [process.execPath, fileURLToPath(new URL("kernel/cli/tickbook.mjs", packageRoot))];
}

/**
 * Starts a scheduler that outlives this process; one that runs already is left alone.
 * @returns what was done. Errors: `scheduler.not-started` with the last line of its log.
 */
export async function startInBackground(home: string, workers: number): Promise<string> {
  const isRunning = async () => {
    const desk = await openDesk({ home, from: home, makesNothing: true });
    try {
      return desk.list().scheduler.isRunning;
    } finally {
      desk.close();
    }
  };
  if (await isRunning()) return "The scheduler is running already.";
  const folder = schedulerFolder(home);
  mkdirSync(folder, { recursive: true });
  const log = join(folder, "scheduler.log");
  const file = openSync(log, "a");
  const [program, ...first] = ownCommand();
  const args = [
    ...first,
    "scheduler",
    "--home",
    home,
    ...(redisFromEnvironment() ? [] : ["--workers", String(workers)]),
  ];
  const child = spawn(program, args, { detached: true, stdio: ["ignore", file, file] });
  closeSync(file);
  let hasEnded = false;
  child.once("error", () => {
    hasEnded = true;
  });
  child.once("exit", () => {
    hasEnded = true;
  });
  child.unref();
  for (const until = performance.now() + START_MS; performance.now() < until && !hasEnded; await sleep(100))
    if (await isRunning()) return `The scheduler is running; its log: ${log}`;
  const lines = (await readFile(log, "utf8").catch(() => "")).trim().split("\n");
  return fail("scheduler.not-started", {
    message: `the scheduler of ${home} did not start: ${lines.slice(-3).join(" ").trim() || "it said nothing"}`,
    hint: `Its log is ${log}; tickbook scheduler --home ${home} starts it where it can be seen.`,
    fields: { home, log },
  });
}
