import { encodeValue } from "#core";
import { type Refusal, type SliceResult, type StrategySlice, sliceStrategy } from "#exports";
import { type RunRecord, sha256 } from "#storage";

export type Cell = string | { readonly source: string; readonly tags: readonly string[] };

export interface Run {
  readonly cells: readonly Cell[];
  /** Values by binding; the cell is found by its text. */
  readonly frozen?: Readonly<Record<string, unknown>>;
  /** Local modules by path. */
  readonly modules?: Readonly<Record<string, string>>;
}

/** A run record written by hand, and its objects. */
export function runOf({ cells, frozen = {}, modules = {} }: Run) {
  const objects = new Map<string, string>();
  const put = (text: string) => {
    objects.set(sha256(text), text);
    return sha256(text);
  };
  const sourceOf = (cell: Cell) => (typeof cell === "string" ? cell : cell.source);
  const record: RunRecord = {
    format: 1,
    status: "ok",
    inputs: {
      cells: cells.map((cell, i) => ({
        cell: i + 1,
        id: `cell-${i}`,
        tags: typeof cell === "string" ? [] : cell.tags,
        source: sourceOf(cell),
      })),
      parameters: { set: {}, defaults: {} },
      modules: Object.entries(modules).map(([path, text]) => ({ path, hash: put(text) })),
      packages: [],
      frozen: Object.entries(frozen).map(([binding, value]) => ({
        binding,
        cell: cells.findLastIndex((cell) => sourceOf(cell).includes(`const ${binding} = freeze(`)) + 1,
        hash: put(encodeValue(value)),
      })),
      data: [],
      engine: { version: "0.1.0", hash: "0".repeat(64) },
    },
    notebook: { path: "n.ipynb", codeHash: "0".repeat(64), executedHash: "0".repeat(64) },
    node: "20.19.0",
    startedAt: 0,
    endedAt: 1,
  };
  const readObject = async (hash: string) => new TextEncoder().encode(objects.get(hash));
  return { record, readObject, objects };
}

export async function sliceOf(run: Run, exportName?: string): Promise<SliceResult> {
  const { record, readObject } = runOf(run);
  return sliceStrategy({ record, readObject, ...(exportName === undefined ? {} : { exportName }) });
}

export async function refusalsOf(run: Run, exportName?: string): Promise<readonly Refusal[]> {
  const result = await sliceOf(run, exportName);
  return result.ok ? [] : result.refusals;
}

/** Fails with the refusals if there are any. */
export async function madeSlice(run: Run): Promise<StrategySlice> {
  const result = await sliceOf(run);
  if (!result.ok) throw new Error(JSON.stringify(result.refusals, undefined, 1));
  return result.slice;
}
