/**
 * A product with 8-bit weights, each row of x quantised on its own.
 *
 *   W[:, j] = s_j (Q[:, j] - 128), Q in 1..255, s_j = max |W[:, j]| / 127
 *   x_i     = r_i (q_i - 128),     q in 1..255, r_i = max |x_i| / 127
 *   x W     = r_i s_j sum_k (q_ik - 128) (Q_kj - 128), the sum exact in int32
 *
 * DynamicQuantizeLinear takes one scale for the whole batch, so that a row's result would depend on the others. Both
 * factors are unsigned with zero point 128: processors without VNNI saturate in products of uint8 and int8.
 */
import type { LayerCall } from "./layer-call.ts";

interface Matrix {
  readonly hint: string;
  readonly inputs: number;
  readonly units: number;
  /** [inputs, units] */
  readonly values: Float32Array;
}

// A row of zeros must not divide by zero; any scale gives zeros.
const SMALLEST = 1e-30;
const UINT8 = 2;
const FLOAT32 = 1;

export function multiplyInt8(call: LayerCall, x: string, matrix: Matrix): string {
  const { hint, inputs, units } = matrix;
  let known: Float32Array | undefined;
  const scales = () => {
    known ??= columnScales(matrix);
    return known;
  };
  const zero = call.weight("zero8", [], () => Uint8Array.of(128));
  const kernel = call.weight(`${hint}/kernel8`, [inputs, units], () => quantised(matrix, scales()));
  const most = call.node("ReduceMax", [call.node("Abs", [x], `${hint}/size`)], `${hint}/most`, {
    axes: { ints: [-1] },
    keepdims: { i: 1 },
  });
  const scale = call.node("Mul", [most, call.scalar(1 / 127)], `${hint}/rowScale`);
  const safe = call.node("Max", [scale, call.scalar(SMALLEST)], `${hint}/safeScale`);
  const whole = call.node("Round", [call.node("Div", [x, safe], `${hint}/scaled`)], `${hint}/whole`);
  const shifted = call.node("Add", [whole, call.scalar(128)], `${hint}/shifted`);
  const clipped = call.node("Clip", [shifted, call.scalar(1), call.scalar(255)], `${hint}/clipped`);
  const bytes = call.node("Cast", [clipped], `${hint}/bytes`, { to: { i: UINT8 } });
  const sum = call.node("MatMulInteger", [bytes, kernel, zero, zero], `${hint}/sum8`);
  const real = call.node("Cast", [sum], `${hint}/real`, { to: { i: FLOAT32 } });
  const columns = call.weight(`${hint}/scales`, [units], scales);
  return call.node("Mul", [call.node("Mul", [real, safe], `${hint}/byRow`), columns], `${hint}/product`);
}

function columnScales({ inputs, units, values }: Matrix): Float32Array {
  const most = new Float32Array(units);
  for (let i = 0; i < inputs; i++)
    for (let j = 0; j < units; j++) most[j] = Math.max(most[j]!, Math.abs(values[i * units + j]!));
  return most.map((size) => Math.max(size / 127, SMALLEST));
}

function quantised({ units, values }: Matrix, scales: Float32Array): Uint8Array {
  return Uint8Array.from(values, (value, at) => {
    const whole = Math.round(value / scales[at % units]!);
    return 128 + Math.min(127, Math.max(-127, whole));
  });
}
