import { readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import type { DataReport } from "#data";
import { type NotebookDocument, tagsOf } from "#notebook";
import {
  type CellFact,
  engineHash,
  type FrozenFact,
  type ImportedPackage,
  type LoadedModule,
  type Reached,
} from "#session";
import type { ObjectStore, RunInputs } from "#storage";
import type { CellReport } from "../events.ts";
import { packageFolder, packageVersion } from "../package-version.ts";

/** What a run has seen when it ends. */
export interface RunSeen {
  /** The notebook's folder. */
  readonly root: string;
  /** The notebook as it ran, parameters injected. */
  readonly document: NotebookDocument;
  readonly reports: readonly CellReport[];
  readonly parameters: RunInputs["parameters"];
  readonly facts: readonly CellFact[];
  readonly reached: Reached;
}

/**
 * Gathers what a run's results follow from, and stores the contents that the record names.
 * Errors: `storage.unwritable`; `storage.missing` and `storage.damaged` if a frozen value is not there any more.
 */
export async function runInputs(seen: RunSeen, objects: ObjectStore): Promise<RunInputs> {
  const { root, reached, facts, parameters } = seen;
  const lockFile = await storeLockFile(root, objects);
  const frozen = lastByBinding(factsOf<FrozenFact>(facts, "frozen"));
  // The session has stored them; a record names nothing that cannot be read.
  for (const { hash } of frozen) await objects.get(hash);
  return {
    cells: executedCells(seen),
    parameters,
    modules: await storeModules(root, reached.modules, objects),
    packages: packagesOf(reached.packages),
    ...(lockFile ? { lockFile } : {}),
    frozen,
    data: uniqueBy(
      factsOf<DataReport>(facts, "data").map(({ source, symbol, timeframe, hash }) => ({
        source,
        symbol,
        timeframe,
        hash,
      })),
      ({ hash }) => hash,
    ),
    engine: await engineOf(reached.packages),
  };
}

function executedCells({ document, reports }: RunSeen): RunInputs["cells"] {
  return reports.flatMap(({ cell, index }) => {
    if (cell === undefined) return [];
    const executed = document.cells[index]!;
    return [{ cell, id: executed.id, tags: tagsOf(executed), source: executed.source }];
  });
}

function packagesOf(packages: readonly ImportedPackage[]): RunInputs["packages"] {
  const named = packages.map(({ name, version }) => ({ name, version }));
  const keyOf = ({ name, version }: RunInputs["packages"][number]) => `${name} ${version}`;
  return uniqueBy(named, keyOf).sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

async function storeModules(
  root: string,
  modules: readonly LoadedModule[],
  objects: ObjectStore,
): Promise<RunInputs["modules"]> {
  const stored: RunInputs["modules"][number][] = [];
  for (const { file, content } of modules) {
    stored.push({ path: pathFrom(root, file), hash: await objects.put(content) });
  }
  return uniqueBy(stored, ({ path, hash }) => `${path} ${hash}`);
}

async function storeLockFile(root: string, objects: ObjectStore): Promise<RunInputs["lockFile"]> {
  for (let folder = root; ; folder = dirname(folder)) {
    const file = join(folder, "package-lock.json");
    const content = await readFile(file).catch(() => undefined);
    if (content) return { path: pathFrom(root, file), hash: await objects.put(content) };
    if (dirname(folder) === folder) return undefined;
  }
}

/** A notebook may have its own copy of tickbook; one that imports none has ours. */
async function engineOf(packages: readonly ImportedPackage[]): Promise<RunInputs["engine"]> {
  const used = packages.find(({ name }) => name === "tickbook");
  return {
    version: used?.version ?? packageVersion(),
    hash: await engineHash(used?.folder ?? packageFolder()),
  };
}

function factsOf<T>(facts: readonly CellFact[], kind: CellFact["fact"]["kind"]): T[] {
  return facts.filter(({ fact }) => fact.kind === kind).map(({ fact }) => fact.value as T);
}

function lastByBinding(frozen: readonly FrozenFact[]): FrozenFact[] {
  return frozen.filter(({ binding }, i) => frozen.findLastIndex((other) => other.binding === binding) === i);
}

function uniqueBy<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  return items.filter((item, i) => items.findIndex((other) => keyOf(other) === keyOf(item)) === i);
}

/** With forward slashes, so that the same project gives the same record on every platform. */
export function pathFrom(folder: string, file: string): string {
  return relative(folder, file).replaceAll("\\", "/");
}
