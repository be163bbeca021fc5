import { fail } from "#core";
import { BAR_COLUMNS, type BarColumn } from "#model";

/** What a parameter may be. Numbers: whole ones for kind "int"; both ends belong to the range. */
export type ParamSpec =
  | {
      readonly kind: "int" | "float";
      readonly min: number;
      readonly max: number;
      readonly default: number;
      /** The part of the range that a search starts with. Default: a tenth of the default to five times it, inside the range. */
      readonly typical?: readonly [low: number, high: number];
    }
  | { readonly kind: "choice"; readonly options: readonly string[]; readonly default: string };

export type ParamSpecs = Readonly<Record<string, ParamSpec>>;
export type ParamValue<S> = S extends { kind: "choice"; options: readonly (infer T)[] } ? T : number;
export type ParamValues<P extends ParamSpecs = ParamSpecs> = { readonly [K in keyof P]: ParamValue<P[K]> };

/** All that a feature remembers between bars: numbers, arrays of float64, and objects of them, so that it can be stored. */
export interface FeatureState {
  [field: string]: number | Float64Array | FeatureState;
}

/**
 * Something a feature reads: a column of the bar; or any value, which is a bar column or a series of dated values until
 * `of(...)` gives another.
 */
export type InputSpec =
  | BarColumn
  | {
      readonly name: string;
      readonly from: BarColumn;
      /** A bar on which it is not finite still reaches `step`. All inputs of a definition say so, or none. */
      readonly gaps?: true;
    }
  | { readonly name: string; readonly series: string; readonly part?: SeriesPart };

/** What is read of the newest value of a series: itself; when it was published; the date it speaks of (both UTC ms). */
export type SeriesPart = "value" | "published" | "time";

/** In the order in which a plan keeps them. */
export const SERIES_PARTS: readonly SeriesPart[] = ["value", "published", "time"];

/**
 * What a number counts: "price" (the quote asset for one unit), "percent" (0 to 100), "fraction" (1 is all of it),
 * "volume" (base asset), "value" (price times volume), "bars", "radians", "degrees", "signal" (candle patterns: -100,
 * 0, 100; flags: 0, 1), "price2" (price squared), "score" (no unit), "input" (that of the input).
 */
export type Unit =
  | "price"
  | "price2"
  | "percent"
  | "fraction"
  | "volume"
  | "value"
  | "bars"
  | "radians"
  | "degrees"
  | "signal"
  | "score"
  | "input";

/** What kind of thing it measures: how the catalog is ordered. */
export const GROUPS = [
  "average",
  "momentum",
  "volatility",
  "volume",
  "cycle",
  "price",
  "pattern",
  "statistic",
  "math",
  "flow",
  "fundamental",
  "alternative",
] as const;
export type Group = (typeof GROUPS)[number];

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
  readonly group: Group;
  readonly summary: string;
  /** Where the formula comes from, and where it differs from well-known libraries. */
  readonly source: string;
  /** The function of TA-Lib that it equals. */
  readonly talib?: string;
  readonly inputs: readonly [InputSpec, ...InputSpec[]];
  /** In the order in which the id lists them. */
  readonly params: P;
  readonly outputs: readonly [O, ...O[]];
  /** One for all outputs, or one each in their order. */
  readonly unit: Unit | readonly Unit[];
  /** What must hold between parameters; the broken rule as text, or undefined. */
  check?(params: ParamValues<P>): string | undefined;
  /** Bars before the first value: the first finite output of clean data has this index. */
  warmup(params: ParamValues<P>): number;
  /**
   * True where the first values may come later than `warmup`, or have holes, because they depend on the data: a
   * division by a range of zero, a pivot that must be found first.
   */
  readonly sparse?: boolean;
  /**
   * @param barMs length of a bar (ms): rolling sums are summed anew at times counted in it.
   * @param wanted by output, without it all: what nobody wants `step` need not write.
   */
  init(params: ParamValues<P>, barMs: number, wanted?: readonly boolean[]): S;
  /**
   * Takes one bar. Where that is done often, the module makes constants of its own of the functions it calls, because V8
   * looks at each call at what was imported.
   * @param x one finite value an input. @param out one value an output; NaN on entry, and while there is none.
   * @param time start of the bar (UTC ms), later than all before.
   */
  step(state: S, params: ParamValues<P>, x: Float64Array, out: Float64Array, time: number): void;
  /** True if `batch` reads all inputs by `eachTile` (./rolling/lanes.ts), which then finds values that are not finite, or finds them itself. */
  readonly tiled?: true;
  /**
   * The same over whole columns, where it can be said faster. Equal to `step` bar after bar from `init`, bit for bit.
   * @param x one column of n finite values an input. @param out one column of n an output.
   * @param wanted by output: what nobody wants need not be written.
   */
  batch?(
    params: ParamValues<P>,
    x: readonly Float64Array[],
    out: readonly Float64Array[],
    time: Float64Array,
    barMs: number,
    wanted: readonly boolean[],
  ): void;
}

