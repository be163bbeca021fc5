import { fail, suggest, timeframeMs } from "#core";
import { BAR_COLUMNS, type BarColumn } from "#model";
import {
  checkParam,
  type FeatureDefinition,
  type FeatureState,
  inputName,
  type ParamSpecs,
  type ParamValues,
  SERIES_PARTS,
  type SeriesPart,
} from "./define.ts";

/** Where an input's values come from. */
export type Source =
  | { readonly kind: "bar"; readonly column: BarColumn }
  | { readonly kind: "feature"; readonly feature: Feature }
  | { readonly kind: "series"; readonly name: string; readonly part: SeriesPart };

/** A series by its name. @param part what is read of its newest value; what the input asks for without it. */
export interface SeriesSource {
  readonly series: string;
  readonly part?: SeriesPart;
}

/** What `of` takes: another feature, a column of the bar by its name, or a series: `{ series: "eps" }`. */
export type SourceLike = BarColumn | Feature | SeriesSource;

/** One number a bar: one output of a definition with its parameters, its sources and its clock. */
export interface Feature {
  /** "technical.rsi(14)@1"; with several outputs "technical.macd(12,26,9).histogram@1"; what `of`, `on`, `at` set follows. */
  readonly id: string;
  readonly definition: FeatureDefinition;
  readonly params: ParamValues;
  /** Index into the definition's outputs. */
  readonly output: number;
  /** One an input of the definition. */
  readonly sources: readonly Source[];
  /** The bars it runs on, where `on` has set them. */
  readonly timeframe: string | undefined;
  /** The instrument it runs on, where `at` has set it. */
  readonly symbol: string | undefined;
  /** The series whose publications it runs on, where `on` has set it. */
  readonly clock: string | undefined;
  /** The same feature of other values, one an input; those left out stay: `sma(20).of(rsi(14))`. Errors: `features.bad-source`. */
  of(...sources: readonly SourceLike[]): this;
  /**
   * The same feature on longer bars: `rsi(14).on("1h")`. A bar sees the value of the last longer bar that has closed
   * when it closes itself.
   *
   * Or once for each value of a series: `rsi(14).on({ series: "vix" })`. Open, high, low and close are then the value,
   * and there is no volume. A date counts once, when it is first published; what is published at one moment counts as
   * one, the newest. Restatements change what bars read of the series, not what has been counted.
   * Errors: `core.bad-timeframe`, `features.bad-source`.
   */
  on(clock: string | { readonly series: string }): this;
  /**
   * The same feature of another instrument: `rsi(14).at("ETH/USDT")`. A bar sees what was known when it closed.
   * Errors: `features.bad-source` for a feature on a series, which is of no instrument.
   */
  at(symbol: string): this;
}

/** A feature with several outputs: each is a property, and the whole stands for the first. */
export type MultiFeature<O extends string> = Feature & { readonly [K in O]: Feature };

/** What makes features of one definition: `rsi(14)`; the definition is `rsi.definition`. */
export type FeatureFactory<A extends unknown[], O extends string> = ((...args: A) => MultiFeature<O>) & {
  readonly definition: FeatureDefinition;
};

/** @param params from a call's arguments; those that are undefined take their default. */
export function factory<P extends ParamSpecs, S extends FeatureState, O extends string, A extends unknown[]>(
  definition: FeatureDefinition<P, S, O>,
  params: (...args: A) => { readonly [K in keyof P]?: ParamValues<P>[K] | undefined },
): FeatureFactory<A, O> {
  const make = (...args: A) => createFeature(definition, params(...args));
  return Object.assign(make, { definition: definition as unknown as FeatureDefinition });
}

interface Setting {
  readonly sources: readonly Source[];
  readonly timeframe: string | undefined;
  readonly symbol: string | undefined;
  readonly clock: string | undefined;
}

/**
 * A definition with parameters; those left out take their default.
 * Errors: `features.bad-param`.
 */
