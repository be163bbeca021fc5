import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { fail } from "#core";
import {
  type CompileStep,
  checkTypes,
  compileSlice,
  openSigningKey,
  type Promoted,
  promoteSlice,
  type Refusal,
  type StrategySlice,
  sliceStrategy,
} from "#exports";
import { parseNotebook, tagsOf } from "#notebook";
import { codeHash } from "#runner";
import { engineHash } from "#session";
import {
  newestRunRecord,
  type ObjectStore,
  openObjects,
  type RunRecord,
  readRunRecord,
  type StoredRecord,
} from "#storage";
import { packageRoot } from "../version.ts";

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

export type PromoteStep = "slice" | "types" | CompileStep;

/** A slice that may go live, and what is needed to compile it. */
export interface Sliced {
  readonly ok: true;
  readonly stored: StoredRecord;
  readonly slice: StrategySlice;
  readonly objects: ObjectStore;
  /** Of the notebook. */
  readonly folder: string;
  readonly warnings: readonly Refusal[];
}

/**
 * From a run record to the slice of its exported strategy, types checked.
 * @param onStep told when a step begins. Errors: `promote.*`, `storage.*`.
 */
export async function sliceRun(
  request: Omit<PromoteRequest, "out">,
  onStep: (step: PromoteStep) => void = () => {},
): Promise<Sliced | Extract<PromoteOutcome, { ok: false }>> {
  const { home } = request;
  const stored = await findRun(home, request.run);
  const { hash, record } = stored;
  await assertEngine(record);
  if (request.notebook !== undefined) await assertNotebook(record, resolve(request.notebook));
  const objects = openObjects(join(home, "objects"));
  const readObject = (name: string) => objects.get(name);
  onStep("slice");
  const sliced = await sliceStrategy({
    record,
    readObject,
    ...(request.export === undefined ? {} : { exportName: request.export }),
  });
  if (!sliced.ok) return { ok: false, run: hash, refusals: sliced.refusals };
  const { slice } = sliced;
  const folder = dirname(join(home, record.notebook.path));
  onStep("types");
  const { refusals, warnings } = await checkTypes({ record, readObject, slice, folder });
  if (refusals.length > 0) return { ok: false, run: hash, refusals };
  return { ok: true, stored, slice, objects, folder, warnings };
}

/** From a run record to a signed bundle. Errors: `promote.*`, `bundle.*`, `keys.*`, `storage.*`. */
export async function promoteRun(request: PromoteRequest): Promise<PromoteOutcome> {
  const { home, out = join(home, "bundles") } = request;
  const sliced = await sliceRun(request);
  if (!sliced.ok) return sliced;
  const { stored, slice, objects, folder, warnings } = sliced;
  const key = await openSigningKey(home);
  const promoted = await promoteSlice({
    stored,
    slice,
    objects,
    packagesFrom: folder,
    key,
    out: resolve(out),
  });
  return { ok: true, run: stored.hash, promoted, warnings };
}

/** Proves that a slice compiles, without a signature. Errors: those of {@link promoteRun}. */
export function compileRun(
  { stored, slice, objects, folder }: Sliced,
  onStep: (step: PromoteStep) => void = () => {},
) {
  return compileSlice({ stored, slice, objects, packagesFrom: folder }, onStep);
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

/** Like a compiler's errors: where, the line with a caret, what to write instead. */
export function refusalText(refusals: readonly RefusalLike[]): string {
  const texts = refusals.map((refusal) => {
    const { code, column, sourceLine, message, remedy } = refusal;
    // Tabs stay tabs, so that the caret stands below its column.
    const gap = sourceLine.slice(0, column - 1).replace(/[^\t]/g, " ");
    return `${placeText(refusal)}: ${message}\n    ${sourceLine}\n    ${gap}^\n  ${remedy}\n  (${code})\n`;
  });
  const count = refusals.length === 1 ? "1 refusal" : `${refusals.length} refusals`;
  return `${texts.join("\n")}\nNot promoted: ${count}.\n`;
}

type RefusalLike = Omit<Refusal, "cell" | "code"> & { readonly code: string; readonly cell?: number };

export function placeText({ cell, module, line, column }: RefusalLike): string {
  if (cell === undefined) return "the notebook";
  const where = module === undefined ? `cell ${cell}` : `${module} (imported by cell ${cell})`;
  return `${where}, line ${line}, column ${column}`;
}
