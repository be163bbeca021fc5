/**
 * Kernels that the wasm backend of tfjs lacks and training needs: gradients of stock convolutions and of embeddings.
 * And two that it has and that are slow where training uses them: the matrix product with a side transposed, as in
 * every gradient (transposing first is several times faster), and tile (within layer normalisation).
 *
 * Symbols: x [B, H, W, C] inputs, y [B, P, Q, D] outputs of a convolution, w [R, S, C, D] (depthwise: [R, S, C, m],
 * D = C m). Output (p, q) meets input (p strideHeight + r dilationHeight - top, q strideWidth + s dilationWidth - left)
 * by tap (r, s).
 *   dw[r, s, c, d] = sum over outputs of x[met by (r, s), c] dy[d]
 *   dx[h, w, c] = sum over taps, outputs that meet (h, w) and multiples k of dy[c m + k] w[r, s, c, k]
 *   segment sum: out[j] = sum of x[i] where segment[i] = j; a segment outside the range counts nowhere
 * No tensor is made but the result and one patch, which is disposed of: nothing can leak.
 */
import type { backend_util, KernelFunc, Tensor, TensorInfo } from "@tensorflow/tfjs";
import type { Tf } from "./backend.ts";

/** What is used of the wasm backend. An allocation may move its memory: views are taken after the last one. */
interface WasmMemory {
  makeOutput(shape: readonly number[], dtype: "float32"): TensorInfo;
  typedArrayFromHeap(info: TensorInfo): Float32Array | Int32Array;
  disposeData(id: object): boolean;
}
type ConvInfo = backend_util.Conv2DInfo;
type Inputs = Record<string, TensorInfo>;

const summed = new WeakSet<Tf>();

/**
 * The slope of tile, as one sum over the repeats. tfjs adds them up one by one, which takes seconds for a batch of
 * sequences: layer normalisation tiles its weights over all rows and steps.
 */
export function replaceTileGradient(tf: Tf): void {
  if (summed.has(tf)) return;
  summed.add(tf);
  tf.unregisterGradient("Tile");
  tf.registerGradient({
    kernelName: "Tile",
    inputsToSave: ["x"],
    gradFunc: (dy, saved, attrs) => {
      const [x] = saved as [Tensor];
      const { reps } = attrs as unknown as { readonly reps: readonly number[] };
      const sizes: number[] = [];
      const repeats: number[] = [];
      x.shape.forEach((size, axis) => {
        const times = reps[axis]!;
        if (times > 1) repeats.push(sizes.push(times) - 1);
        if (times === 1 || size > 1) sizes.push(size);
      });
      const parts = (dy as Tensor).reshape(sizes);
      return { x: () => (repeats.length === 0 ? parts : parts.sum(repeats)).reshape(x.shape) };
    },
  });
}

/** Registers what is missing, once. Call it when the wasm backend is there. */
export function registerKernels(tf: Tf): void {
  const kernels: Record<string, (memory: WasmMemory, inputs: Inputs, attrs: never) => TensorInfo> = {
    Conv2DBackpropFilter: (memory, inputs, attrs) => convolutionFilter(tf, memory, inputs, attrs),
    DepthwiseConv2dNativeBackpropFilter: (memory, inputs, attrs) =>
      depthwiseFilter(tf, memory, inputs, attrs),
    DepthwiseConv2dNativeBackpropInput: (memory, inputs, attrs) => depthwiseInput(tf, memory, inputs, attrs),
    UnsortedSegmentSum: segmentSum,
  };
  for (const [kernelName, run] of Object.entries(kernels)) {
    if (tf.getKernel(kernelName, "wasm") !== undefined) continue;
    const kernelFunc: KernelFunc = ({ inputs, backend, attrs }) =>
      run(backend as WasmMemory, inputs as Inputs, attrs as never);
    tf.registerKernel({ kernelName, backendName: "wasm", kernelFunc });
  }
  replaceKernel(tf, "BatchMatMul", product);
  replaceKernel(tf, "Tile", tile);
}

/** A kernel made of the stock one and others. */
type Replacement = (tf: Tf, stock: KernelFunc) => KernelFunc;

const replaced = new WeakSet<KernelFunc>();