export function createFeature<P extends ParamSpecs, S extends FeatureState, O extends string>(
  definition: FeatureDefinition<P, S, O>,
  given: { readonly [K in keyof P]?: ParamValues<P>[K] | undefined } = {},
): MultiFeature<O> {
  const plain = definition as unknown as FeatureDefinition;
  const sources = plain.inputs.map((input): Source => {
    if (typeof input === "string") return { kind: "bar", column: input };
    if ("from" in input) return { kind: "bar", column: input.from };
    return { kind: "series", name: input.series, part: input.part ?? "value" };
  });
  const setting = { sources, timeframe: undefined, symbol: undefined, clock: undefined };
  return build(plain, paramsFrom(plain, given), setting) as MultiFeature<O>;
}

function build(definition: FeatureDefinition, params: ParamValues, setting: Setting): MultiFeature<string> {
  const parts = definition.outputs.map((name, output) => [name, one(definition, params, setting, output)]);
  const first = parts[0]![1] as Feature;
  const again = (change: Partial<Setting>) => build(definition, params, { ...setting, ...change });
  return Object.freeze({
    ...first,
    ...(Object.fromEntries(parts) as Record<string, Feature>),
    of: (...sources: SourceLike[]) => again({ sources: replaced(definition, setting.sources, sources) }),
    on: (clock: string | { readonly series: string }) => again(onClock(definition, setting, clock)),
    at: (symbol: string) => again(atSymbol(definition, setting, symbol)),
  }) as unknown as MultiFeature<string>;
}

/** One output by itself. */
function one(definition: FeatureDefinition, params: ParamValues, setting: Setting, output: number): Feature {
  const again = (change: Partial<Setting>) => one(definition, params, { ...setting, ...change }, output);
  const id = featureId(definition, params, setting, output);
  return Object.freeze({
    id,
    definition,
    params,
    output,
    ...setting,
    of: (...sources: SourceLike[]) => again({ sources: replaced(definition, setting.sources, sources) }),
    on: (clock: string | { readonly series: string }) => again(onClock(definition, setting, clock)),
    at: (symbol: string) => again(atSymbol(definition, setting, symbol)),
  }) as Feature;
}

function onClock(
  definition: FeatureDefinition,
  { symbol }: Setting,
  clock: string | { readonly series: string },
): Pick<Setting, "timeframe" | "clock"> {
  if (typeof clock === "string") {
    timeframeMs(clock);
    return { timeframe: clock, clock: undefined };
  }
  const series = seriesName(clock?.series);
  if (symbol !== undefined) refuseSymbol(definition, series, symbol);
  return { timeframe: undefined, clock: series };
}

function atSymbol(
  definition: FeatureDefinition,
  { clock }: Setting,
  symbol: string,
): Pick<Setting, "symbol"> {
  if (typeof symbol !== "string" || symbol === "") {
    fail("features.bad-source", {
      message: `${definition.id}: at(...) names the instrument ${JSON.stringify(symbol) ?? "undefined"}`,
      hint: 'Name it by its symbol: at("ETH/USDT").',
      fields: { feature: definition.id, symbol: String(symbol) },
    });
  }
  return clock === undefined ? { symbol } : refuseSymbol(definition, clock, symbol);
}

function refuseSymbol({ id }: FeatureDefinition, series: string, symbol: string): never {
  fail("features.bad-source", {
    message: `${id} runs on the series "${series}", which is of no instrument: at("${symbol}") says nothing`,
    hint: 'Name the other instrument\'s series instead: on({ series: "..." }).',
    fields: { feature: id, series, symbol },
  });
}

function seriesName(name: unknown): string {
  if (typeof name === "string" && name !== "") return name;
  return fail("features.bad-source", {
    message: `the name of a series is ${JSON.stringify(name) ?? "missing"}; it must be a text that is not empty`,
    fields: { name: String(name) },
  });
}

