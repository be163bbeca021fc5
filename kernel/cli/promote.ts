import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { fail } from "#core";
import {
  checkTypes,
  openSigningKey,
  type Promoted,
  promoteSlice,
  type Refusal,
  sliceStrategy,
} from "#exports";
import { parseNotebook, tagsOf } from "#notebook";
import { codeHash } from "#runner";
import { engineHash } from "#session";
import { newestRunRecord, openObjects, type RunRecord, readRunRecord, type StoredRecord } from "#storage";
import { verdictText } from "./bundle.ts";
import { packageRoot } from "./version.ts";

interface PromoteFlags {
  readonly home?: string;
  readonly out?: string;
  readonly export?: string;
  readonly notebook?: string;
  readonly json?: boolean;
}

export function addPromoteCommand(program: Command): void {
  program
    .command("promote")
    .description("compile a run's exported strategy to a signed bundle")
    .argument("[run]", "hash of the run record, or its first digits (default: the newest)")
    .option(
      "--home <folder>",
      "the .tickbook folder of the run (default: .tickbook here, or beside --notebook)",
    )
    .option("--out <folder>", "where bundles go (default: bundles in the home folder)")
    .option("--export <name>", "which exported constant goes live (default: the only one)")
    .option("--notebook <file>", "refuse if a code cell of this notebook is not what the run executed")
    .option("--json", "print the outcome as JSON on standard output")
    .addHelpText(
      "after",
      `
Examples:
  tickbook promote --home notebooks/.tickbook
  tickbook promote 4f0c12 --notebook notebooks/trend.ipynb

Exit codes: 0 done, 1 refused, 2 wrong use.`,
    )
    .action(async (run: string | undefined, flags: PromoteFlags) => {
      const home = resolve(
        flags.home ?? (flags.notebook ? join(dirname(flags.notebook), ".tickbook") : ".tickbook"),
      );
      const outcome = await promoteRun({ ...flags, home, ...(run === undefined ? {} : { run }) });
      print(outcome, flags);
      if (!outcome.ok) process.exitCode = 1;
    });
}

export interface PromoteRequest {
  readonly home: string;
  /** Hash of the run record or its first digits. Default: the newest. */
  readonly run?: string;
  readonly out?: string;
  readonly export?: string;
  readonly notebook?: string;
}

export type PromoteOutcome =
  | {
      readonly ok: true;
      readonly run: string;
      readonly promoted: Promoted;
      /** Types that do not fit in cells that do not go live. */
      readonly warnings: readonly Refusal[];
    }
  | { readonly ok: false; readonly run: string; readonly refusals: readonly Refusal[] };

/** From a run record to a signed bundle. Errors: `promote.*`, `bundle.*`, `keys.*`, `storage.*`. */
export async function promoteRun(request: PromoteRequest): Promise<PromoteOutcome> {
  const { home, out = join(home, "bundles") } = request;
  const stored = await findRun(home, request.run);
  const { hash, record } = stored;
  await assertEngine(record);
  if (request.notebook !== undefined) await assertNotebook(record, resolve(request.notebook));
  const objects = openObjects(join(home, "objects"));
  const readObject = (name: string) => objects.get(name);
  const sliced = await sliceStrategy({
    record,
    readObject,
    ...(request.export === undefined ? {} : { exportName: request.export }),
  });
  if (!sliced.ok) return { ok: false, run: hash, refusals: sliced.refusals };
  const { slice } = sliced;
  const folder = dirname(join(home, record.notebook.path));
  const { refusals, warnings } = await checkTypes({ record, readObject, slice, folder });
  if (refusals.length > 0) return { ok: false, run: hash, refusals };
  const promoted = await promoteSlice({
    stored,
    slice,
    objects,
    packagesFrom: folder,
    key: await openSigningKey(home),
    out: resolve(out),
  });
  return { ok: true, run: hash, promoted, warnings };
}

