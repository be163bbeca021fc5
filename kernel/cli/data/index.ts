import type { Command } from "commander";
import { addCheckCommand } from "./check.ts";
import { addExportCommand } from "./export.ts";
import { addFetchCommand } from "./fetch.ts";
import { addImportCommand } from "./import.ts";
import { addLsCommand } from "./ls.ts";
import { addPruneCommand } from "./prune.ts";
import { addRecordCommand } from "./record.ts";
import { addShowCommand } from "./show.ts";

export { sourceByName } from "./fetch.ts";
export { printReport } from "./report-text.ts";
export { table } from "./table.ts";

export function addDataCommands(program: Command): void {
  const data = program.command("data").description("bring market data in, check it, show it, export it");
  addFetchCommand(data);
  addRecordCommand(data);
  addImportCommand(data);
  addLsCommand(data);
  addShowCommand(data);
  addExportCommand(data);
  addCheckCommand(data);
  addPruneCommand(data);
}
