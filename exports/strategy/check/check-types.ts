import type { RunRecord, TypeFinding } from "#storage";
import type { Refusal, SliceInput, StrategySlice } from "../slice/types.ts";
import { typeChecker } from "./checker.ts";
import { findTypeErrors } from "./type-findings.ts";

export interface TypeCheckInput extends Pick<SliceInput, "readObject"> {
  readonly record: RunRecord;
  readonly slice: StrategySlice;
  /** Absolute: the notebook's folder, from which its imports are resolved. */
  readonly folder: string;
}

export interface TypeCheckResult {
  /** Errors in what goes live. */
  readonly refusals: readonly Refusal[];
  /** Errors in the rest of the notebook. */
  readonly warnings: readonly Refusal[];
}

/**
 * What the types of a whole run mean for its slice. The run's own check is taken if the same compiler made it; else
 * they are checked now, with the local modules of the record.
 */
export async function checkTypes(input: TypeCheckInput): Promise<TypeCheckResult> {
  const { record, slice } = input;
  const { findings } = record.types?.checker === typeChecker() ? record.types : await checkNow(input);
  const sliced = new Set(slice.map.map(({ cell, line }) => `${cell}:${line}`));
  const modules = new Set(slice.modules.map(({ path }) => path));
  const ofCells = findings.filter(({ module }) => module === undefined);
  const isSliced = ({ cell, line }: TypeFinding) => sliced.has(`${cell}:${line}`);
  return {
    refusals: [
      ...ofCells.filter(isSliced),
      ...findings.filter(({ module }) => module !== undefined && modules.has(module)),
    ].map((found) => refusalOf(found, slice)),
    warnings: ofCells.filter((found) => !isSliced(found)).map((found) => refusalOf(found, slice)),
  };
}

async function checkNow({ record, readObject, folder }: TypeCheckInput) {
  const modules = new Map<string, string>();
  for (const { path, hash } of record.inputs.modules) {
    modules.set(path, new TextDecoder().decode(await readObject(hash)));
  }
  return findTypeErrors({ cells: record.inputs.cells, folder, modules });
}

function refusalOf({ number, ...found }: TypeFinding, slice: StrategySlice): Refusal {
  return {
    cell: slice.cells[0] ?? 0,
    ...found,
    code: "promote.type-error",
    remedy: `correct the value or its type (TypeScript error ${number})`,
  };
}
