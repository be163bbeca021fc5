import { type CodeUnit, positionAt, type UnitPlace } from "#notebook";
import { isTickbook } from "../scan/door-names.ts";
import type { SourceText } from "../scan/source-text.ts";
import type { LineOrigin } from "./types.ts";

/** What the text is made of. */
export interface SlicedUnits {
  readonly sources: readonly SourceText[];
  /** In run order, each import once. */
  readonly units: readonly UnitPlace[];
  readonly isFrozen: (place: UnitPlace) => boolean;
  /** Names that stand where a value does; an import of others is one of types. */
  readonly valueNames: ReadonlySet<string>;
  /** Paths of local modules by specifier. */
  readonly modulePaths: ReadonlyMap<string, string>;
  readonly exportName: string;
}

interface Line {
  readonly text: string;
  readonly origin: LineOrigin;
}

/** The text of a slice and where its lines come from. */
export function emitSlice(slice: SlicedUnits): {
  readonly source: string;
  readonly map: readonly LineOrigin[];
} {
  const lines = [...importLines(slice), ...frozenLine(slice), ...statementLines(slice), exportLine(slice)];
  return { source: `${lines.map(({ text }) => text).join("\n")}\n`, map: lines.map(({ origin }) => origin) };
}

function originOf({ sources }: SlicedUnits, { cell, unit }: UnitPlace): LineOrigin {
  const { cell: number, text } = sources[cell]!;
  return { cell: number, line: positionAt(text, unit.declares[0]?.at ?? unit.start).line };
}

/** By specifier, and names sorted, so that the order of cells that merely import shows nowhere. */
function importLines(slice: SlicedUnits): Line[] {
  const named = new Map<string, { readonly names: string[]; readonly origin: LineOrigin }>();
  const whole: (Line & { readonly specifier: string })[] = [];
  for (const place of slice.units) {
    const { imported, declares } = place.unit;
    const local = declares[0]?.name;
    if (!imported || local === undefined) continue;
    const specifier = specifierOf(slice, imported.specifier);
    const isType = imported.isType || !slice.valueNames.has(local);
    const origin = originOf(slice, place);
    if (imported.name === "*" || imported.name === "default") {
      const what = imported.name === "*" ? `* as ${local}` : local;
      const text = `import ${isType ? "type " : ""}${what} from ${JSON.stringify(specifier)}${attributesOf(specifier)};`;
      whole.push({ text, origin, specifier });
      continue;
    }
    const entry = named.get(specifier) ?? { names: [], origin };
    const outer = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(imported.name)
      ? imported.name
      : JSON.stringify(imported.name);
    entry.names.push(`${isType ? "type " : ""}${outer === local ? local : `${outer} as ${local}`}`);
    named.set(specifier, entry);
  }
  const lines = [...named].map(([specifier, { names, origin }]) => {
    const text = `import { ${names.sort().join(", ")} } from ${JSON.stringify(specifier)}${attributesOf(specifier)};`;
    return { text, origin, specifier };
  });
  return [...lines, ...whole].sort((a, b) => compare(a.specifier, b.specifier) || compare(a.text, b.text));
}

function specifierOf({ modulePaths }: SlicedUnits, specifier: string): string {
  if (isTickbook(specifier)) return "tickbook/strategy";
  const path = modulePaths.get(specifier);
  if (path === undefined) return specifier;
  return path.startsWith("../") ? path : `./${path}`;
}

function attributesOf(specifier: string): string {
  return specifier.endsWith(".json") ? ' with { type: "json" }' : "";
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function frozenLine(slice: SlicedUnits): Line[] {
  const frozen = slice.units.filter(slice.isFrozen);
  const [first] = frozen;
  if (!first) return [];
  const names = frozen.map(({ unit }) => unit.declares[0]!.name).sort();
  return [{ text: `import { ${names.join(", ")} } from "tickbook:frozen";`, origin: originOf(slice, first) }];
}

function statementLines(slice: SlicedUnits): Line[] {
  return slice.units.flatMap((place) => {
    const { cell, unit } = place;
    if (unit.imported || slice.isFrozen(place)) return [];
    const { text, cell: number } = slice.sources[cell]!;
    const first = positionAt(text, unit.start).line;
    return statementText(text, unit)
      .split("\n")
      .map((line, i) => ({ text: line, origin: { cell: number, line: first + i } }));
  });
}

function statementText(source: string, unit: CodeUnit): string {
  const text = source.slice(unit.start, unit.end);
  if (unit.kind !== "variable") return text;
  // Nothing assigns to it again, or it would have been refused.
  return `${unit.init ? "const" : "let"} ${text};`;
}

function exportLine(slice: SlicedUnits): Line {
  const { exportName, units } = slice;
  const place = units.find(({ unit }) => unit.declares.some(({ name }) => name === exportName))!;
  return { text: `export default ${exportName};`, origin: originOf(slice, place) };
}
