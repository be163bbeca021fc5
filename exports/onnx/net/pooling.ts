/** Pooling. Averages count the values that are there, not the padding. */
import { range } from "./arrays.ts";
import type { LayerCall, LayerSupport } from "./layer-call.ts";
import { fromSpace, spaceOf, toSpace, windowOf } from "./spatial.ts";
import { sumAxis } from "./sums.ts";

export const POOLING_LAYERS: Readonly<Record<string, LayerSupport>> = {
  MaxPooling1D: pooling("MaxPool", 1),
  MaxPooling2D: pooling("MaxPool", 2),
  MaxPooling3D: pooling("MaxPool", 3),
  AveragePooling1D: pooling("AveragePool", 1),
  AveragePooling2D: pooling("AveragePool", 2),
  AveragePooling3D: pooling("AveragePool", 3),
  GlobalMaxPooling1D: { becomes: "ReduceMax", write: (call) => globalMax(call, 1) },
  GlobalMaxPooling2D: { becomes: "ReduceMax", write: (call) => globalMax(call, 2) },
  GlobalAveragePooling1D: { becomes: "MatMul, Mul, Reshape", write: (call) => globalAverage(call, 1) },
  GlobalAveragePooling2D: {
    becomes: "Reshape, MatMul, Mul, Reshape",
    write: (call) => globalAverage(call, 2),
  },
};

function pooling(opType: "MaxPool" | "AveragePool", rank: number): LayerSupport {
  return { becomes: `Transpose, ${opType}, Transpose`, write: (call) => pool(call, opType, rank) };
}

function pool(call: LayerCall, opType: string, rank: number): string {
  const { size, strides, pads, isChannelsFirst } = windowOf(call, rank, "poolSize", false);
  const x = isChannelsFirst ? call.input.tensor : toSpace(call, call.input.tensor, rank);
  const y = call.node(opType, [x], "pool", {
    kernel_shape: { ints: size },
    strides: { ints: strides },
    pads: { ints: pads },
  });
  return isChannelsFirst ? y : fromSpace(call, y, rank);
}

function globalMax(call: LayerCall, rank: number): string {
  const { isChannelsFirst } = spaceOf(call, rank);
  const axes = isChannelsFirst ? range(2, rank + 2) : range(1, rank + 1);
  return call.node("ReduceMax", [call.input.tensor], "most", { axes: { ints: axes }, keepdims: { i: 0 } });
}

function globalAverage(call: LayerCall, rank: number): string {
  const { isChannelsFirst, space, channels } = spaceOf(call, rank);
  const count = space.reduce((all, size) => all * size, 1);
  const shape = isChannelsFirst ? [channels, count] : [count, channels];
  const x = rank === 1 ? call.input.tensor : call.reshape(call.input.tensor, [0, ...shape], "places");
  const sum = sumAxis(call, x, { axis: isChannelsFirst ? 2 : 1, shape, hint: "sum" });
  const mean = call.node("Mul", [sum, call.scalar(1 / count)], "mean");
  return call.reshape(mean, [0, channels], "average");
}
