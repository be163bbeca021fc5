import type { Command } from "commander";
import { fail, suggest } from "#core";
import {
  definitionOf,
  describeCatalog,
  describeFeature,
  FEATURE_CATALOG,
  type FeatureDescription,
  GROUPS,
} from "#features";
import { table } from "./data/table.ts";

interface ListFlags {
  readonly group?: string;
  readonly search?: string;
  readonly json?: boolean;
}

export function addFeaturesCommands(program: Command): void {
  const features = program
    .command("features")
    .description("the catalog of features: what there is, and what each computes");
  features
    .command("ls")
    .description("list the features")
    .option("--group <group>", `only one of ${GROUPS.join(", ")}`)
    .option("--search <text>", "only those with this text in id, summary or TA-Lib name")
    .option("--json", "print JSON on standard output")
    .addHelpText(
      "after",
      "\nExamples:\n  tickbook features ls --group momentum\n  tickbook features ls --search volatility --json",
    )
    .action(listFeatures);
  features
    .command("show <id>")
    .description("one feature: parameters, outputs, warm-up, where its formula comes from")
    .option("--json", "print JSON on standard output")
    .addHelpText("after", "\nExample:\n  tickbook features show technical.rsi")
    .action(showFeature);
}

function listFeatures({ group, search, json }: ListFlags): void {
  if (group !== undefined && !GROUPS.some((one) => one === group)) {
    const close = suggest(group, GROUPS);
    fail("cli.bad-option", {
      message: `there is no group "${group}" of features`,
      hint: `${close ? `Did you mean "${close}"? ` : ""}Use ${GROUPS.join(", ")}.`,
      fields: { group },
    });
  }
  const text = search?.toLowerCase();
  const found = describeCatalog().filter(
    (one) =>
      (group === undefined || one.group === group) &&
      (text === undefined || `${one.id} ${one.summary} ${one.talib ?? ""}`.toLowerCase().includes(text)),
  );
  if (json) {
    process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
    return;
  }
  const rows = found.map(({ id, group, params, outputs, warmup }) => [
    id,
    group,
    params.map((param) => `${param.name}=${param.default}`).join(" "),
    outputs.map(({ name }) => name).join(" "),
    String(warmup),
  ]);
  process.stdout.write(`${table([["FEATURE", "GROUP", "PARAMETERS", "OUTPUTS", "WARM-UP"], ...rows])}\n`);
  process.stdout.write(
    `${found.length} of ${FEATURE_CATALOG.length} features; one whole: tickbook features show <id>\n`,
  );
}

function showFeature(id: string, { json }: { readonly json?: boolean }): void {
  const found = FEATURE_CATALOG.find(
    (one) => one.id === id || one.id.endsWith(`.${id}`) || one.talib === id.toUpperCase(),
  );
  const one = describeFeature(found ?? definitionOf(id));
  process.stdout.write(json ? `${JSON.stringify(one, null, 2)}\n` : featureText(one));
}

function featureText(one: FeatureDescription): string {
  const params = one.params.map(({ name, range, default: usual }) => {
    const bounds = range.kind === "choice" ? range.options.join(" / ") : `${range.min} to ${range.max}`;
    return ["", name, bounds, `default ${usual}`];
  });
  const outputs = one.outputs.map(({ name, unit }) => ["", name, unit, ""]);
  const inputs = one.inputs.map(({ name, default: usual }) => [
    "",
    name,
    name === usual ? "" : `default ${usual}`,
    "",
  ]);
  const section = (title: string, rows: string[][]) =>
    rows.length === 0 ? "" : `${title}\n${table(rows)}\n`;
  return [
    `${one.id}@${one.version}${one.talib ? ` (TA-Lib ${one.talib})` : ""}`,
    one.summary,
    one.source,
    `First value after ${one.warmup} bars with the default parameters${one.sparse ? ", or later: the data decide" : ""}.`,
    "",
    section("Inputs", inputs) + section("Parameters", params) + section("Outputs", outputs),
  ].join("\n");
}
