/** What is made of the numbers of two lanes, bar by bar. */
import { kernels, LANES, laneAddress, MORE } from "./lanes.ts";

const PLAIN = {
  /** Of equal numbers, 0 and -0 among them, that of `a`. */
  larger: (a: number, b: number) => (a < b ? b : a),
  smaller: (a: number, b: number) => (b < a ? b : a),
  plus: (a: number, b: number) => a + b,
  minus: (a: number, b: number) => a - b,
  times: (a: number, b: number) => a * b,
  /** |a - b|. */
  distance: (a: number, b: number) => Math.abs(a - b),
  /** 0 where b is 0. */
  ratio: (a: number, b: number) => (b === 0 ? 0 : a / b),
  /** 0 where b is not more than 0. */
  share: (a: number, b: number) => (b > 0 ? a / b : 0),
  /** 100 where a is not more than b, else 0. */
  mark: (a: number, b: number) => (a <= b ? 100 : 0),
};

/**
 * From one place to another of two lanes into a third, by their numbers; up to three numbers more are written.
 * @param back how many bars before its own the number of `b` is taken. @param ago likewise of `a`.
 */
export function joinLanes(
  how: keyof typeof PLAIN,
  a: number,
  b: number,
  to: number,
  start: number,
  end: number,
  back = 0,
  ago = 0,
): void {
  if (start >= end) return;
  if (kernels) {
    const [one, other] = [laneAddress(a, start - ago), laneAddress(b, start - back)];
    kernels[how](laneAddress(to, start), one, other, laneAddress(to, end));
    return;
  }
  const join = PLAIN[how];
  const [x, y, out] = [LANES[a]!, LANES[b]!, LANES[to]!];
  for (let i = start; i < end; i++) out[i] = join(x[i - ago]!, y[i - back]!);
}

const PLAIN_OF_ONE = {
  scaled: (x: number, factor: number, divisor: number) => (factor * x) / divisor,
  roots: (x: number, factor: number, divisor: number) => factor * Math.sqrt(x / divisor),
};

/** Of the numbers of a lane, from one place to another, into a second lane; up to three numbers more are written. */
export function scaleLane(
  how: keyof typeof PLAIN_OF_ONE,
  from: number,
  to: number,
  start: number,
  end: number,
  factor: number,
  divisor: number,
): void {
  if (start >= end) return;
  if (kernels) {
    kernels[how](laneAddress(to, start), laneAddress(from, start), laneAddress(to, end), factor, divisor);
    return;
  }
  const scale = PLAIN_OF_ONE[how];
  const [x, out] = [LANES[from]!, LANES[to]!];
  for (let i = start; i < end; i++) out[i] = scale(x[i]!, factor, divisor);
}

/** Of numbers from one place to another, and maybe of seven more. */
export function mayHaveBelowZero(lane: number, start: number, end: number): boolean {
  if (kernels) return kernels.hasBelowZero(laneAddress(lane, start), laneAddress(lane, end)) === 1;
  const numbers = LANES[lane]!;
  for (let i = start; i < end; i++) if (numbers[i]! < 0) return true;
  return false;
}

export function hasZero(lane: number, start: number, end: number): boolean {
  if (start >= end) return false;
  const numbers = LANES[lane]!;
  if (kernels === undefined) return numbers.subarray(start, end).includes(0);
  numbers.fill(1, end, end + MORE);
  return kernels.hasZero(laneAddress(lane, start), laneAddress(lane, end)) === 1;
}

/** Of ten numbers before each bar the mean, added as ../pattern/candle.ts adds them. */
export function meanTenLane(from: number, to: number, start: number, end: number): void {
  if (start >= end) return;
  if (kernels) {
    kernels.meansOfTen(laneAddress(to, start), laneAddress(from, start - 10), laneAddress(to, end));
    return;
  }
  const [x, out] = [LANES[from]!, LANES[to]!];
  for (let i = start; i < end; i++) {
    const near = x[i - 1]! + x[i - 2]! + (x[i - 3]! + x[i - 4]!);
    const far = x[i - 5]! + x[i - 6]! + (x[i - 7]! + x[i - 8]!);
    out[i] = (near + far + (x[i - 9]! + x[i - 10]!)) / 10;
  }
}