/** Names that a feature has of its own, so that no output can have them. */
const RESERVED = [
  ...["id", "definition", "params", "output", "sources"],
  ...["timeframe", "symbol", "clock", "of", "on", "at"],
];

/** Checks a definition and returns it. Errors: `features.bad-definition`. */
export function defineFeature<const P extends ParamSpecs, S extends FeatureState, O extends string>(
  definition: FeatureDefinition<P, S, O>,
): FeatureDefinition<P, S, O> {
  const { id, version, inputs, outputs } = definition;
  const bad = (rule: string): never =>
    fail("features.bad-definition", { message: `feature definition "${id}": ${rule}`, fields: { id } });
  if (!/^[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*$/.test(id)) bad('the id is "family.name" in lower case');
  if (!Number.isInteger(version) || version < 1) bad(`version is ${version}: a whole number from 1`);
  if (inputs.length === 0) bad("it has no input");
  for (const input of inputs) {
    const column = typeof input === "string" ? input : "from" in input ? input.from : undefined;
    if (column !== undefined && !BAR_COLUMNS.includes(column))
      bad(`input "${column}" is not one of ${BAR_COLUMNS.join(", ")}`);
  }
  const open = inputs.filter(seesGaps).length;
  if (open !== 0 && open !== inputs.length) bad("either all of its inputs may have gaps, or none");
  if (outputs.length === 0) bad("it has no output");
  if (new Set(outputs).size !== outputs.length) bad("two outputs have the same name");
  const taken = outputs.find((output) => RESERVED.includes(output));
  if (taken !== undefined) bad(`an output cannot be named "${taken}"`);
  if (Array.isArray(definition.unit) && definition.unit.length !== outputs.length)
    bad(`it has ${definition.unit.length} units for ${outputs.length} outputs`);
  for (const [name, spec] of Object.entries(definition.params))
    checkParam(definition as unknown as FeatureDefinition, name, spec.default);
  return definition;
}

/** True for an input that `step` wants to see even where it has no value. */
export function seesGaps(input: InputSpec): boolean {
  return typeof input === "object" && "from" in input && input.gaps === true;
}

/** The name of an input. */
export function inputName(input: InputSpec): string {
  return typeof input === "string" ? input : input.name;
}

/** Errors: `features.bad-param`. */
export function checkParam(definition: FeatureDefinition, name: string, value: unknown): void {
  const spec = definition.params[name]!;
  const isGood =
    spec.kind === "choice"
      ? spec.options.includes(value as string)
      : typeof value === "number" &&
        value >= spec.min &&
        value <= spec.max &&
        (spec.kind === "float" || Number.isInteger(value));
  if (isGood) return;
  const rule =
    spec.kind === "choice"
      ? `one of ${spec.options.join(", ")}`
      : `${spec.kind === "int" ? "a whole number" : "a number"} from ${spec.min} to ${spec.max}`;
  fail("features.bad-param", {
    message: `${definition.id}: ${name} is ${String(value)}; it must be ${rule}`,
    fields: { feature: definition.id, param: name, value: String(value), rule },
  });
}
