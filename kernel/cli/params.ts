import type { Command } from "commander";
import { notebookParameters } from "#runner";
import { table } from "./data/index.ts";

/** A parameter as `--json` and the dialog in JupyterLab show it. */
export interface ParameterView {
  readonly name: string;
  /** As written; of one without annotation what its value is. */
  readonly type: string;
  readonly kind: "number" | "string" | "boolean" | "choice" | "json" | "date";
  readonly default: unknown;
  readonly choices?: readonly string[];
  readonly description?: string;
  readonly cellId?: string;
}

export function addParamsCommand(program: Command): void {
  program
    .command("params <notebook>")
    .description("list the parameters that a notebook's cell tagged `parameters` declares")
    .option("--json", "print JSON on standard output")
    .addHelpText("after", "\nExample:\n  tickbook params notebooks/trend.ipynb")
    .action(printParameters);
}

/** Prints them. Errors: `runner.no-notebook`, `notebook.*`. */
export async function printParameters(
  notebook: string,
  { json }: { readonly json?: boolean },
): Promise<void> {
  const parameters = await parameterViews(notebook);
  if (json) process.stdout.write(`${JSON.stringify({ parameters })}\n`);
  else if (parameters.length === 0) process.stdout.write("The notebook declares no parameters.\n");
  else
    process.stdout.write(
      `${table([["NAME", "TYPE", "DEFAULT", "DESCRIPTION"], ...parameters.map(rowOf)])}\n`,
    );
}

async function parameterViews(notebook: string): Promise<ParameterView[]> {
  const { parameters, cellId } = await notebookParameters(notebook);
  return parameters.map(({ name, type, annotation, default: value, choices, description }) => ({
    name,
    type: annotation ?? type,
    kind: type,
    default: value ?? null,
    ...(choices ? { choices: choices.map(String) } : {}),
    ...(description ? { description } : {}),
    ...(cellId === undefined ? {} : { cellId }),
  }));
}

function rowOf({ name, type, default: value, description = "" }: ParameterView): string[] {
  return [name, type, value === null ? "computed" : JSON.stringify(value), description];
}
