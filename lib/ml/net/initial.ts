/**
 * Initial weights from our own generator, so that a seed gives the same start on every backend.
 *
 * While a model is built, the classes of tfjs that draw at random draw here instead; what a builder sets itself, and
 * an initializer with a seed of its own, stays. Symbols: shape [..., r, c]; fans of a kernel: in = r, out = c, each
 * times the sizes before them; of a vector of n: sqrt(n) each.
 *   RandomUniform   uniform in [minval, maxval)      RandomNormal  mean + stddev N(0, 1)
 *   TruncatedNormal the same, drawn again while beyond 2 stddev
 *   VarianceScaling (Glorot, He, LeCun): v = scale / max(1, fan), fan in, out, or their mean; uniform in
 *                   +-sqrt(3 v), or a truncated normal of deviation sqrt(v), as tfjs
 *   Orthogonal      gain times orthonormal columns (rows, if there are fewer) of a normal matrix, by Gram and Schmidt,
 *                   twice over so that they are orthogonal to rounding
 */
import type { LayersModel, Tensor } from "@tensorflow/tfjs";
import type { Rng } from "#core";
import type { Tf } from "./backend.ts";
import { registeredClass } from "./convert.ts";

/** The parameters of every class, as tfjs calls them. */
interface Parameters {
  readonly minval: number;
  readonly maxval: number;
  readonly mean: number;
  readonly stddev: number;
  readonly scale: number;
  readonly mode: "fanIn" | "fanOut" | "fanAvg";
  readonly distribution: "normal" | "uniform";
  readonly gain: number;
  readonly seed?: number | null;
}

type Draw = (own: Parameters, shape: readonly number[], rng: Rng) => Float32Array;

const DRAWS: Readonly<Record<string, Draw>> = {
  RandomUniform: ({ minval, maxval }, shape, rng) =>
    fill(shape, () => minval + (maxval - minval) * rng.next()),
  RandomNormal: ({ mean, stddev }, shape, rng) => fill(shape, () => mean + stddev * rng.nextNormal()),
  TruncatedNormal: ({ mean, stddev }, shape, rng) => fill(shape, () => mean + stddev * truncated(rng)),
  VarianceScaling: varianceScaling,
  Orthogonal: ({ gain }, shape, rng) => orthogonal(shape, rng).map((x) => x * gain),
};

/** Runs a builder, which must not wait for anything, and gives what it returns. */
export function buildSeeded(tf: Tf, rng: Rng, build: () => LayersModel): LayersModel {
  const undo: (() => void)[] = [];
  for (const [type, draw] of Object.entries(DRAWS)) {
    const { prototype } = registeredClass(tf, type)![0] as unknown as {
      prototype: Parameters & { apply(shape: number[], dtype?: string): Tensor };
    };
    const stock = prototype.apply;
    prototype.apply = function (this: typeof prototype, shape, dtype) {
      const isSeeded = this.seed !== undefined && this.seed !== null;
      return isSeeded ? stock.call(this, shape, dtype) : tf.tensor(draw(this, shape, rng), shape, "float32");
    };
    undo.push(() => {
      prototype.apply = stock;
    });
  }
  try {
    return build();
  } finally {
    for (const each of undo) each();
  }
}

function fill(shape: readonly number[], draw: () => number): Float32Array {
  return new Float32Array(sizeOf(shape)).map(draw);
}

const sizeOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

function truncated(rng: Rng): number {
  for (;;) {
    const x = rng.nextNormal();
    if (Math.abs(x) <= 2) return x;
  }
}

function varianceScaling({ scale, mode, distribution }: Parameters, shape: readonly number[], rng: Rng) {
  const around = sizeOf(shape.slice(0, -2));
  const side = Math.sqrt(sizeOf(shape));
  const [fanIn, fanOut] = shape.length < 2 ? [side, side] : [around * shape.at(-2)!, around * shape.at(-1)!];
  const fan = mode === "fanIn" ? fanIn : mode === "fanOut" ? fanOut : (fanIn + fanOut) / 2;
  const variance = scale / Math.max(1, fan);
  if (distribution === "normal") return fill(shape, () => Math.sqrt(variance) * truncated(rng));
  return fill(shape, () => Math.sqrt(3 * variance) * (2 * rng.next() - 1));
}

function orthogonal(shape: readonly number[], rng: Rng): Float32Array {
  const columns = shape.at(-1)!;
  const rows = sizeOf(shape.slice(0, -1));
  const [count, length] = [Math.min(rows, columns), Math.max(rows, columns)];
  const basis: Float64Array[] = [];
  while (basis.length < count) {
    const vector = new Float64Array(length).map(() => rng.nextNormal());
    for (let pass = 0; pass < 2; pass++)
      for (const unit of basis) {
        const along = dot(unit, vector);
        for (let i = 0; i < length; i++) vector[i]! -= along * unit[i]!;
      }
    const norm = Math.sqrt(dot(vector, vector));
    basis.push(vector.map((x) => x / norm));
  }
  const out = new Float32Array(rows * columns);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) out[r * columns + c] = rows < columns ? basis[r]![c]! : basis[c]![r]!;
  return out;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
