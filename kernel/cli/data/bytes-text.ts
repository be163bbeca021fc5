import { numberText } from "#core";

const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

/** 1234567 as "1.2 MB". */
export function bytesText(bytes: number): string {
  let [size, unit] = [bytes, 0];
  while (size >= 999.5 && unit < UNITS.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${numberText(size, unit > 0 && size < 99.5 ? 1 : 0)} ${UNITS[unit]}`;
}
