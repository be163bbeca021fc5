import type { Bindings, CodeUnit, NameUse, SlicedUse, UnitPlace } from "#notebook";
import { DOOR_TYPES, isTickbook, researchName, researchNameFinding, typeFinding } from "./door-names.ts";
import type { Finding, SourceText } from "./source-text.ts";

/** Where a value comes from that research computed: "bars(...)", or undefined for one that could go live. */
export function researchOrigin({ unit }: UnitPlace, bindings: Bindings): string | undefined {
  if (unit.kind !== "variable") return undefined;
  for (const use of unit.uses) {
    if (use.isDeferred || use.isType) continue;
    const name = researchImport(use, bindings);
    if (name !== undefined) return `${name}(...)`;
  }
  return unit.effects.some(({ isDeferred }) => !isDeferred) ? "an awaited value" : undefined;
}

function researchImport({ name, path }: NameUse, bindings: Bindings): string | undefined {
  for (const { unit } of bindings.get(name) ?? []) {
    const found = unit.imported && researchName(unit.imported, path[0]);
    // A freeze that has no constant of its own is told where it stands.
    if (found !== undefined && found !== "freeze") return found;
  }
  return undefined;
}

/** What is wrong with a name of tickbook that the strategy itself uses. */
export function doorFinding({ use, bound }: SlicedUse): Finding | undefined {
  for (const { unit } of bound) {
    const { imported } = unit;
    if (!imported || !isTickbook(imported.specifier)) continue;
    if (use.isType) {
      const isKnown =
        imported.name === "*" ||
        DOOR_TYPES.has(imported.name) ||
        researchName({ ...imported, isType: false }) === undefined;
      if (!isKnown) return typeFinding(imported.name);
      continue;
    }
    const name = researchName(imported, use.path[0]);
    if (name !== undefined) return researchNameFinding(name);
  }
  return undefined;
}

/** @param origin as {@link researchOrigin} tells it. @param made where the value is made. */
export function researchValueFinding(
  { from, use }: SlicedUse,
  origin: string,
  using: SourceText,
  made: { readonly source: SourceText; readonly unit: CodeUnit },
): Finding {
  const shown = [use.name, ...use.path].join(".");
  const message = `${use.name} comes from ${origin} in cell ${made.source.cell}, which is research only`;
  const code = "promote.research-value" as const;
  if (use.path.length === 0) {
    const remedy = `freeze it where it is made, in cell ${made.source.cell}: const ${use.name} = freeze(${initText(made)});`;
    return { code, message, remedy };
  }
  if (use.isType) return { code, message, remedy: "write the type out" };
  const isCall = isCalled(using, use, from);
  const name = isCall ? "value" : use.path.at(-1)!;
  return {
    code,
    message: `${shown}: ${message}`,
    remedy: `write the value, or freeze it in a cell before: const ${name} = freeze(${shown}${isCall ? "(...)" : ""});`,
  };
}

/** Short enough to be read in one line. */
function initText({ source, unit }: { readonly source: SourceText; readonly unit: CodeUnit }): string {
  const text = unit.init ? source.text.slice(unit.init.start, unit.init.end) : "";
  return text !== "" && text.length <= 80 && !text.includes("\n") ? text : "...";
}

function isCalled({ text }: SourceText, { at }: NameUse, { unit }: UnitPlace): boolean {
  return /^[\p{ID_Continue}$.?!]+\(/u.test(text.slice(at, unit.end));
}
