import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import { countText, fail, shortText, spanText, timeText } from "#core";
import { diffModels, type ModelRegistry, type ModelVersion, modelRegistryPath, openModelRegistry } from "#ml";
import { writeAtomic } from "#storage";
import { bytesText } from "./data/bytes-text.ts";
import { printJson, type StoreFlags } from "./data/store-flags.ts";
import { table } from "./data/table.ts";

const WHICH = "[which]";
const WHICH_TEXT = 'version, stage ("champion") or beginning of the hash; default: the newest';

export function addModelCommands(program: Command): void {
  const models = program
    .command("model")
    .description(
      "the models that notebooks registered: versions, what they came from, which one is champion",
    );
  withFlags(models.command("ls [name]"))
    .description("list the versions, the newest first")
    .addHelpText("after", "\nExamples:\n  tickbook model ls\n  tickbook model ls btc-direction --json")
    .action((name: string | undefined, flags: StoreFlags) =>
      withRegistry(flags, (all) => list(all, name, flags), name === undefined),
    );
  withFlags(models.command(`show <name> ${WHICH}`))
    .description("one version: features, metrics, training data, parity, history")
    .addHelpText(
      "after",
      `\n${WHICH} is a ${WHICH_TEXT}.\n\nExample:\n  tickbook model show btc-direction champion`,
    )
    .action((name: string, which: string | undefined, flags: StoreFlags) =>
      withRegistry(flags, (all) => show(all, all.find(name, which), flags)),
    );
  withFlags(models.command("diff <name> <from> <to>"))
    .description("what differs between two versions")
    .addHelpText("after", "\nExample:\n  tickbook model diff btc-direction champion challenger")
    .action((name: string, from: string, to: string, flags: StoreFlags) =>
      withRegistry(flags, (all) => diff(all.find(name, from), all.find(name, to), flags)),
    );
  withFlags(models.command(`export <name> ${WHICH}`))
    .description("write a version's ONNX file")
    .option("-o, --output <file>", "default: <name>-<version>.onnx")
    .addHelpText("after", "\nExample:\n  tickbook model export btc-direction champion -o model.onnx")
    .action((name: string, which: string | undefined, flags: StoreFlags & { readonly output?: string }) =>
      withRegistry(flags, (all) => write(all, all.find(name, which), flags)),
    );
  withFlags(models.command("stage <name> <which> <stage>"))
    .description("put a stage on a version; it leaves the one it stood on")
    .option("--reason <text>", "kept in the history", "")
    .addHelpText(
      "after",
      '\nExample:\n  tickbook model stage btc-direction 7 champion --reason "better since March"',
    )
    .action((name: string, which: string, stage: string, flags: StoreFlags & { readonly reason: string }) =>
      withRegistry(flags, async (all) => {
        const version = all.setStage(name, stage, which, flags.reason);
        if (flags.json) printJson(version);
        else process.stdout.write(`${name} version ${version.version} is ${stage} now\n`);
      }),
    );
  withFlags(models.command("history [name]"))
    .description("what happened, the newest last")
    .addHelpText("after", "\nExample:\n  tickbook model history btc-direction")
    .action((name: string | undefined, flags: StoreFlags) =>
      withRegistry(flags, (all) => tellHistory(all, name, flags), name === undefined),
    );
}

function withFlags(command: Command): Command {
  return command
    .option("--home <folder>", "the .tickbook folder whose models are meant", ".tickbook")
    .option("--json", "print JSON on standard output");
}

/** @param mayBeEmpty no models at all are an answer, not a mistake. Errors: `ml.unknown-model`, those of the registry. */
async function withRegistry(
  flags: StoreFlags,
  work: (registry: ModelRegistry) => Promise<unknown>,
  mayBeEmpty = false,
): Promise<void> {
  const home = resolve(flags.home);
  // Looking must not make a registry where somebody misspelt the folder.
  if (!existsSync(modelRegistryPath(home))) {
    if (mayBeEmpty) return flags.json ? printJson([]) : tellNone(home);
    fail("ml.unknown-model", {
      message: `no models are kept in ${home}`,
      hint: "Give --home, the .tickbook folder of the notebooks.",
      fields: { home },
    });
  }
  const registry = await openModelRegistry(home, Date.now);
  try {
    await work(registry);
  } finally {
    registry.close();
  }
}

