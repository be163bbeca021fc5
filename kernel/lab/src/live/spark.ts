// A curve as an SVG path: x is time over the width, y is value over the height, the larger the higher.

export interface SparkLine {
  readonly path: string;
  /** Height of the first value: the dashed line. */
  readonly base: number;
  readonly end: readonly [x: number, y: number];
}

const PAD = 2;

/** Null for fewer than two points. Times must not decrease. */
export function sparkLine(
  curve: readonly (readonly [number, number])[],
  width: number,
  height: number,
): SparkLine | null {
  const [first, last] = [curve[0], curve.at(-1)];
  if (!first || !last || curve.length < 2) return null;
  const values = curve.map(([, value]) => value);
  const low = Math.min(...values);
  const high = Math.max(...values);
  const span = last[0] - first[0];
  const x = (time: number, index: number) =>
    round((span > 0 ? (time - first[0]) / span : index / (curve.length - 1)) * (width - 2 * PAD));
  const y = (value: number) =>
    high === low ? height / 2 : round(PAD + ((high - value) / (high - low)) * (height - 2 * PAD));
  const points = curve.map(([time, value], index) => `${x(time, index)} ${y(value)}`);
  return {
    path: `M${points.join("L")}`,
    base: y(first[1]),
    end: [x(last[0], curve.length - 1), y(last[1])],
  };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
