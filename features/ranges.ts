import type { ParamRange, ParamSpace } from "#model";
import type { FeatureDefinition, ParamSpec } from "./define.ts";

/**
 * Where a search over a feature's parameters begins: the typical part of each range, by name; the optimiser's own terms.
 * Parameters that make no sense to search (a time, a number of bars in a year) are left out.
 * @param feature a factory, or its definition: `paramRanges(rsi)` gives `{ period: int(2, 70) }`.
 */
export function paramRanges(
  feature: FeatureDefinition | { readonly definition: FeatureDefinition },
): ParamSpace {
  const { params } = "definition" in feature ? feature.definition : feature;
  const ranges = Object.entries(params).map(([name, spec]) => [name, rangeOf(spec)] as const);
  return Object.fromEntries(ranges.filter(([, range]) => range.kind === "choice" || range.min < range.max));
}

function rangeOf(spec: ParamSpec): ParamRange {
  if (spec.kind === "choice") return { kind: "choice", options: spec.options };
  const [low, high] = spec.typical ?? [spec.default / 10, spec.default * 5];
  const clamp = (value: number) => Math.min(spec.max, Math.max(spec.min, value));
  if (spec.kind === "float")
    return { kind: "float", min: clamp(Math.min(low, high)), max: clamp(Math.max(low, high)) };
  return { kind: "int", min: clamp(Math.floor(low)), max: clamp(Math.ceil(high)) };
}
