import { bindingsOf, type CellCompiler, type CodeUnit } from "#notebook";
import type { RunInputs } from "#storage";
import type { SourceText } from "../scan/source-text.ts";

/** The cells of a run as the slicer sees them. */
export interface RunSources {
  readonly sources: readonly (SourceText & {
    /** Declarations that the run's parameters replaced, and that are left out of the facts. */
    readonly replaced: readonly CodeUnit[];
  })[];
  /** Names that the injected cell sets, by the index of that cell. */
  readonly injected: ReadonlyMap<string, number>;
}

/**
 * The cells in run order. A parameter that the run was given counts as declared by the injected cell alone: what the
 * cell tagged `parameters` declares for it is left out.
 */
export function sourcesOf(cells: RunInputs["cells"], compiler: CellCompiler): RunSources {
  const all = cells.map(({ cell, tags, source }) => ({
    cell,
    tags,
    text: source,
    facts: compiler.codeFacts(source, `cell ${cell}`),
  }));
  const injected = new Map<string, number>();
  all.forEach(({ tags, facts }, index) => {
    if (!tags.includes("injected-parameters")) return;
    for (const name of bindingsOf([facts]).keys()) injected.set(name, index);
  });
  const isReplaced = (unit: CodeUnit) =>
    unit.declares.length > 0 && unit.declares.every(({ name }) => injected.has(name));
  const sources = all.map(({ tags, facts, ...rest }) => {
    const replaced = tags.includes("parameters") ? facts.units.filter(isReplaced) : [];
    const units = facts.units.filter((unit) => !replaced.includes(unit));
    return { ...rest, facts: { ...facts, units }, replaced };
  });
  return { sources, injected };
}