function replaceKernel(tf: Tf, kernelName: string, replacement: Replacement): void {
  const stock = tf.getKernel(kernelName, "wasm");
  if (replaced.has(stock.kernelFunc)) return;
  const kernelFunc = replacement(tf, stock.kernelFunc);
  replaced.add(kernelFunc);
  tf.unregisterKernel(kernelName, "wasm");
  tf.registerKernel({ ...stock, kernelFunc });
}

function product(tf: Tf, stock: KernelFunc): KernelFunc {
  const transpose = tf.getKernel("Transpose", "wasm").kernelFunc;
  return ({ inputs, backend, attrs }) => {
    const { a, b } = inputs as Inputs;
    const { transposeA, transposeB } = attrs as { transposeA?: boolean; transposeB?: boolean };
    const turned: TensorInfo[] = [];
    const turn = (x: TensorInfo): TensorInfo => {
      const perm = x.shape.map((_, axis) => axis);
      perm.push(...perm.splice(-2).reverse());
      const out = transpose({ inputs: { x }, backend, attrs: { perm } }) as TensorInfo;
      turned.push(out);
      return out;
    };
    const sides = { a: transposeA ? turn(a!) : a!, b: transposeB ? turn(b!) : b! };
    const result = stock({ inputs: sides, backend, attrs: { transposeA: false, transposeB: false } });
    for (const { dataId } of turned) (backend as WasmMemory).disposeData(dataId);
    return result;
  };
}

/** Axis by axis, the last first: what is repeated lies in one piece. */
function tile(_: Tf, stock: KernelFunc): KernelFunc {
  return (args) => {
    const { x } = args.inputs as Inputs;
    const { reps } = args.attrs as unknown as { readonly reps: readonly number[] };
    const memory = args.backend as WasmMemory;
    if (x!.dtype !== "float32") return stock(args);
    const shape = x!.shape.map((size, axis) => size * reps[axis]!);
    const result = memory.makeOutput(shape, "float32");
    let values = memory.typedArrayFromHeap(x!) as Float32Array;
    let piece = 1;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      piece *= x!.shape[axis]!;
      if (reps[axis]! > 1) values = repeatPieces(values, piece, reps[axis]!);
      piece *= reps[axis]!;
    }
    memory.typedArrayFromHeap(result).set(values);
    return result;
  };
}

function repeatPieces(values: Float32Array, piece: number, times: number): Float32Array {
  const out = new Float32Array(values.length * times);
  for (let from = 0, to = 0; from < values.length; from += piece) {
    if (piece === 1) out.fill(values[from]!, to, to + times);
    else for (let r = 0; r < times; r++) out.set(values.subarray(from, from + piece), to + r * piece);
    to += piece * times;
  }
  return out;
}

interface ConvAttrs {
  readonly strides: number | [number, number];
  readonly pad: "valid" | "same" | number;
  readonly dilations?: number | [number, number];
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
  readonly filterShape: [number, number, number, number];
  readonly inputShape: [number, number, number, number];
}

function convInfo(
  tf: Tf,
  x: readonly number[],
  w: readonly number[],
  attrs: ConvAttrs,
  isDepthwise: boolean,
) {
  const { strides, pad, dimRoundingMode, dilations } = attrs;
  return tf.backend_util.computeConv2DInfo(
    [...x] as [number, number, number, number],
    [...w] as [number, number, number, number],
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    isDepthwise,
  );
}

/** For each output row and column that a tap meets: the pixel it reads and the one it makes, as numbers in x and y. */
function eachPair(info: ConvInfo, r: number, s: number, visit: (read: number, made: number) => void): void {
  const { inHeight, inWidth, outHeight, outWidth, strideHeight, strideWidth } = info;
  for (let b = 0; b < info.batchSize; b++)
    for (let p = 0; p < outHeight; p++) {
      const h = p * strideHeight + r * info.dilationHeight - info.padInfo.top;
      if (h < 0 || h >= inHeight) continue;
      for (let q = 0; q < outWidth; q++) {
        const w = q * strideWidth + s * info.dilationWidth - info.padInfo.left;
        if (w < 0 || w >= inWidth) continue;
        visit((b * inHeight + h) * inWidth + w, (b * outHeight + p) * outWidth + q);
      }
    }
}

