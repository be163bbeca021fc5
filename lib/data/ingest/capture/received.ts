import { powerOfTen } from "#core";

/** Where the message begins after its time of receipt; -1 for a line of another form. Reused for all lines. */
export interface LineHead {
  /** UTC milliseconds; NaN if the line has none. */
  received: number;
  at: number;
}

/** Digits of a time since 1970 in s, ms, us and ns, and what divides it into milliseconds. */
const MS_DIGITS = 13;

/**
 * Reads what recorders put before a message: nothing; the time as whole ns, us, ms or s, or as s with a fraction; then a colon or
 * not, and spaces. @param head is filled; its `at` is the message's first byte, a brace.
 */
export function readLineHead(bytes: Buffer, from: number, to: number, head: LineHead): void {
  head.received = Number.NaN;
  head.at = -1;
  let at = from;
  while (at < to && isDigit(bytes[at]!)) at++;
  const whole = at - from;
  let decimals = 0;
  if (whole > 0 && bytes[at] === 0x2e) {
    const point = at++;
    while (at < to && isDigit(bytes[at]!)) at++;
    decimals = at - point - 1;
  }
  const digitsEnd = at;
  if (bytes[at] === 0x3a) at++;
  while (at < to && (bytes[at] === 0x20 || bytes[at] === 0x09)) at++;
  if (bytes[at] !== 0x7b || at >= to) return;
  if (whole > 0) {
    if ((whole !== 10 && whole !== 13 && whole !== 16 && whole !== 19) || decimals > 9) return;
    head.received = millis(bytes, from, whole, digitsEnd - decimals, decimals);
  }
  head.at = at;
}

/** Milliseconds of a time of which `whole` digits stand before the point: whole and fraction apart, so that none is lost. */
function millis(bytes: Buffer, from: number, whole: number, fraction: number, decimals: number): number {
  let ms = 0;
  let rest = 0;
  let restDigits = 0;
  const total = whole + decimals;
  for (let k = 0; k < total; k++) {
    const digit = bytes[k < whole ? from + k : fraction + k - whole]! - 0x30;
    if (k < MS_DIGITS) ms = ms * 10 + digit;
    else {
      rest = rest * 10 + digit;
      restDigits++;
    }
  }
  if (total < MS_DIGITS) ms *= powerOfTen(MS_DIGITS - total);
  return ms + rest / powerOfTen(restDigits);
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
