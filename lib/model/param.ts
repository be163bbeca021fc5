import { fail } from "#core";

/** What a parameter of a strategy can be set to. */
export type ParamValue = number | string | boolean;

/** A real number in [min, max]. */
export interface FloatRange {
  readonly kind: "float";
  readonly min: number;
  readonly max: number;
  /** Only min, min + step, ... up to max. */
  readonly step?: number;
  /** Search by ratio instead of by difference; needs min above 0 and no step. */
  readonly log?: boolean;
}

/** A whole number in [min, max]. */
export interface IntRange {
  readonly kind: "int";
  readonly min: number;
  readonly max: number;
  readonly step?: number;
  readonly log?: boolean;
}

/** One of a list, without an order. */
export interface ChoiceRange<T extends ParamValue = ParamValue> {
  readonly kind: "choice";
  readonly options: readonly T[];
}

/** Where a parameter may lie: plain data, so that it travels in run records and bundles. */
export type ParamRange = FloatRange | IntRange | ChoiceRange;

/** The name of each parameter and where it may lie. */
export type ParamSpace = Readonly<Record<string, ParamRange>>;

/** One point of a space. */
export type Params = Readonly<Record<string, ParamValue>>;

/** A real parameter: float(0.5, 0.7). `step` and `log` exclude each other. Errors: `model.bad-param`. */
export function float(
  min: number,
  max: number,
  options: { readonly step?: number; readonly log?: boolean } = {},
): FloatRange {
  const range: FloatRange = { kind: "float", min, max, ...options };
  checkNumberRange(range);
  return range;
}

/** A whole parameter: int(5, 50). `step` and `log` exclude each other. Errors: `model.bad-param`. */
export function int(
  min: number,
  max: number,
  options: { readonly step?: number; readonly log?: boolean } = {},
): IntRange {
  const range: IntRange = { kind: "int", min, max, ...options };
  if (![min, max, options.step ?? 1].every(Number.isSafeInteger)) {
    badParam(range, "min, max and step of an int are whole numbers");
  }
  checkNumberRange(range);
  return range;
}

/** One of the options: choice(["ema", "sma"]). At least one, each once. Errors: `model.bad-param`. */
export function choice<const T extends ParamValue>(options: readonly T[]): ChoiceRange<T> {
  const range: ChoiceRange<T> = { kind: "choice", options: [...options] };
  if (options.length === 0) badParam(range, "there is nothing to choose from");
  if (new Set(options).size !== options.length) badParam(range, "an option stands there twice");
  if (options.some((option) => typeof option === "number" && !Number.isFinite(option))) {
    badParam(range, "an option is not a finite number");
  }
  return range;
}

function checkNumberRange(range: FloatRange | IntRange): void {
  const { min, max, step, log } = range;
  if (!(Number.isFinite(min) && Number.isFinite(max) && min < max)) {
    badParam(range, "min must be below max, both finite");
  }
  if (step !== undefined && !(step > 0 && step <= max - min)) {
    badParam(range, "step must be above 0 and not above max - min");
  }
  if (log && !(min > 0)) badParam(range, "a log range needs min above 0");
  if (log && step !== undefined) badParam(range, "step and log exclude each other");
}

function badParam(range: ParamRange, rule: string): never {
  fail("model.bad-param", {
    message: `the parameter ${JSON.stringify(range)} makes no sense: ${rule}`,
    hint: 'Write, for example, float(0.5, 0.7), int(5, 50, { step: 5 }) or choice(["ema", "sma"]).',
    fields: { range },
  });
}