async function findRun(home: string, prefix: string | undefined): Promise<StoredRecord> {
  if (prefix !== undefined) return readRunRecord(home, prefix);
  const newest = await newestRunRecord(home);
  return newest ?? fail("promote.no-run", { message: `${home} has no run record`, fields: { home } });
}

/** What goes live is built from this tickbook's parts, so the research must have run on the same. */
async function assertEngine({ inputs }: RunRecord): Promise<void> {
  const own = await engineHash(fileURLToPath(packageRoot));
  if (own === inputs.engine.hash) return;
  fail("promote.other-engine", {
    message: `the notebook ran on engine ${inputs.engine.version} ${inputs.engine.hash.slice(0, 12)}, and this is ${own.slice(0, 12)}`,
    fields: { recorded: inputs.engine, own },
  });
}

async function assertNotebook({ notebook, inputs }: RunRecord, path: string): Promise<void> {
  const text = await readFile(path, "utf8").catch((cause: unknown) =>
    fail("runner.no-notebook", {
      message: `${path} cannot be read: ${(cause as Error).message}`,
      fields: { path },
    }),
  );
  const document = parseNotebook(text, path);
  if (codeHash(document) === notebook.codeHash) return;
  const now = document.cells.filter((cell) => cell.cell_type === "code" && cell.source.trim() !== "");
  const changed =
    inputs.cells.find(
      ({ id, tags, source }) =>
        !tags.includes("injected-parameters") &&
        !now.some((cell) => cell.id === id && cell.source === source),
    )?.id ??
    now.find(
      (cell) => !tagsOf(cell).includes("skip-execution") && !inputs.cells.some(({ id }) => id === cell.id),
    )?.id;
  const cell = inputs.cells.find(({ id }) => id === changed);
  const what =
    changed === undefined
      ? "the order or the tags of its cells differ"
      : `cell ${cell ? `${cell.cell} ` : ""}(id ${changed}) differs`;
  fail("promote.changed-notebook", {
    message: `${path} is not what the run executed: ${what}`,
    fields: { path, cell: changed },
  });
}

function print(outcome: PromoteOutcome, { json }: PromoteFlags): void {
  if (!outcome.ok) {
    if (json) process.stdout.write(`${JSON.stringify(outcome)}\n`);
    else process.stderr.write(refusalText(outcome.refusals));
    return;
  }
  const { path, hash, fingerprint, golden, isNew, manifest } = outcome.promoted;
  if (json) {
    const { run } = outcome;
    process.stdout.write(
      `${JSON.stringify({ ok: true, run, path, hash, fingerprint, isNew, golden, manifest })}\n`,
    );
    return;
  }
  if (outcome.warnings.length > 0) {
    const lines = outcome.warnings.map(
      (warning) => `  ${placeText(warning)}: ${warning.message.split("  ")[0]}\n`,
    );
    process.stderr.write(`Types that do not fit, in code that stays in research:\n${lines.join("")}\n`);
  }
  process.stdout.write(`${verdictText(hash, fingerprint, golden)}\n${path}\n`);
}

/** Like a compiler's errors: where, the line with a caret, what to write instead. */
export function refusalText(refusals: readonly Refusal[]): string {
  const texts = refusals.map((refusal) => {
    const { code, column, sourceLine, message, remedy } = refusal;
    // Tabs stay tabs, so that the caret stands below its column.
    const gap = sourceLine.slice(0, column - 1).replace(/[^\t]/g, " ");
    return `${placeText(refusal)}: ${message}\n    ${sourceLine}\n    ${gap}^\n  ${remedy}\n  (${code})\n`;
  });
  const count = refusals.length === 1 ? "1 refusal" : `${refusals.length} refusals`;
  return `${texts.join("\n")}\nNot promoted: ${count}.\n`;
}

function placeText({ cell, module, line, column }: Refusal): string {
  const where = module === undefined ? `cell ${cell}` : `${module} (imported by cell ${cell})`;
  return `${where}, line ${line}, column ${column}`;
}
