/**
 * Convolutions. Kernels in tfjs: [...size, in, out]; in ONNX: [out, in / groups, ...size].
 */
import { activate } from "./activations.ts";
import { range, transposed } from "./arrays.ts";
import type { LayerCall, LayerSupport } from "./layer-call.ts";
import { fromSpace, padsOf, refuseCut, spaceOf, toSpace, type Window, windowOf } from "./spatial.ts";

export const CONVOLUTION_LAYERS: Readonly<Record<string, LayerSupport>> = {
  Conv1D: {
    becomes: "Transpose, Conv, Transpose",
    limits: "padding valid or same; channelsLast",
    write: (call) => convolution(call, windowOf(call, 1, "kernelSize", true)),
  },
  Conv2D: {
    becomes: "Transpose, Conv, Transpose",
    write: (call) => convolution(call, windowOf(call, 2, "kernelSize", true)),
  },
  Conv3D: {
    becomes: "Transpose, Conv, Transpose",
    limits: "same padding with strides longer than the kernel is refused",
    write: (call) => convolution(call, windowOf(call, 3, "kernelSize", true)),
  },
  CausalConv1D: { becomes: "Transpose, Conv padded on the left, Transpose", write: causal },
  DepthwiseConv2D: {
    becomes: "Conv with groups",
    limits: "dilationRate does nothing, as in tfjs",
    write: depthwise,
  },
  SeparableConv2D: { becomes: "Conv with groups, Conv", limits: "channelsLast", write: separable },
  Conv2DTranspose: { becomes: "ConvTranspose", write: (call) => backwards(call, 2) },
  Conv3DTranspose: {
    becomes: "ConvTranspose",
    limits: "same padding with strides longer than the kernel is refused",
    write: (call) => backwards(call, 3),
  },
};

interface Kernel {
  readonly hint: string;
  /** In ONNX's order. */
  readonly shape: readonly number[];
  readonly make: () => Float32Array;
  readonly bias?: Float32Array | undefined;
  readonly group?: number;
}

/** Conv over x with channels first. */
function convolve(call: LayerCall, x: string, kernel: Kernel, window: Window): string {
  const { hint, shape, make, bias, group = 1 } = kernel;
  const inputs = [x, call.weight(`${hint}/kernel`, shape, make)];
  if (bias !== undefined) inputs.push(call.weight(`${hint}/bias`, [bias.length], () => bias));
  return call.node("Conv", inputs, hint, {
    kernel_shape: { ints: window.size },
    strides: { ints: window.strides },
    dilations: { ints: window.dilations },
    pads: { ints: window.pads },
    group: { i: group },
  });
}

/** Puts channels first, writes, puts them back if they were last, and activates. */
function inSpace(call: LayerCall, { rank, isChannelsFirst }: Window, write: (x: string) => string): string {
  const x = isChannelsFirst ? call.input.tensor : toSpace(call, call.input.tensor, rank);
  const y = write(x);
  return activate(call, isChannelsFirst ? y : fromSpace(call, y, rank));
}

function biasOf(call: LayerCall, position: number): Float32Array | undefined {
  return call.setting("useBias", true) ? call.values(position, 1).values : undefined;
}

function convolution(call: LayerCall, window: Window): string {
  const { rank } = window;
  const { shape, values } = call.values(0, rank + 2);
  // Conv1D does not tell its dataFormat.
  if (shape[rank] !== spaceOf(call, rank).channels)
    return call.refuse(
      `reads ${shape[rank]} channels, and its input's last axis has another size`,
      "Use channelsLast.",
    );
  const perm = [rank + 1, rank, ...range(0, rank)];
  const kernel = {
    hint: "conv",
    shape: perm.map((axis) => shape[axis]!),
    make: () => transposed(values, shape, perm),
    bias: biasOf(call, 1),
  };
  return inSpace(call, window, (x) => convolve(call, x, kernel, window));
}

function causal(call: LayerCall): string {
  const size = call.sizes("kernelSize", 1);
  const dilations = call.sizes("dilationRate", 1, 1);
  const pads = [(size[0]! - 1) * dilations[0]!, 0];
  return convolution(call, { rank: 1, size, strides: [1], dilations, pads, isChannelsFirst: false });
}

/** [h, w, in, multiplier]: output c * multiplier + m reads channel c. */
function depthwiseKernel(call: LayerCall): Kernel {
  const { shape, values } = call.values(0, 4);
  const [height, width, channels, multiplier] = shape as [number, number, number, number];
  return {
    hint: "depthwise",
    shape: [channels * multiplier, 1, height, width],
    make: () => transposed(values, shape, [2, 3, 0, 1]),
    group: channels,
  };
}

function depthwise(call: LayerCall): string {
  const window = windowOf(call, 2, "kernelSize", false);
  const kernel = { ...depthwiseKernel(call), bias: biasOf(call, 1) };
  return inSpace(call, window, (x) => convolve(call, x, kernel, window));
}

function separable(call: LayerCall): string {
  const window = windowOf(call, 2, "kernelSize", true);
  if (window.isChannelsFirst)
    return call.refuse("has channelsFirst, whose bias tfjs adds to another axis", "Use channelsLast.");
  const { shape, values } = call.values(1, 4);
  const [, , channels, filters] = shape as [number, number, number, number];
  const pointwise = {
    hint: "pointwise",
    shape: [filters, channels, 1, 1],
    make: () => transposed(values, shape, [3, 2, 0, 1]),
    bias: biasOf(call, 2),
  };
  const point = { ...window, size: [1, 1], strides: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0] };
  return inSpace(call, window, (x) =>
    convolve(call, convolve(call, x, depthwiseKernel(call), window), pointwise, point),
  );
}

/** The gradient of a convolution: kernel [...size, out, in]; in ONNX [in, out, ...size]. */
function backwards(call: LayerCall, rank: number): string {
  const window = windowOf(call, rank, "kernelSize", false);
  const { size, strides } = window;
  const isSame = call.setting("padding", "valid") === "same";
  // The input of length n becomes n * stride, and with "valid" what the kernel reaches beyond.
  const beyond = size.map((each, axis) => each - strides[axis]!);
  if (isSame) refuseCut(call, beyond);
  const pads = padsOf(isSame ? beyond : beyond.map(() => 0));
  const { shape, values } = call.values(0, rank + 2);
  const perm = [rank + 1, rank, ...range(0, rank)];
  const bias = biasOf(call, 1);
  const kernel = call.weight(
    "conv/kernel",
    perm.map((axis) => shape[axis]!),
    () => transposed(values, shape, perm),
  );
  const inputs =
    bias === undefined ? [kernel] : [kernel, call.weight("conv/bias", [bias.length], () => bias)];
  return inSpace(call, window, (x) =>
    call.node("ConvTranspose", [x, ...inputs], "conv", {
      kernel_shape: { ints: size },
      strides: { ints: strides },
      pads: { ints: pads },
      output_padding: { ints: beyond.map((reach) => Math.max(0, -reach)) },
    }),
  );
}
