import { loadCellCompiler } from "#notebook";
import { sliceStrategy } from "./slice-strategy.ts";
import type { Refusal, SliceInput, StrategySlice } from "./types.ts";

/** What stands for the wanted values in the cell that is added. */
const NAME = "slicedForItsCode";

export interface CodeSlice extends Pick<StrategySlice, "source" | "frozen" | "modules" | "packages"> {
  /** The constants that it is made of. */
  readonly constants: readonly string[];
}

export type CodeSliceResult =
  | { readonly ok: true; readonly slice: CodeSlice }
  | { readonly ok: false; readonly refusal: Refusal };

/**
 * The code that values of a run are made of, by the rules of promotion: equal slices mean equal values.
 * @param expressions names of the run's top level, or texts of functions that use no others.
 */
export async function sliceCode(
  { record, readObject }: Pick<SliceInput, "record" | "readObject">,
  expressions: readonly string[],
): Promise<CodeSliceResult> {
  const { inputs } = record;
  const source = `export const ${NAME} = [${expressions.join(", ")}];`;
  const last = { cell: (inputs.cells.at(-1)?.cell ?? 0) + 1, id: NAME, tags: [], source };
  const result = await sliceStrategy({
    record: { inputs: { ...inputs, cells: [...inputs.cells, last] } },
    readObject,
    exportName: NAME,
    // A function of research may name types that no strategy knows.
    ignoreTypes: true,
  });
  if (!result.ok) return { ok: false, refusal: result.refusals[0]! };
  const { source: text, frozen, modules, packages } = result.slice;
  const { units } = (await loadCellCompiler()).codeFacts(text, "slice");
  const constants = units
    .filter(({ kind }) => kind === "variable")
    .flatMap(({ declares }) => declares.map(({ name }) => name))
    .filter((name) => name !== NAME);
  return { ok: true, slice: { source: text, frozen, modules, packages, constants } };
}
