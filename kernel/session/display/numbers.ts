import { Buffer } from "node:buffer";
import { countText, shortText } from "#core";

const SHOWN_PER_END = 5;
/** Shorter arrays are shown whole, as any other value. */
const SHORT = 2 * SHOWN_PER_END + 2;

type Numbers = ArrayLike<number | bigint>;

/** A long typed array: both ends, the range, the mean, and how many are no numbers. Undefined for anything else. */
export function arrayText(value: object): string | undefined {
  if (!ArrayBuffer.isView(value) || value instanceof DataView || Buffer.isBuffer(value)) return undefined;
  const numbers = value as unknown as Numbers;
  if (numbers.length < SHORT) return undefined;
  return `${value.constructor.name}(${countText(numbers.length)}) ${endsText(numbers)}\n${rangeText(numbers)}`;
}

/** A tensor of tfjs or of onnxruntime: type, shape, and what is in it. Undefined for anything else. */
export function tensorText(value: object): string | undefined {
  const { shape, dims, dtype, type, dataSync, isDisposed, data } = value as {
    shape?: unknown;
    dims?: unknown;
    dtype?: unknown;
    type?: unknown;
    dataSync?: unknown;
    isDisposed?: boolean;
    data?: unknown;
  };
  if (typeof dataSync === "function" && Array.isArray(shape) && typeof dtype === "string") {
    const head = `Tensor ${dtype} [${shape.join(", ")}]`;
    // Its own text lays the values out by its shape.
    return isDisposed ? `${head}, disposed` : `${head}\n${String(value).replace(/^Tensor\n/, "")}`;
  }
  if (!Array.isArray(dims) || typeof type !== "string" || !ArrayBuffer.isView(data)) return undefined;
  const numbers = data as unknown as Numbers;
  return `Tensor ${type} [${dims.join(", ")}] ${endsText(numbers)}${numbers.length < SHORT ? "" : `\n${rangeText(numbers)}`}`;
}

function endsText(numbers: Numbers): string {
  const { length } = numbers;
  const shown = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => partText(numbers[from + i]!)).join(", ");
  if (length < SHORT) return `[${shown(0, length)}]`;
  return `[${shown(0, SHOWN_PER_END)}, …, ${shown(length - SHOWN_PER_END, length)}]`;
}

function rangeText(numbers: Numbers): string {
  let [least, most, sum, count] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  for (let i = 0; i < numbers.length; i++) {
    const number = Number(numbers[i]);
    if (Number.isNaN(number)) continue;
    least = Math.min(least, number);
    most = Math.max(most, number);
    sum += number;
    count++;
  }
  const missing = numbers.length - count;
  const nan = missing > 0 ? `, ${countText(missing)} NaN` : "";
  if (count === 0) return `all NaN`;
  return `min ${shortText(least)}, max ${shortText(most)}, mean ${shortText(sum / count)}${nan}`;
}

function partText(value: number | bigint): string {
  return typeof value === "bigint" ? String(value) : shortText(value);
}
