import { checkNames, fail } from "#core";

/** Pre-trade limits. A bundle requests them; the operator's file always wins. All optional: absent is no limit. */
export interface Limits {
  /** Largest value of one order, in the quote asset. */
  readonly maxOrderNotional?: number;
  /** Largest value of the position in one instrument after the order, in the quote asset. */
  readonly maxPositionNotional?: number;
  /** How far a limit or stop price may lie from the mark, in basis points. */
  readonly priceBandBps?: number;
  /** Orders sent in any 60 s of engine time. Cancels and protective exits are never held back. */
  readonly maxOrdersPerMinute?: number;
  /** Fraction of the day's starting equity (UTC day) whose loss halts trading: buys are cancelled, only sales go out. */
  readonly maxDailyLoss?: number;
}

const NAMES: readonly (keyof Limits)[] = [
  "maxOrderNotional",
  "maxPositionNotional",
  "priceBandBps",
  "maxOrdersPerMinute",
  "maxDailyLoss",
];

/** Refuses unknown names and values that are not above zero. Errors: `model.bad-limits`. */
export function checkLimits(limits: Limits): Limits {
  checkNames("model.bad-limits", "limits", limits, NAMES);
  for (const [name, value] of Object.entries(limits)) {
    const whole = name !== "maxOrdersPerMinute" || Number.isInteger(value);
    if (!(typeof value === "number" && value > 0 && whole)) {
      fail("model.bad-limits", {
        message: `limit ${name} is ${String(value)}: it must be a ${name === "maxOrdersPerMinute" ? "whole " : ""}number above 0`,
        hint: "Leave a limit out to have none.",
        fields: { name, value },
      });
    }
  }
  return limits;
}
