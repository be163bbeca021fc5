import { fail } from "#core";
import { type FeatureDefinition, GROUPS } from "./define.ts";
import type { FeatureFactory } from "./feature.ts";
import * as functions from "./functions.ts";

/** Every definition that comes with tickbook, by group and id. */
export const FEATURE_CATALOG: readonly FeatureDefinition[] = Object.freeze(
  definitionsIn(functions).sort(
    (a, b) => GROUPS.indexOf(a.group) - GROUPS.indexOf(b.group) || (a.id < b.id ? -1 : 1),
  ),
);

/** Those of a module's factories; of namespaces inside it as well. */
function definitionsIn(exported: object): FeatureDefinition[] {
  return Object.values(exported).flatMap((value): FeatureDefinition[] => {
    if (typeof value === "function") {
      const { definition } = value as Partial<FeatureFactory<never, never>>;
      return definition === undefined ? [] : [definition];
    }
    return typeof value === "object" && value !== null ? definitionsIn(value) : [];
  });
}

/** Errors: `features.unknown-name`. @param id "technical.rsi". */
export function definitionOf(id: string): FeatureDefinition {
  const found = FEATURE_CATALOG.find((one) => one.id === id);
  if (found !== undefined) return found;
  return fail("features.unknown-name", {
    message: `the catalog has no feature "${id}"`,
    hint: "See them all with: tickbook features ls",
    fields: { id },
  });
}
