/** Rules for the options of a training, of networks and trees alike. */
import { countText, fail } from "#core";

/** Refuses the value of an option of `train` unless the rule holds. Errors: `ml.bad-option`. */
export function need(holds: boolean, option: string, value: unknown, rule: string): void {
  if (holds) return;
  const shown = typeof value === "function" ? "a function" : value;
  fail("ml.bad-option", {
    message: `train: ${option} is ${typeof value === "number" ? value : JSON.stringify(shown)}; it must be ${rule}`,
    fields: { option, value: shown },
  });
}

export function isWhole(value: unknown, min: number, max: number): value is number {
  return Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
}

/** Not of a text that reads like a number. */
export function isNumber(value: unknown, min: number, max: number): value is number {
  return typeof value === "number" && value >= min && value <= max;
}

const WEIGHT_MAX = 1e6;

/** Refuses a row whose weight cannot count. Errors: `ml.bad-option`. */
export function needWeights(weight: Float64Array): void {
  const row = weight.findIndex((w) => !(w > 0 && w <= WEIGHT_MAX));
  if (row === -1) return;
  fail("ml.bad-option", {
    message: `train: the weight of row ${countText(row + 1)} is ${weight[row]}; it must be above 0 and at most ${WEIGHT_MAX}`,
    hint: "Leave such rows out, as dataset(...) does with a weight of 0.",
    fields: { option: "dataset.weight", row, value: weight[row] },
  });
}
