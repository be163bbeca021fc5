import type { Command } from "commander";
import { fail } from "#core";
import { startWorker } from "#scheduler";
import { countFrom } from "./run.ts";
import { logTo, redisFromEnvironment, stopAsked } from "./scheduler.ts";

export function addWorkerCommand(program: Command): void {
  program
    .command("worker")
    .description("work on scheduled runs from Redis, on this machine")
    .option("--workers <n>", "runs at once", "1")
    .option("--json", "print what happens as JSON lines on standard output")
    .addHelpText(
      "after",
      `
Example:
  TICKBOOK_REDIS_URL=redis://:password@host:6379 tickbook worker --workers 4

What must be shared: the folder of the notebooks, with its packages and its .tickbook folder, at the same path as where
they were scheduled, and writable. Install the same version of tickbook and of Node everywhere.
Any number of workers on any number of machines may run; if one dies, its run is repeated by another.
TICKBOOK_REDIS_PREFIX (default tickbook) keeps installations on one Redis apart; rediss:// connects by TLS.
Exit codes: 0 stopped as told, 1 it could not go on, 2 wrong use.`,
    )
    .action(async (flags: { readonly workers: string; readonly json?: boolean }) => {
      const redis = redisFromEnvironment();
      if (!redis) {
        fail("scheduler.no-redis", {
          message: "TICKBOOK_REDIS_URL is not set: there is no queue to take runs from",
          hint: "On one machine, tickbook scheduler works on its runs itself.",
        });
      }
      const log = logTo(flags);
      const worker = await startWorker({
        redis,
        workers: countFrom("--workers", flags.workers, 1),
        onLog: log,
      });
      log("info", `working on up to ${flags.workers} runs at once`);
      await stopAsked();
      await worker.close();
    });
}
