/** Sums and means of a few values over a stretch: what ./mean.ts gives for them, bit for bit. */
import { INPUT_LANES, INPUTS, kernels, laneAddress, OUTPUT_LANES, OUTPUTS } from "./lanes.ts";

/**
 * From one place to another of a lane of the inputs into that of the outputs: the oldest times `scale` plus the distances
 * from it times `share`.
 * @param lane its number. @param n values, 1 to 8; before each place there are as many.
 */
export function smallLane(
  lane: 0 | 1 | 2 | 3,
  n: number,
  scale: number,
  share: number,
  start: number,
  end: number,
): void {
  if (start >= end) return;
  if (kernels) {
    const [to, last] = [laneAddress(OUTPUTS + lane, start), laneAddress(OUTPUTS + lane, end)];
    kernels.small[n]!(to, laneAddress(INPUTS + lane, start - n + 1), last, scale, share);
    return;
  }
  const [x, out] = [INPUT_LANES[lane], OUTPUT_LANES[lane]];
  for (let i = start; i < end; i++) {
    const oldest = x[i - n + 1]!;
    let sum = 0;
    for (let k = i - n + 2; k <= i; k++) sum += x[k]! - oldest;
    out[i] = oldest * scale + sum * share;
  }
}
