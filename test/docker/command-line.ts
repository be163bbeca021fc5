import { Command, CommanderError } from "commander";
import { addBundleCommands } from "../../kernel/cli/bundle.ts";
import { addDataCommands } from "../../kernel/cli/data/index.ts";
import { addExchangeCommand } from "../../kernel/cli/exchange.ts";
import { addKeysCommands } from "../../kernel/cli/keys.ts";
import { addLiveCommands } from "../../kernel/cli/live.ts";
import { addPromoteCommand } from "../../kernel/cli/promote/promote.ts";
import { addRunCommand } from "../../kernel/cli/run.ts";

export interface ParsedCommand {
  /** "live status" */
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** What `tickbook` makes of these words, without doing it. Errors: what it would say to wrong ones. */
export async function parseCommandLine(words: readonly string[]): Promise<ParsedCommand> {
  const program = new Command("tickbook");
  program.exitOverride().configureOutput({ writeOut() {}, writeErr() {} });
  for (const add of [
    addRunCommand,
    addDataCommands,
    addPromoteCommand,
    addBundleCommands,
    addExchangeCommand,
    addKeysCommands,
    addLiveCommands,
  ])
    add(program);
  let found: ParsedCommand = { name: "help", options: {} };
  const disarm = (command: Command, name: string): void => {
    for (const each of command.commands) disarm(each, `${name} ${each.name()}`.trim());
    if (command.commands.length > 0 && command.registeredArguments.length === 0) return;
    command.action(() => {
      found = { name, options: command.optsWithGlobals() };
    });
  };
  disarm(program, "");
  try {
    await program.parseAsync(words, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError) || error.exitCode !== 0) throw error;
  }
  return found;
}
