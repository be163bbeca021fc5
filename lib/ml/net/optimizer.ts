/**
 * Steps down a slope, on plain numbers: the state is all there is to a checkpoint, and every backend steps alike.
 *
 * Symbols: w weights, g slope, eta learning rate, t steps so far, d weight decay. State in float32, arithmetic in
 * float64. Decay meets matrices only, no biases and no scales.
 *   adam     m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2; w -= eta (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + e),
 *            b1 = 0.9, b2 = 0.999, e = 1e-7 (Kingma and Ba 2015); d is added to the slope: g + d w
 *   adamw    as adam, but decayed apart: w -= eta d w (Loshchilov and Hutter 2019)
 *   sgd      m = mu m + g; w -= eta m, or eta (g + mu m) by Nesterov; g + d w
 *   rmsprop  v = rho v + (1 - rho) g^2; w -= eta g / (sqrt(v) + e); g + d w, rho = 0.9
 * Clipping: all slopes are scaled so that their joint norm is at most clipNorm.
 */

export type OptimizerSpec =
  | { readonly kind: "adam" | "adamw"; readonly beta1: number; readonly beta2: number }
  | { readonly kind: "sgd"; readonly momentum: number; readonly nesterov: boolean }
  | { readonly kind: "rmsprop"; readonly decay: number };

export interface OptimizerState {
  step: number;
  /** First and second moments, one array a weight; empty where the kind has none. */
  readonly first: Float32Array[];
  readonly second: Float32Array[];
}

const TINY = 1e-7;

export function newState(kind: OptimizerSpec["kind"], sizes: readonly number[]): OptimizerState {
  const zeros = () => sizes.map((size) => new Float32Array(size));
  return {
    step: 0,
    first: kind === "rmsprop" ? [] : zeros(),
    second: kind === "sgd" ? [] : zeros(),
  };
}

/**
 * One step.
 * @param weights changed in place. @param slopes one array a weight. @param decays weight decay of each.
 */
export function takeStep(
  spec: OptimizerSpec,
  state: OptimizerState,
  rate: number,
  weights: readonly Float32Array[],
  slopes: readonly Float32Array[],
  { decays, clipNorm }: { readonly decays: readonly number[]; readonly clipNorm: number },
): void {
  state.step++;
  const scale = clipScale(slopes, clipNorm);
  weights.forEach((w, k) => {
    const [g, decay] = [slopes[k]!, decays[k]!];
    const [first, second] = [state.first[k]!, state.second[k]!];
    if (spec.kind === "sgd") stepSgd(spec, rate, w, g, scale, decay, first);
    else if (spec.kind === "rmsprop") stepRmsprop(spec.decay, rate, w, g, scale, decay, second);
    else stepAdam(spec, state.step, rate, w, g, scale, decay, first, second);
  });
}

function clipScale(slopes: readonly Float32Array[], clipNorm: number): number {
  if (clipNorm === Number.POSITIVE_INFINITY) return 1;
  let sum = 0;
  for (const slope of slopes) for (const g of slope) sum += g * g;
  const norm = Math.sqrt(sum);
  return norm > clipNorm ? clipNorm / norm : 1;
}

function stepAdam(
  { kind, beta1, beta2 }: Extract<OptimizerSpec, { kind: "adam" | "adamw" }>,
  step: number,
  rate: number,
  w: Float32Array,
  g: Float32Array,
  scale: number,
  decay: number,
  m: Float32Array,
  v: Float32Array,
): void {
  const firstUnbiased = 1 / (1 - beta1 ** step);
  const secondUnbiased = 1 / (1 - beta2 ** step);
  const [within, apart] = kind === "adam" ? [decay, 0] : [0, decay];
  for (let i = 0; i < w.length; i++) {
    const slope = scale * g[i]! + within * w[i]!;
    m[i] = beta1 * m[i]! + (1 - beta1) * slope;
    v[i] = beta2 * v[i]! + (1 - beta2) * slope * slope;
    const move = (m[i]! * firstUnbiased) / (Math.sqrt(v[i]! * secondUnbiased) + TINY);
    w[i]! -= rate * (move + apart * w[i]!);
  }
}

function stepSgd(
  { momentum, nesterov }: Extract<OptimizerSpec, { kind: "sgd" }>,
  rate: number,
  w: Float32Array,
  g: Float32Array,
  scale: number,
  decay: number,
  m: Float32Array,
): void {
  for (let i = 0; i < w.length; i++) {
    const slope = scale * g[i]! + decay * w[i]!;
    m[i] = momentum * m[i]! + slope;
    w[i]! -= rate * (nesterov ? slope + momentum * m[i]! : m[i]!);
  }
}

function stepRmsprop(
  memory: number,
  rate: number,
  w: Float32Array,
  g: Float32Array,
  scale: number,
  decay: number,
  v: Float32Array,
): void {
  for (let i = 0; i < w.length; i++) {
    const slope = scale * g[i]! + decay * w[i]!;
    v[i] = memory * v[i]! + (1 - memory) * slope * slope;
    w[i]! -= (rate * slope) / (Math.sqrt(v[i]!) + TINY);
  }
}
