import type { Bindings, UnitPlace } from "#notebook";
import { placeText, refusalAt, type SourceText } from "../scan/source-text.ts";
import type { Refusal } from "./types.ts";

interface Exported {
  readonly name: string;
  readonly source: SourceText;
  readonly at: number;
}

/** The constant that goes live: the one that is exported, or the wanted one of several. */
export function findExport(
  sources: readonly SourceText[],
  bindings: Bindings,
  wanted: string | undefined,
): { readonly name: string; readonly units: readonly UnitPlace[] } | Refusal[] {
  const all = sources.flatMap((source) => exportsOf(source, bindings));
  const named = all.filter(({ name }) => name !== "default");
  const chosen = wanted === undefined ? named : named.filter(({ name }) => name === wanted);
  const names = new Set(chosen.map(({ name }) => name));
  const [name] = names;
  if (name === undefined) return [noExport(sources, all, wanted)];
  if (names.size > 1) return [severalExports(chosen)];
  return { name, units: bindings.get(name) ?? [] };
}

function exportsOf(source: SourceText, bindings: Bindings): Exported[] {
  const { units, exportedNames } = source.facts;
  const declared = units
    .filter(({ isExported, kind }) => isExported && kind === "variable")
    .flatMap(({ declares }) => declares.map(({ name, at }) => ({ name, source, at })));
  const listed = exportedNames
    .filter(
      ({ name }) => name === "default" || bindings.get(name)?.some(({ unit }) => unit.kind === "variable"),
    )
    .map(({ name, at }) => ({ name, source, at }));
  return [...declared, ...listed];
}

function noExport(
  sources: readonly SourceText[],
  all: readonly Exported[],
  wanted: string | undefined,
): Refusal {
  const first = all[0];
  const last = sources.at(-1) ?? { cell: 0, text: "", facts: { units: [], exportedNames: [], passedOn: [] } };
  const there = all.length > 0 ? `it exports ${listText(all)}` : "it exports nothing";
  return refusalAt(first?.source ?? last, first?.at ?? 0, {
    code: "promote.no-export",
    message: `the notebook exports no constant${wanted === undefined ? "" : ` "${wanted}"`}: ${there}`,
    remedy: `export the strategy: export const ${wanted ?? "live"} = strategy.with(best);`,
  });
}

function severalExports(chosen: readonly Exported[]): Refusal {
  const second = chosen.find(({ name }) => name !== chosen[0]?.name)!;
  return refusalAt(second.source, second.at, {
    code: "promote.several-exports",
    message: `the notebook exports several constants: ${listText(chosen)}`,
    remedy: "export only the strategy that goes live, and remove export in front of the others",
  });
}

function listText(exported: readonly Exported[]): string {
  return exported.map(({ name, source, at }) => `${name} (${placeText(source, at)})`).join(", ");
}
