import {
  type BackwardSlice,
  type Bindings,
  type CodeUnit,
  changingCalls,
  type PassedName,
  type UnitPlace,
  writesTo,
} from "#notebook";
import { isTickbook } from "../scan/door-names.ts";
import { type Finding, placeText, refusalAt, type SourceText } from "../scan/source-text.ts";
import type { Refusal } from "./types.ts";

/**
 * What a slice relies on: every name that it uses has one value from its declaration on. Looks at all cells, because
 * any of them may write to it.
 */
export function bindingRefusals(
  sources: readonly SourceText[],
  bindings: Bindings,
  { units, uses }: BackwardSlice,
): Refusal[] {
  const inSlice = new Set(units.map(({ unit }) => unit));
  const declared = new Set(units.flatMap(({ unit }) => unit.declares.map(({ name }) => name)));
  const globals = uses.filter(({ bound }) => bound.length === 0).map(({ use }) => use.name);
  const cells = sources.map(({ facts }) => facts);
  const refusals: Refusal[] = [];
  for (const name of new Set([...declared, ...globals])) {
    const places = distinctPlaces(bindings.get(name) ?? []);
    refusals.push(...declarationRefusals(sources, name, places));
    for (const { cell, unit, write } of writesTo(cells, name)) {
      // Functions of the slice are told by their own rule.
      if (inSlice.has(unit) && write.isDeferred) continue;
      const finding =
        write.kind === "assigned" ? assignedFinding(name, places, sources) : changedFinding(name);
      refusals.push(refusalAt(sources[cell]!, write.at, finding));
    }
    for (const { cell, unit, passed } of changingCalls(cells, bindings, name)) {
      const isMemory = inSlice.has(unit) && passed.isDeferred;
      const finding = isMemory
        ? passedMemoryFinding(passed)
        : changedFinding(name, `by ${passed.callee}(...)`);
      refusals.push(refusalAt(sources[cell]!, passed.at, finding));
    }
  }
  return refusals;
}

/** Importing the same thing again changes nothing. */
function distinctPlaces(places: readonly UnitPlace[]): readonly UnitPlace[] {
  return places.filter(({ unit }, i) => {
    const { imported } = unit;
    return !imported || !places.slice(0, i).some((other) => isSameImport(imported, other.unit.imported));
  });
}

function isSameImport(a: CodeUnit["imported"], b: CodeUnit["imported"]): boolean {
  if (!a || !b || a.name !== b.name) return false;
  return a.specifier === b.specifier || (isTickbook(a.specifier) && isTickbook(b.specifier));
}

function declarationRefusals(
  sources: readonly SourceText[],
  name: string,
  places: readonly UnitPlace[],
): Refusal[] {
  const [first, ...others] = places;
  if (!first) return [];
  const refusals: Refusal[] = [];
  for (const { cell, unit } of places) {
    if (unit.kind !== "statement") continue;
    refusals.push(
      refusalAt(sources[cell]!, unit.start, {
        code: "promote.bad-declaration",
        message: `${name} is declared inside a statement that cannot be taken out alone`,
        remedy: `declare it at the top level of a cell: const ${name} = ...`,
      }),
    );
  }
  const again = others.find(
    ({ cell, unit }) => cell !== first.cell || (unit.kind === "variable" && first.unit.kind === "variable"),
  );
  if (again) {
    const at = unitAt(again.unit, name);
    refusals.push(
      refusalAt(sources[again.cell]!, at, {
        code: "promote.redeclared",
        message: `${name} is declared again: first in ${placeText(sources[first.cell]!, unitAt(first.unit, name))}`,
        remedy: `give one of the two another name, or remove the one that is not meant`,
      }),
    );
  }
  return refusals;
}

function unitAt({ declares, start }: CodeUnit, name: string): number {
  return declares.find((declared) => declared.name === name)?.at ?? start;
}

function assignedFinding(
  name: string,
  places: readonly UnitPlace[],
  sources: readonly SourceText[],
): Finding {
  const [first] = places;
  const where = first
    ? `: it is declared in ${placeText(sources[first.cell]!, unitAt(first.unit, name))}`
    : "";
  return {
    code: "promote.assigned-twice",
    message: `${name} is assigned to after its declaration${where}`,
    remedy: `give the final value a name of its own: const ${name} = ...`,
  };
}

function passedMemoryFinding({ name, callee }: PassedName): Finding {
  return {
    code: "promote.outer-write",
    message: `${callee}(...) changes ${name}, which stands outside of this function: a restart would lose that`,
    remedy: `keep it in ctx.state: state: { ${name}: ... } and ${callee}(ctx.state.${name})`,
  };
}

function changedFinding(name: string, by?: string): Finding {
  return {
    code: "promote.written-through",
    message: `${name} is changed after its declaration${by === undefined ? "" : ` ${by}`}`,
    remedy: `write it whole where it is declared, or make a changed copy with a new name: const changed = { ...${name} }`,
  };
}
