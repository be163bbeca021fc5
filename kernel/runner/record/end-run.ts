import { realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import { encodeValue } from "#core";
import { formatNotebook, type NotebookDocument, tagsOf } from "#notebook";
import type { CellFact, GoldenFact, Reached } from "#session";
import {
  openObjects,
  type RunInputs,
  type StoredRecord,
  sha256,
  writeAtomic,
  writeRunRecord,
} from "#storage";
import type { RunOptions, RunResult } from "../run-notebook.ts";
import type { TypeCheck } from "../types/type-check.ts";
import { pathFrom, runInputs } from "./run-inputs.ts";

/** A run whose cells are done and whose executed notebook is written. */
export interface DoneRun {
  readonly result: RunResult;
  /** The notebook as it was read. */
  readonly input: NotebookDocument;
  readonly home: string;
  readonly parameters: RunInputs["parameters"];
  readonly reached: Reached;
  /** Undefined for a run that exports nothing. */
  readonly types: TypeCheck | undefined;
  /** How long to wait for them at most, milliseconds. Default: as long as is sensible. */
  readonly typesWaitMs?: number;
}

/**
 * What follows the cells: the contents that the record names, the report, and last of all the record, so that a
 * record never names what is not there. Only a run that ended well has one, and no cell of it failed. Errors: `storage.unwritable`.
 */
export async function endRun(
  run: DoneRun,
  { report }: Pick<RunOptions, "report">,
): Promise<StoredRecord | undefined> {
  const { result, home } = run;
  const isWhole = result.status === "ok" && result.cells.every(({ status }) => status !== "allowed-error");
  const inputs = isWhole ? await inputsOf(run) : undefined;
  const page = await report?.render(result);
  if (report && page !== undefined) await writeAtomic(report.path, page);
  if (!inputs) return undefined;
  const types = await run.types?.found(inputs, openObjects(join(home, "objects")), run.typesWaitMs);
  return writeRunRecord(home, {
    status: "ok",
    inputs,
    notebook: {
      path: pathFrom(home, result.notebookPath),
      codeHash: codeHash(run.input),
      executedHash: sha256(formatNotebook(result.document)),
    },
    golden: lastGolden(result.facts),
    ...(types ? { types } : {}),
    ...(page === undefined ? {} : { reportHash: sha256(page) }),
    node: process.versions.node,
    startedAt: result.startedAt,
    endedAt: result.endedAt,
  });
}

async function inputsOf({ result, home, parameters, reached }: DoneRun): Promise<RunInputs> {
  const { document, cells: reports, facts, notebookPath } = result;
  // The loader names files by their real place.
  const root = await realpath(dirname(notebookPath));
  const seen = { root, document, reports, parameters, facts, reached };
  return runInputs(seen, openObjects(join(home, "objects")));
}

/** Of each strategy with its parameters the last. */
function lastGolden(facts: readonly CellFact[]): GoldenFact[] {
  const found = new Map<string, GoldenFact>();
  for (const { fact } of facts) {
    if (fact.kind !== "golden") continue;
    const golden = fact.value as GoldenFact;
    found.set(encodeValue([golden.strategy, golden.params]), golden);
  }
  return [...found.values()];
}

/** Of the canonical text of the [source, tags] of every code cell. */
export function codeHash({ cells }: NotebookDocument): string {
  const code = cells.filter((cell) => cell.cell_type === "code");
  return sha256(encodeValue(code.map((cell) => [cell.source, tagsOf(cell)])));
}
