/** Layers that move values and compute none, and those that do nothing when predicting. */
import { product, range } from "./arrays.ts";
import type { LayerCall, LayerSupport } from "./layer-call.ts";

const DROPPED: LayerSupport = { becomes: "nothing: it is for training", write: (call) => call.input.tensor };

export const SHAPE_LAYERS: Readonly<Record<string, LayerSupport>> = {
  InputLayer: { becomes: "nothing", write: (call) => call.input.tensor },
  Dropout: DROPPED,
  SpatialDropout1D: DROPPED,
  GaussianNoise: DROPPED,
  GaussianDropout: DROPPED,
  AlphaDropout: DROPPED,
  Flatten: { becomes: "Reshape", write: flatten },
  Reshape: {
    becomes: "Reshape",
    write: (call) => call.reshape(call.input.tensor, [0, ...call.parts.shape], "reshaped"),
  },
  Permute: {
    becomes: "Transpose",
    write: (call) =>
      call.transpose(call.input.tensor, [0, ...call.sizes("dims", call.input.shape.length)], "permuted"),
  },
  RepeatVector: { becomes: "Unsqueeze, Tile", write: repeat },
  ZeroPadding2D: { becomes: "Pad", write: padZeros },
  Cropping2D: { becomes: "Slice", write: crop },
  UpSampling2D: { becomes: "Resize", write: enlarge },
};

function flatten(call: LayerCall): string {
  const { tensor, shape } = call.input;
  const rank = shape.length + 1;
  const isFirst = call.setting("dataFormat", "channelsLast") === "channelsFirst";
  const x = isFirst ? call.transpose(tensor, [0, ...range(2, rank), 1], "channelsLast") : tensor;
  return call.reshape(x, [0, product(shape)], "flat");
}

function repeat(call: LayerCall): string {
  const times = call.setting("n", 1);
  const single = call.node("Unsqueeze", [call.input.tensor, call.ints([1])], "single");
  return call.node("Tile", [single, call.ints([1, times, 1])], "repeated");
}

/** [[before, after], [before, after]] of height and width. */
function borders(call: LayerCall, key: string): [number, number, number, number] {
  const flat = Array.isArray(call.parts.config[key]) ? (call.parts.config[key] as unknown[]).flat() : [];
  if (flat.length !== 4 || !flat.every(Number.isInteger))
    return call.refuse(`has ${key} ${JSON.stringify(call.parts.config[key])}`, `Give ${key} as two pairs.`);
  return flat as [number, number, number, number];
}

function isChannelsFirst(call: LayerCall): boolean {
  return call.setting("dataFormat", "channelsLast") === "channelsFirst";
}

function padZeros(call: LayerCall): string {
  const [top, bottom, left, right] = borders(call, "padding");
  const pads = isChannelsFirst(call)
    ? [0, 0, top, left, 0, 0, bottom, right]
    : [0, top, left, 0, 0, bottom, right, 0];
  return call.node("Pad", [call.input.tensor, call.ints(pads)], "padded");
}

function crop(call: LayerCall): string {
  const [top, bottom, left, right] = borders(call, "cropping");
  const axes = isChannelsFirst(call) ? [2, 3] : [1, 2];
  const [height, width] = axes.map((axis) => call.input.shape[axis - 1]!) as [number, number];
  const ends = call.ints([height - bottom, width - right]);
  return call.node("Slice", [call.input.tensor, call.ints([top, left]), ends, call.ints(axes)], "cropped");
}

function enlarge(call: LayerCall): string {
  const [height, width] = call.sizes("size", 2, 2) as [number, number];
  const isFirst = isChannelsFirst(call);
  const x = isFirst ? call.input.tensor : call.transpose(call.input.tensor, [0, 3, 1, 2], "channelsFirst");
  const scales = call.weight("scales", [4], () => Float32Array.of(1, 1, height, width));
  const isNearest = call.setting("interpolation", "nearest") === "nearest";
  const large = call.node("Resize", [x, "", scales], "large", {
    mode: { s: isNearest ? "nearest" : "linear" },
    coordinate_transformation_mode: { s: "asymmetric" },
    nearest_mode: { s: "floor" },
  });
  return isFirst ? large : call.transpose(large, [0, 2, 3, 1], "channelsLast");
}