/** One product: the patches of x, a row for each tap and channel, times dy. */
function convolutionFilter(tf: Tf, memory: WasmMemory, { x, dy }: Inputs, attrs: ConvAttrs): TensorInfo {
  const info = convInfo(tf, x!.shape, attrs.filterShape, attrs, false);
  const { filterHeight, filterWidth, inChannels, outChannels, batchSize, outHeight, outWidth } = info;
  const pixels = batchSize * outHeight * outWidth;
  const patches = memory.makeOutput([filterHeight * filterWidth * inChannels, pixels], "float32");
  const into = memory.typedArrayFromHeap(patches).fill(0);
  const from = memory.typedArrayFromHeap(x!);
  for (let r = 0; r < filterHeight; r++)
    for (let s = 0; s < filterWidth; s++) {
      const row = (r * filterWidth + s) * inChannels;
      eachPair(info, r, s, (read, made) => {
        for (let c = 0; c < inChannels; c++) into[(row + c) * pixels + made] = from[read * inChannels + c]!;
      });
    }
  const product = tf.getKernel("BatchMatMul", "wasm").kernelFunc({
    inputs: { a: patches, b: { dataId: dy!.dataId, dtype: "float32", shape: [pixels, outChannels] } },
    backend: memory,
    attrs: { transposeA: false, transposeB: false },
  }) as TensorInfo;
  memory.disposeData(patches.dataId);
  return { ...product, shape: attrs.filterShape };
}

function depthwiseFilter(tf: Tf, memory: WasmMemory, { x, dy }: Inputs, attrs: ConvAttrs): TensorInfo {
  const info = convInfo(tf, x!.shape, attrs.filterShape, attrs, true);
  const { filterHeight, filterWidth, inChannels, outChannels } = info;
  const multiple = outChannels / inChannels;
  const result = memory.makeOutput(attrs.filterShape, "float32");
  const into = memory.typedArrayFromHeap(result);
  const [values, slopes] = [memory.typedArrayFromHeap(x!), memory.typedArrayFromHeap(dy!)];
  const sums = new Float64Array(outChannels);
  for (let r = 0; r < filterHeight; r++)
    for (let s = 0; s < filterWidth; s++) {
      sums.fill(0);
      eachPair(info, r, s, (read, made) => {
        for (let c = 0, d = 0; c < inChannels; c++) {
          const value = values[read * inChannels + c]!;
          for (let k = 0; k < multiple; k++, d++) sums[d]! += value * slopes[made * outChannels + d]!;
        }
      });
      into.set(sums, (r * filterWidth + s) * outChannels);
    }
  return result;
}

function depthwiseInput(tf: Tf, memory: WasmMemory, { dy, filter }: Inputs, attrs: ConvAttrs): TensorInfo {
  const info = convInfo(tf, attrs.inputShape, filter!.shape, attrs, true);
  const { filterHeight, filterWidth, inChannels, outChannels } = info;
  const multiple = outChannels / inChannels;
  const result = memory.makeOutput(attrs.inputShape, "float32");
  const into = memory.typedArrayFromHeap(result).fill(0);
  const [slopes, weights] = [memory.typedArrayFromHeap(dy!), memory.typedArrayFromHeap(filter!)];
  for (let r = 0; r < filterHeight; r++)
    for (let s = 0; s < filterWidth; s++) {
      const tap = (r * filterWidth + s) * outChannels;
      eachPair(info, r, s, (read, made) => {
        for (let c = 0, d = 0; c < inChannels; c++) {
          let sum = 0;
          for (let k = 0; k < multiple; k++, d++) sum += slopes[made * outChannels + d]! * weights[tap + d]!;
          into[read * inChannels + c]! += sum;
        }
      });
    }
  return result;
}

function segmentSum(
  memory: WasmMemory,
  { x, segmentIds }: Inputs,
  { numSegments }: { readonly numSegments: number },
): TensorInfo {
  const inner = x!.shape.slice(segmentIds!.shape.length);
  const result = memory.makeOutput([numSegments, ...inner], "float32");
  const into = memory.typedArrayFromHeap(result).fill(0);
  const [values, segments] = [memory.typedArrayFromHeap(x!), memory.typedArrayFromHeap(segmentIds!)];
  const width = inner.reduce((product, size) => product * size, 1);
  segments.forEach((segment, i) => {
    if (segment < 0 || segment >= numSegments) return;
    for (let c = 0; c < width; c++) into[segment * width + c]! += values[i * width + c]!;
  });
  return result;
}
