import { Command, CommanderError } from "commander";
import { ERROR_CODES, isTickbookError, TickbookError, textFromError } from "#core";
import { addBundleCommands } from "./bundle.ts";
import { addDataCommands } from "./data/index.ts";
import { endWithParent } from "./end-with-parent.ts";
import { addExchangeCommand } from "./exchange.ts";
import { addFeaturesCommands } from "./features.ts";
import { addInitCommand } from "./init/init.ts";
import { addJourneyCommand } from "./journey/journey.ts";
import { addJupyterCommands } from "./jupyter/commands.ts";
import { addKeysCommands } from "./keys.ts";
import { addLiveCommands } from "./live.ts";
import { addModelCommands } from "./model.ts";
import { addParamsCommand } from "./params.ts";
import { addPromoteCommand } from "./promote/promote.ts";
import { addRunCommand } from "./run.ts";
import { addScheduleCommands } from "./schedule.ts";
import { addSchedulerCommand } from "./scheduler.ts";
import { packageVersion } from "./version.ts";
import { addWorkerCommand } from "./worker.ts";

/** The command line. Sets the process's exit code: 0 done; 1 it failed; 2 wrong use or bad input; others by command. */
export async function main(argv: readonly string[]): Promise<void> {
  const program = new Command("tickbook")
    .description("Turns a TypeScript research notebook into a live trading strategy.")
    .version(packageVersion(), "-V, --version")
    .showSuggestionAfterError()
    .showHelpAfterError("(add --help for the options and examples)")
    .exitOverride();
  // `tickbook data ls | head` closes our output early; that is no error of anybody's.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit();
    throw error;
  });
  addInitCommand(program);
  addJupyterCommands(program);
  addJourneyCommand(program);
  addRunCommand(program);
  addParamsCommand(program);
  addScheduleCommands(program);
  addSchedulerCommand(program);
  addWorkerCommand(program);
  addDataCommands(program);
  addFeaturesCommands(program);
  addModelCommands(program);
  addPromoteCommand(program);
  addBundleCommands(program);
  addExchangeCommand(program);
  addKeysCommands(program);
  addLiveCommands(program);
  endWithParent();
  try {
    await program.parseAsync(argv);
  } catch (error) {
    if (error instanceof CommanderError) reportUse(error, argv.includes("--json"));
    else report(error, argv.includes("--json"));
  }
}

/** Wrong use, or help that was asked for: commander has said it in words already. */
function reportUse({ exitCode, message }: CommanderError, asJson: boolean): void {
  process.exitCode = exitCode === 0 ? 0 : 2;
  if (exitCode === 0 || !asJson) return;
  const error = new TickbookError("cli.bad-use", { message: message.replace(/^error: /, "") });
  process.stdout.write(`${JSON.stringify({ error })}\n`);
}

/** That a strategy may not go live, or that a bundle does not hold, is an answer and no wrong use. */
const VERDICTS = /^(promote|bundle)\./;

function report(error: unknown, asJson: boolean): void {
  const isInput =
    isTickbookError(error) && ERROR_CODES[error.code].act === "input" && !VERDICTS.test(error.code);
  process.exitCode = isInput ? 2 : 1;
  const isCoded = isTickbookError(error);
  if (!asJson || !isCoded) process.stderr.write(`${textFromError(error)}\n`);
  if (!asJson) return;
  // What has no code is a fault of tickbook's, and its place is told above.
  const { name, message } = error as Error;
  process.stdout.write(
    `${JSON.stringify({ error: isCoded ? error : { name, message: message ?? String(error) } })}\n`,
  );
}
