import { fail, suggest } from "#core";
import { BAR_COLUMNS, type BarColumn } from "#model";

/** What a parameter may be. Whole numbers for kind "int"; both ends belong to the range. */
export interface ParamSpec {
  readonly kind: "int" | "float";
  readonly min: number;
  readonly max: number;
  readonly default: number;
}

export type ParamSpecs = Readonly<Record<string, ParamSpec>>;
export type ParamValues<P extends ParamSpecs = ParamSpecs> = { readonly [K in keyof P]: number };

/** All that a feature remembers between bars: numbers and arrays of float64, nothing else, so that it can be stored. */
export type FeatureState = Record<string, number | Float64Array>;

/**
 * A feature, said once. The batch driver and the stream driver are both made from it.
 * Contract: `step` reads nothing but its arguments, and writes nothing but `state` and `out`.
 */
export interface FeatureDefinition<
  P extends ParamSpecs = ParamSpecs,
  S extends FeatureState = FeatureState,
  O extends string = string,
> {
  /** "family.name", such as "technical.rsi". */
  readonly id: string;
  /** Rises when the numbers change. Whole, at least 1. */
  readonly version: number;
  readonly summary: string;
  /** Where the formula comes from, and where it differs from well-known libraries. */
  readonly source: string;
  readonly inputs: readonly BarColumn[];
  /** In the order in which the id lists them. */
  readonly params: P;
  readonly outputs: readonly [O, ...O[]];
  /** What must hold between parameters; the broken rule as text, or undefined. */
  check?(params: ParamValues<P>): string | undefined;
  /** Bars before the first value: the first finite output of clean data has this index. */
  warmup(params: ParamValues<P>): number;
  init(params: ParamValues<P>): S;
  /**
   * Takes one bar.
   * @param x one finite value an input. @param out one value an output; NaN while there is none.
   */
  step(state: S, params: ParamValues<P>, x: Float64Array, out: Float64Array): void;
}

/** One number a bar: one output of a definition with its parameters. */
export interface Feature {
  /** "technical.rsi(14)@1"; with several outputs "technical.macd(12,26,9).histogram@1". */
  readonly id: string;
  readonly definition: FeatureDefinition;
  readonly params: ParamValues;
  /** Index into the definition's outputs. */
  readonly output: number;
}

/** A feature with several outputs: each is a property, and the whole stands for the first. */
export type MultiFeature<O extends string> = Feature & { readonly [K in O]: Feature };

const RESERVED = ["id", "definition", "params", "output"];

/** Checks a definition and returns it. Errors: `features.bad-definition`. */
export function defineFeature<P extends ParamSpecs, S extends FeatureState, O extends string>(
  definition: FeatureDefinition<P, S, O>,
): FeatureDefinition<P, S, O> {
  const { id, version, inputs, outputs } = definition;
  const bad = (rule: string): never =>
    fail("features.bad-definition", { message: `feature definition "${id}": ${rule}`, fields: { id } });
  if (!/^[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*$/.test(id)) bad('the id is "family.name" in lower case');
  if (!Number.isInteger(version) || version < 1) bad(`version is ${version}: a whole number from 1`);
  const stranger = inputs.find((input) => !BAR_COLUMNS.includes(input));
  if (stranger !== undefined) bad(`input "${stranger}" is not one of ${BAR_COLUMNS.join(", ")}`);
  if (inputs.length === 0) bad("it has no input");
  if (outputs.length === 0) bad("it has no output");
  if (new Set(outputs).size !== outputs.length) bad("two outputs have the same name");
  const taken = outputs.find((output) => RESERVED.includes(output));
  if (taken !== undefined) bad(`an output cannot be named "${taken}"`);
  for (const [name, spec] of Object.entries(definition.params)) checkParam(definition, name, spec.default);
  return definition;
}

/**
 * A definition with parameters; those left out take their default.
 * Errors: `features.bad-param`.
 */
export function createFeature<P extends ParamSpecs, S extends FeatureState, O extends string>(
  definition: FeatureDefinition<P, S, O>,
  given: { readonly [K in keyof P]?: number | undefined } = {},
): MultiFeature<O> {
  const values = paramsFrom(definition, given);
  const shared = { definition: definition as FeatureDefinition, params: values };
  const parts = definition.outputs.map((name, output) => [
    name,
    Object.freeze({ ...shared, id: featureId(shared.definition, values, output), output }),
  ]);
  const first = parts[0]![1] as Feature;
  return Object.freeze({ ...first, ...(Object.fromEntries(parts) as { readonly [K in O]: Feature }) });
}

function paramsFrom(definition: FeatureDefinition, given: Readonly<Record<string, number | undefined>>) {
  const names = Object.keys(definition.params);
  const values: Record<string, number> = {};
  for (const name of names) values[name] = given[name] ?? definition.params[name]!.default;
  for (const name of Object.keys(given)) {
    if (names.includes(name)) continue;
    const close = suggest(name, names);
    fail("features.bad-param", {
      message: `${definition.id} has no parameter "${name}"; it has ${names.join(", ") || "none"}`,
      ...(close === undefined ? {} : { hint: `Did you mean "${close}"?` }),
      fields: { feature: definition.id, param: name },
    });
  }
  for (const name of names) checkParam(definition, name, values[name]!);
  const broken = definition.check?.(values);
  if (broken !== undefined) {
    fail("features.bad-param", {
      message: `${definition.id}(${Object.values(values).join(", ")}): ${broken}`,
      fields: { feature: definition.id, params: values },
    });
  }
  return Object.freeze(values);
}

function checkParam(definition: FeatureDefinition, name: string, value: number): void {
  const { kind, min, max } = definition.params[name]!;
  if (value >= min && value <= max && (kind === "float" || Number.isInteger(value))) return;
  fail("features.bad-param", {
    message: `${definition.id}: ${name} is ${String(value)}; it must be ${kind === "int" ? "a whole number" : "a number"} from ${min} to ${max}`,
    fields: { feature: definition.id, param: name, value, min, max },
  });
}

function featureId(definition: FeatureDefinition, params: ParamValues, output: number): string {
  const name = definition.outputs.length === 1 ? "" : `.${definition.outputs[output]}`;
  return `${definition.id}(${Object.values(params).join(",")})${name}@${definition.version}`;
}
