import { fail } from "./error.ts";

/**
 * A decimal number held exactly: value = units / 10^decimals. Ticks, lots and amounts of money are made from it,
 * so that "0.1" never becomes 0.1000000000000000055.
 */
export interface Decimal {
  /** Integer, |units| < 2^53. */
  readonly units: number;
  /** Digits after the point, 0 to 15. */
  readonly decimals: number;
}

/** Reads "0.01", "-3", "12.500". Trailing zeros count as decimals. Errors: `core.bad-decimal`. */
export function parseDecimal(text: string, what = "number"): Decimal {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text.trim());
  const decimals = match?.[3]?.length ?? 0;
  const units = match ? Number(`${match[1]}${match[2]}${match[3] ?? ""}`) : Number.NaN;
  if (!Number.isSafeInteger(units) || decimals > 15) {
    fail("core.bad-decimal", {
      message: `the ${what} "${text}" is not a decimal number of at most 15 digits`,
      hint: 'Write it in plain digits, such as "0.01".',
      fields: { text },
    });
  }
  return { units: units === 0 ? 0 : units, decimals };
}

const POWERS = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/** 10^exponent as an exact number, exponent 0 to 22. */
export function powerOfTen(exponent: number): number {
  return POWERS[exponent]!;
}

/** The decimal text of units / 10^decimals, for any bigint. */
export function decimalText(units: bigint, decimals: number): string {
  const digits = (units < 0n ? -units : units).toString().padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const sign = units < 0n ? "-" : "";
  return decimals === 0 ? sign + whole : `${sign}${whole}.${digits.slice(digits.length - decimals)}`;
}

/**
 * The exact amount in a decimal text as whole units of 10^-decimals: unitsFromText("0.01", 8) is 1000000n.
 * Errors: `core.bad-decimal` for other texts, and for digits that the asset does not have.
 */
export function unitsFromText(text: string, decimals: number): bigint {
  const match = /^(-?)(\d+)(?:\.(\d+?)0*)?$/.exec(text);
  const digits = match?.[3] === "0" ? "" : (match?.[3] ?? "");
  if (!match || digits.length > decimals) {
    fail("core.bad-decimal", {
      message: `"${text}" is not an amount of at most ${decimals} decimals`,
      fields: { text, decimals },
    });
  }
  const units = BigInt(`${match[2]}${digits.padEnd(decimals, "0")}`);
  return match[1] ? -units : units;
}

/**
 * An amount as whole units of 10^-decimals: parseUnits(100000.5, 2) is 10000050n. Digits beyond are cut off.
 * Errors: `core.bad-decimal` for a value that is not finite or too large to write in plain digits.
 */
export function parseUnits(value: number, decimals: number): bigint {
  const text = String(value);
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (!match)
    fail("core.bad-decimal", { message: `${text} cannot be written in plain digits`, fields: { value } });
  const digits = `${match[2]}${(match[3] ?? "").slice(0, decimals).padEnd(decimals, "0")}`;
  return match[1] ? -BigInt(digits) : BigInt(digits);
}
