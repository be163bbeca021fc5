import type { CodeFacts, CodeUnit, NameWrite, PassedName } from "./facts.ts";

/** A unit of a notebook: `cell` is the index in the list of cells, in run order. */
export interface UnitPlace {
  readonly cell: number;
  readonly unit: CodeUnit;
}

/** What binds each name at the top level, in run order. */
export type Bindings = ReadonlyMap<string, readonly UnitPlace[]>;

export function bindingsOf(cells: readonly CodeFacts[]): Bindings {
  const bindings = new Map<string, UnitPlace[]>();
  cells.forEach(({ units }, cell) => {
    for (const unit of units) {
      for (const { name } of unit.declares) {
        const places = bindings.get(name) ?? [];
        places.push({ cell, unit });
        bindings.set(name, places);
      }
    }
  });
  return bindings;
}

/**
 * Everything that writes to a name of the top level, in run order. Changing what another name got from it,
 * `const list = memory.list`, counts; assigning to that other name does not.
 */
export function writesTo(
  cells: readonly CodeFacts[],
  name: string,
): (UnitPlace & { readonly write: NameWrite })[] {
  const aliases = aliasesOf(cells, name);
  return cells.flatMap(({ units }, cell) =>
    units.flatMap((unit) =>
      unit.writes
        .filter(
          (write) =>
            (write.kind === "assigned" && write.name === name) ||
            (write.kind === "changed" && aliases.has(write.name)),
        )
        .map((write) => ({ cell, unit, write })),
    ),
  );
}

/** The calls that hand a name of the top level, or a part of it, to a function that changes that argument. */
export function changingCalls(
  cells: readonly CodeFacts[],
  bindings: Bindings,
  name: string,
): (UnitPlace & { readonly passed: PassedName })[] {
  const aliases = aliasesOf(cells, name);
  const changes = ({ callee, index }: PassedName) =>
    bindings.get(callee)?.some(({ unit }) => unit.changesParameters.includes(index)) ?? false;
  return cells.flatMap(({ units }, cell) =>
    units.flatMap((unit) =>
      unit.passes
        .filter((passed) => aliases.has(passed.name) && changes(passed))
        .map((passed) => ({ cell, unit, passed })),
    ),
  );
}

function aliasesOf(cells: readonly CodeFacts[], name: string): ReadonlySet<string> {
  const aliases = new Set([name]);
  // A name got its value from one that stands before it.
  for (const { units } of cells) {
    for (const { aliasOf, declares } of units) {
      if (aliasOf === undefined || !aliases.has(aliasOf)) continue;
      for (const declared of declares) aliases.add(declared.name);
    }
  }
  return aliases;
}
