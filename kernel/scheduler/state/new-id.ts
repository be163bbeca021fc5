import { randomBytes } from "node:crypto";

/** Ten letters and digits that begin with a letter: easy to type the first few of, unique for all that is scheduled. */
export function newId(): string {
  const number = BigInt(`0x${randomBytes(8).toString("hex")}`);
  const letter = String.fromCharCode(97 + Number(number % 26n));
  return `${letter}${(number / 26n).toString(36).padStart(12, "0").slice(-9)}`;
}
