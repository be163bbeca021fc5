import type { ParamRange } from "#model";
import { FEATURE_CATALOG } from "./catalog.ts";
import { type FeatureDefinition, type Group, type InputSpec, inputName, type Unit } from "./define.ts";
import { paramRanges } from "./ranges.ts";

/** A definition as plain data: what tables, the optimiser and the documentation are made from. */
export interface FeatureDescription {
  readonly id: string;
  /** The first part of the id. */
  readonly family: string;
  readonly group: Group;
  readonly version: number;
  readonly summary: string;
  readonly source: string;
  /** The function of TA-Lib that it equals. */
  readonly talib?: string;
  readonly inputs: readonly { readonly name: string; readonly default: string }[];
  readonly params: readonly {
    readonly name: string;
    /** Allowed values. */
    readonly range: ParamRange;
    readonly default: number | string;
    /** Where a search begins; missing where a search makes no sense. */
    readonly search?: ParamRange;
  }[];
  readonly outputs: readonly { readonly name: string; readonly unit: Unit }[];
  /** Bars before the first value, with default parameters. */
  readonly warmup: number;
  /** True where the first values may come later, by the data. */
  readonly sparse: boolean;
}

export function describeFeature(definition: FeatureDefinition): FeatureDescription {
  const { id, group, version, summary, source, talib, inputs, params, outputs, unit } = definition;
  const search = paramRanges(definition);
  const defaults = Object.fromEntries(Object.entries(params).map(([name, spec]) => [name, spec.default]));
  return {
    id,
    family: id.split(".")[0]!,
    group,
    version,
    summary,
    source,
    ...(talib === undefined ? {} : { talib }),
    inputs: inputs.map((input) => ({
      name: inputName(input),
      default: defaultOf(input),
    })),
    params: Object.entries(params).map(([name, spec]) => ({
      name,
      range:
        spec.kind === "choice"
          ? { kind: "choice", options: spec.options }
          : { kind: spec.kind, min: spec.min, max: spec.max },
      default: spec.default,
      ...(search[name] === undefined ? {} : { search: search[name] }),
    })),
    outputs: outputs.map((name, i) => ({ name, unit: typeof unit === "string" ? unit : unit[i]! })),
    warmup: definition.warmup(defaults as never),
    sparse: definition.sparse ?? false,
  };
}

function defaultOf(input: InputSpec): string {
  if (typeof input === "string") return input;
  if ("from" in input) return input.from;
  const { series, part = "value" } = input;
  return `series ${series}${part === "value" ? "" : `, ${part}`}`;
}

/** The whole catalog as plain data. */
export function describeCatalog(): FeatureDescription[] {
  return FEATURE_CATALOG.map(describeFeature);
}