async function list(registry: ModelRegistry, name: string | undefined, flags: StoreFlags): Promise<void> {
  const versions =
    name === undefined ? registry.list() : [registry.find(name), ...registry.list(name).slice(1)];
  if (flags.json) return printJson(versions);
  if (versions.length === 0) return tellNone(resolve(flags.home));
  const rows = versions.map(({ name: model, version, stages, lineage, metrics, registered, bytes, hash }) => [
    model,
    String(version),
    stages.join(" "),
    lineage.label,
    Object.entries(metrics)
      .slice(0, 2)
      .map(([metric, value]) => `${metric} ${shortText(value, 4)}`)
      .join(" "),
    timeText(registered),
    bytesText(bytes),
    hash.slice(0, 8),
  ]);
  const head = ["MODEL", "VERSION", "STAGE", "PREDICTS", "METRICS", "REGISTERED", "SIZE", "HASH"];
  process.stdout.write(`${table([head, ...rows])}\n`);
}

async function tellHistory(
  registry: ModelRegistry,
  name: string | undefined,
  flags: StoreFlags,
): Promise<void> {
  // Refuses a name that no model has.
  if (name !== undefined) registry.find(name);
  const events = registry.history(name);
  if (flags.json) return printJson(events);
  const rows = events.map((event) => [
    timeText(event.time),
    event.name,
    String(event.version),
    event.stage === "" ? event.event : `${event.event} ${event.stage}`,
    event.reason,
  ]);
  process.stdout.write(`${table([["TIME", "MODEL", "VERSION", "EVENT", "REASON"], ...rows])}\n`);
}

function tellNone(home: string): void {
  process.stdout.write(
    `No models in ${home} yet. A notebook keeps one: await registerModel(name, await exportOnnx(...))\n`,
  );
}

async function show(registry: ModelRegistry, version: ModelVersion, flags: StoreFlags): Promise<void> {
  const events = registry.history(version.name).filter((event) => event.version === version.version);
  if (flags.json) return printJson({ ...version, history: events });
  const { lineage, parity, metrics, inputs, features, window } = version;
  const lines: (readonly [string, string])[] = [
    ["Hash", version.hash],
    ["Stages", version.stages.join(", ") || "none"],
    ["Registered", timeText(version.registered)],
    ["Predicts", lineage.label],
    ["Trained by", `${lineage.library}, seed ${Number.isNaN(lineage.seed) ? "unknown" : lineage.seed}`],
    [
      "Trained on",
      `${spanText(lineage.from, lineage.to)}, data ${lineage.dataHash.slice(0, 12) || "unknown"}`,
    ],
    ...(lineage.study ? [["Study", lineage.study] as const] : []),
    ["Window", window === 1 ? "1 row" : `${window} rows`],
    ...(parity
      ? [
          [
            "Parity",
            `${shortText(parity.maxError)} on ${countText(parity.rows)} rows, limit ${shortText(parity.limit)}`,
          ] as const,
        ]
      : []),
    ...Object.entries(metrics).map(([name, value]) => [name, shortText(value)] as const),
    ...Object.entries(lineage.parameters).map(([name, value]) => [name, valueText(value)] as const),
    ...(version.note ? [["Note", version.note] as const] : []),
  ];
  process.stdout.write(`${version.name} version ${version.version}\n${table(lines)}\n\nFeatures\n`);
  process.stdout.write(`${table(inputs.map((name, i) => ["", name, features[i] ?? ""]))}\n\nHistory\n`);
  const history = events.map((event) => ["", timeText(event.time), event.event, event.stage, event.reason]);
  process.stdout.write(`${table(history)}\n`);
}

async function diff(from: ModelVersion, to: ModelVersion, flags: StoreFlags): Promise<void> {
  const found = diffModels(from, to);
  if (flags.json) return printJson(found);
  const text = (field: string, value: unknown) =>
    field === "registered" ? timeText(value as number) : valueText(value);
  const rows = found.map(({ field, from: before, to: after }) => [
    field,
    text(field, before),
    text(field, after),
  ]);
  const head = ["FIELD", `VERSION ${from.version}`, `VERSION ${to.version}`];
  process.stdout.write(rows.length === 0 ? "They are the same.\n" : `${table([head, ...rows])}\n`);
}

/** JSON, which has no word for NaN and infinities. */
function valueText(value: unknown): string {
  if (value === undefined) return "–";
  return typeof value === "number" ? String(value) : JSON.stringify(value);
}

async function write(
  registry: ModelRegistry,
  version: ModelVersion,
  flags: StoreFlags & { readonly output?: string },
): Promise<void> {
  const { bytes } = await registry.artifact(version);
  const path = resolve(flags.output ?? `${version.name}-${version.version}.onnx`);
  await writeAtomic(path, bytes);
  if (flags.json) printJson({ path, hash: version.hash, bytes: bytes.length });
  else process.stdout.write(`${path}: ${bytesText(bytes.length)}, sha256 ${version.hash}\n`);
}
