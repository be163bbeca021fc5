/**
 * What convolution and pooling share: one, two or three axes of space, strides and padding.
 * tfjs counts channels last; ONNX's operators want them first: [N, C, ...space].
 */
import { range } from "./arrays.ts";
import type { LayerCall } from "./layer-call.ts";

export interface Window {
  /** How many axes of space. */
  readonly rank: number;
  readonly size: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Before each axis, then after each. */
  readonly pads: readonly number[];
  readonly isChannelsFirst: boolean;
}

/** The axes of space of the input, and where its channels are. */
export function spaceOf(call: LayerCall, rank: number) {
  const isChannelsFirst = call.setting("dataFormat", "channelsLast") === "channelsFirst";
  const { shape } = call.input;
  return {
    isChannelsFirst,
    space: isChannelsFirst ? shape.slice(1) : shape.slice(0, rank),
    channels: isChannelsFirst ? shape[0]! : shape[rank]!,
  };
}

/** @param sizeKey "kernelSize" or "poolSize". @param isDilated whether the layer heeds dilationRate. */
export function windowOf(call: LayerCall, rank: number, sizeKey: string, isDilated: boolean): Window {
  const { isChannelsFirst, space } = spaceOf(call, rank);
  const size = call.sizes(sizeKey, rank);
  const strides = call.sizes("strides", rank, 1);
  const dilations = isDilated ? call.sizes("dilationRate", rank, 1) : Array<number>(rank).fill(1);
  const padding = call.setting("padding", "valid");
  if (padding !== "valid" && padding !== "same")
    return call.refuse(
      `has the padding "${padding}"`,
      'Use "valid" or "same"; for causal convolution the layer CausalConv1D.',
    );
  const totals = space.map((length, axis) => {
    if (padding === "valid") return 0;
    const reach = (size[axis]! - 1) * dilations[axis]! + 1;
    const steps = Math.ceil(length / strides[axis]!);
    return (steps - 1) * strides[axis]! + reach - length;
  });
  refuseCut(call, totals);
  return { rank, size, strides, dilations, isChannelsFirst, pads: padsOf(totals) };
}

/** In three axes of space, tfjs begins behind the first value where strides are longer than what slides. */
export function refuseCut(call: LayerCall, totals: readonly number[]): void {
  if (totals.length < 3 || totals.every((total) => total >= 0)) return;
  call.refuse("skips values at the front, as its strides are longer than its window", 'Use padding "valid".');
}

/** Half before, half after; an odd one goes after; what would cut is left out. */
export function padsOf(totals: readonly number[]): number[] {
  const padded = totals.map((total) => Math.max(0, total));
  const before = padded.map((total) => Math.floor(total / 2));
  return [...before, ...padded.map((total, axis) => total - before[axis]!)];
}

/** Channels first. */
export function toSpace(call: LayerCall, x: string, rank: number): string {
  return call.transpose(x, [0, rank + 1, ...range(1, rank + 1)], "channelsFirst");
}

/** Channels last. */
export function fromSpace(call: LayerCall, y: string, rank: number): string {
  return call.transpose(y, [0, ...range(2, rank + 2), 1], "channelsLast");
}
