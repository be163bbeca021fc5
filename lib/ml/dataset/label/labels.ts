import { checkNames, fail } from "#core";
import type { Bars } from "#model";

/** What a model is to learn: one number a bar, known only later. */
export interface Labels {
  /** "direction(1)". */
  readonly name: string;
  /** Classes 0, 1, ..., or a real number. */
  readonly kind: "class" | "real";
  /** Of a class label: how many there can be, also where some do not occur. Found from the values without it. */
  readonly classes?: number;
  /** Start of each bar. */
  readonly time: Float64Array;
  /** Length of a bar, milliseconds: the outcome of a label begins where its bar ends. */
  readonly timeframeMs: number;
  /** One a bar; NaN without a label. */
  readonly values: Float64Array;
  /** When each label is known; NaN without a label. */
  readonly endTime: Float64Array;
  /**
   * What a long position, or the trade that is labelled, makes from the bar's close to the close or barrier that ended the
   * label: simple return, a fraction; NaN without a label.
   */
  readonly returns: Float64Array;
  /** The instrument of the bars, where they know it. */
  readonly symbol?: string;
  /** sha256 of the dataset version the bars come from. */
  readonly dataHash: string;
}

/** Columns of labels to be filled, empty (NaN) at first. */
export function emptyLabels(bars: Bars, name: string, kind: Labels["kind"], classes = 2): Labels {
  const column = () => new Float64Array(bars.length).fill(Number.NaN);
  return {
    name,
    kind,
    ...(kind === "class" ? { classes } : {}),
    time: bars.time,
    timeframeMs: bars.timeframeMs,
    values: column(),
    endTime: column(),
    returns: column(),
    dataHash: bars.hash,
    ...(bars.instrument?.symbol === undefined ? {} : { symbol: bars.instrument.symbol }),
  };
}

/** Errors: `ml.bad-option` if the rule does not hold. */
export function needOption(holds: boolean, name: string, option: string, value: unknown, rule: string): void {
  if (holds) return;
  fail("ml.bad-option", {
    message: `${name}: ${option} is ${typeof value === "object" ? JSON.stringify(value) : String(value)}; it must be ${rule}`,
    fields: { option, value },
  });
}

/** Errors: `ml.bad-option`. */
export function needHorizon(name: string, horizon: number): void {
  const rule = "a whole number of bars, at least 1";
  needOption(Number.isInteger(horizon) && horizon >= 1, name, "horizon", horizon, rule);
}

/** Refuses what is no object, and options that do not exist: a misspelt one would be ignored. Errors: `ml.bad-option`. */
export function needOptions(name: string, options: unknown, names: readonly string[]): void {
  const isObject = typeof options === "object" && options !== null;
  needOption(isObject, name, "options", options, `an object with ${names.join(", ")}`);
  checkNames("ml.bad-option", `${name} options`, options as object, names);
}
