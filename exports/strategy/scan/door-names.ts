import type { Imported } from "#notebook";
import * as door from "../api.ts";
import type { Finding } from "./source-text.ts";

const FUNCTIONS: ReadonlySet<string> = new Set(Object.keys(door));
/** The types of the door `tickbook/strategy`. They are gone when it runs; a test compares the list. */
export const DOOR_TYPES: ReadonlySet<string> = new Set([
  "Account",
  "AccountSpec",
  "BarContext",
  "BarValues",
  "SeriesOrder",
  "SeriesPart",
  "SeriesSource",
  "SeriesValue",
  "Bars",
  "ChoiceRange",
  "ComputeOptions",
  "Feature",
  "FeatureDefinition",
  "FeatureDescription",
  "FeatureFactory",
  "FeatureSet",
  "FeatureSnapshot",
  "FeatureState",
  "FeatureStream",
  "FeatureTable",
  "FeatureWarmup",
  "FloatRange",
  "Frozen",
  "Group",
  "InferencePolicy",
  "InputSpec",
  "InstrumentContext",
  "IntRange",
  "Leak",
  "Limits",
  "LookaheadReport",
  "Millis",
  "ModelArtifact",
  "MomentContext",
  "MultiFeature",
  "OrderSpec",
  "OrderView",
  "ParamRange",
  "ParamSpec",
  "ParamValue",
  "Params",
  "ProbeInputs",
  "ProbeOptions",
  "ProbedColumns",
  "Published",
  "Rate",
  "SourceLike",
  "Strategy",
  "StrategySpec",
  "StreamOptions",
  "TargetSpec",
  "TimedBars",
  "Unit",
  "ValuesOf",
  "WarmupOptions",
]);

export function isTickbook(specifier: string): boolean {
  return specifier === "tickbook" || specifier === "tickbook/strategy";
}

/** The name of a function of tickbook that is for research only. @param member of `* as`: what is taken from it. */
export function researchName({ specifier, name, isType }: Imported, member?: string): string | undefined {
  if (!isTickbook(specifier) || isType) return undefined;
  const taken = name === "*" ? member : name;
  if (taken === undefined || taken === "") return undefined;
  return FUNCTIONS.has(taken) ? undefined : taken;
}

const REMEDIES: Readonly<Record<string, string>> = {
  freeze: "make it the whole value of a constant of its own: const value = freeze(...)",
  exportOnnx: "freeze the model: const up = freeze(await exportOnnx(...))",
  train: "freeze the exported model: const up = freeze(await exportOnnx(net, ...))",
  optimize: "freeze the parameters: const best = freeze(study.best.params)",
};

export function researchNameFinding(name: string): Finding {
  return {
    code: "promote.research-name",
    message: `${name} of tickbook is research only`,
    remedy:
      REMEDIES[name] ??
      `compute with ${name} in a cell of its own and freeze what you need: const value = freeze(...)`,
  };
}

export function typeFinding(name: string): Finding {
  return {
    code: "promote.research-name",
    message: `the type ${name} of tickbook is research only`,
    remedy: "leave the annotation out, or write the type of what is used",
  };
}