function replaced(
  definition: FeatureDefinition,
  old: readonly Source[],
  sources: readonly SourceLike[],
): readonly Source[] {
  const names = definition.inputs.map(inputName);
  if (sources.length > old.length || sources.length === 0) {
    fail("features.bad-source", {
      message: `${definition.id} reads ${names.join(", ")}: ${names.length} ${names.length === 1 ? "value" : "values"}, and of(...) gives ${sources.length}`,
      fields: { feature: definition.id, given: sources.length, inputs: names },
    });
  }
  const given = sources.map((source, i): Source => {
    if (isFeature(source)) return { kind: "feature", feature: source };
    if (BAR_COLUMNS.includes(source as BarColumn)) return { kind: "bar", column: source as BarColumn };
    if (typeof source === "object" && source !== null && "series" in source)
      return { kind: "series", name: seriesName(source.series), part: partOf(definition, i, source) };
    return fail("features.bad-source", {
      message: `${definition.id}: of(...) gives ${typeof source === "function" ? "a function" : JSON.stringify(source)} for ${names[i]}, neither a feature, a column of the bar nor a series`,
      hint: `Write a column by its name (${BAR_COLUMNS.join(", ")}), a feature: of(rsi(14)), or a series: of({ series: "eps" }).`,
      fields: { feature: definition.id, input: names[i] },
    });
  });
  return [...given, ...old.slice(given.length)];
}

function partOf({ id, inputs }: FeatureDefinition, i: number, { series, part }: SeriesSource): SeriesPart {
  const input = inputs[i]!;
  if (part !== undefined && !SERIES_PARTS.includes(part)) {
    fail("features.bad-source", {
      message: `${id}: of(...) asks for ${JSON.stringify(part)} of the series "${series}"; it has ${SERIES_PARTS.join(", ")}`,
      fields: { feature: id, series, part: String(part) },
    });
  }
  return part ?? (typeof input === "object" && "series" in input ? input.part : undefined) ?? "value";
}

/** True for what `createFeature` made, in whichever copy of the package. */
export function isFeature(value: unknown): value is Feature {
  const candidate = value as Partial<Feature> | null;
  return typeof candidate === "object" && typeof candidate?.definition?.step === "function";
}

function paramsFrom(definition: FeatureDefinition, given: Readonly<Record<string, unknown>>): ParamValues {
  const names = Object.keys(definition.params);
  const values: Record<string, number> = {};
  for (const name of names) values[name] = (given[name] ?? definition.params[name]!.default) as number;
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

/** "technical.sma(20)@1 of (technical.rsi(14)@1) on 1h at ETH/USDT": what is as defined is left out. */
function featureId(
  definition: FeatureDefinition,
  params: ParamValues,
  { sources, timeframe, symbol, clock }: Setting,
  output: number,
): string {
  const name = definition.outputs.length === 1 ? "" : `.${definition.outputs[output]}`;
  const base = `${definition.id}(${Object.values(params).join(",")})${name}@${definition.version}`;
  const texts = sources.map(sourceText);
  const isDefault = definition.inputs.every((input, i) => texts[i] === defaultText(input));
  const of = isDefault ? "" : ` of (${texts.join(", ")})`;
  const on = clock === undefined ? timeframe : `series ${plain(clock)}`;
  return `${base}${of}${on ? ` on ${on}` : ""}${symbol ? ` at ${plain(symbol)}` : ""}`;
}

function sourceText(source: Source): string {
  if (source.kind === "feature") return source.feature.id;
  return source.kind === "bar" ? source.column : seriesText(source.name, source.part);
}

function defaultText(input: FeatureDefinition["inputs"][number]): string {
  if (typeof input === "string") return input;
  return "from" in input ? input.from : seriesText(input.series, input.part ?? "value");
}

function seriesText(name: string, part: SeriesPart): string {
  return `series ${plain(name)}${part === "value" ? "" : ` ${part}`}`;
}

/** In quotes where it could be read as something else, so that two features never share an id. */
function plain(name: string): string {
  return /^[^\s(),"]+$/.test(name) ? name : JSON.stringify(name);
}
