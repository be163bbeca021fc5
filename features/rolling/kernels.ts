/**
 * Loops in WebAssembly, because V8 compiles them badly from JavaScript:
 * - What is made of pairs of numbers: WebAssembly has the processor's instructions for two at once. V8 moreover compiles
 *   `a > b ? a : b` to a branch, which prices make it guess wrong, at the cost of ten such pairs.
 * - Sums of several kinds from anchor to anchor: without a check of each index they take half the time.
 */
import { lines, moments, NUMBERS, sums, twoSums, variances, weights } from "./block-kernels.ts";
import {
  anyBelowZero,
  anyZero,
  bands,
  countsBelow,
  joinedBy,
  marks,
  meansOfTen,
  ratios,
  roots,
  scaled,
  smallSums,
  totals,
} from "./pair-kernels.ts";
import { type Bytes, F64, I32, list, PAIR, section, text } from "./wasm-words.ts";

/** to[i] from a[i] and b[i]. All are addresses in bytes, `end` that after the last of `to`; up to three more are written. */
export type PairKernel = (to: number, a: number, b: number, end: number) => void;

/** 1 if there is such a number from an address up to another, or among the seven after it. */
export type LookKernel = (from: number, end: number) => number;

/** Of numbers from `from` on, with two more numbers; up to three more are written. */
export type ScaleKernel = (to: number, from: number, end: number, a: number, b: number) => void;

/**
 * Block after block, of the n values up to each of its bars.
 * @param starts address of the first block's start, a 32-bit index; `stop` that of the last one's end.
 * @param values, older, out: addresses of lanes. @param most 8 (n - 1). @param before 8 times the values before the lanes.
 * @param numbers what each takes stands at it in ./block-kernels.ts.
 */
export type BlockKernel = (
  starts: number,
  stop: number,
  values: number,
  older: number,
  out: number,
  most: number,
  before: number,
  ...numbers: number[]
) => void;

export interface Kernels {
  readonly memory: ArrayBuffer;
  /** Of equal numbers, 0 and -0 among them, that of `a`. */
  readonly larger: PairKernel;
  readonly smaller: PairKernel;
  readonly plus: PairKernel;
  readonly minus: PairKernel;
  readonly times: PairKernel;
  /** |a - b|. */
  readonly distance: PairKernel;
  /** a / b; 0 where b is 0. */
  readonly ratio: PairKernel;
  /** a / b; 0 where b is not more than 0. */
  readonly share: PairKernel;
  /** 100 where a is not more than b, else 0. */
  readonly mark: PairKernel;
  readonly hasZero: LookKernel;
  readonly hasBelowZero: LookKernel;
  /** The sum from an address up to another, and of at most fifteen numbers more, in any order. */
  readonly total: LookKernel;
  /** The mean of ten numbers from `from` on. */
  meansOfTen(to: number, from: number, end: number): void;
  /** How many of the n numbers before each are less than it; up to seven more are written. @param span 8 n. */
  below(to: number, from: number, span: number, end: number): void;
  /** Factor and divisor. */
  readonly scaled: ScaleKernel;
  /** Likewise, of the root of the number over the divisor. */
  readonly roots: ScaleKernel;
  /**
   * From an address up to another in a lane of means, with the sums of squared distances of n values from them in the lane
   * after it: mean + up deviation, the mean, mean - down deviation, in three lanes; up to three more of each are written.
   */
  bands(at: number, end: number, n: number, up: number, down: number): void;
  /** By how many are added: of the first of them, and of the distances from it. */
  readonly small: readonly ScaleKernel[];
  readonly sums: BlockKernel;
  /** Also of the lane after `values`, into that after `out`; `older` are two lanes. */
  readonly twoSums: BlockKernel;
  /** The mean, and in the lane after `out` the sum of squared distances from it; `older` are two lanes. */
  readonly moments: BlockKernel;
  /** That sum over a divisor; `older` are two lanes. */
  readonly variances: BlockKernel;
  readonly weights: BlockKernel;
  /** `older` are two lanes. */
  readonly lines: BlockKernel;
}

/** As much of WebAssembly's API as it takes: Node's types have it only in part. */
interface Host {
  readonly Memory: new (pages: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: Record<string, unknown> };
}

/** @param lanes how many. @param stride numbers from one to the next. @returns undefined where the host forbids it. */
export function createKernels(lanes: number, stride: number): Kernels | undefined {
  try {
    const { Memory, Module, Instance } = (globalThis as unknown as { WebAssembly: Host }).WebAssembly;
    const pages = Math.ceil((lanes * stride * 8 + 64) / 65_536);
    const memory = new Memory({ initial: pages, maximum: pages });
    const module = new Module(Uint8Array.from(moduleBytes(8 * stride)));
    const { exports } = new Instance(module, { m: { m: memory } });
    const small = Array.from({ length: SMALL + 1 }, (_, n) => exports[`small${n}`] as ScaleKernel);
    return { ...(exports as unknown as Kernels), memory: memory.buffer, small };
  } catch {
    return undefined;
  }
}

/** The most that the small sums add. */
const SMALL = 8;
const [PAIRS, LOOK, TOTAL, MEANS, SCALE, BLOCKS, BANDS] = [0, 1, 2, 3, 4, 5, 6];

/** @param next bytes from a lane to the next. */
function moduleBytes(next: number): number[] {
  const types = list([
    [0x60, 4, I32, I32, I32, I32, 0],
    [0x60, 2, I32, I32, 1, I32],
    [0x60, 2, I32, I32, 1, F64],
    [0x60, 3, I32, I32, I32, 0],
    [0x60, 5, I32, I32, I32, F64, F64, 0],
    [0x60, 7 + NUMBERS, ...new Array(7).fill(I32), ...new Array(NUMBERS).fill(F64), 0],
    [0x60, 5, I32, I32, F64, F64, F64, 0],
  ]);
  const functions: readonly (readonly [name: string, type: number, code: Bytes])[] = [
    ["larger", PAIRS!, joinedBy(PAIR.larger)],
    ["smaller", PAIRS!, joinedBy(PAIR.smaller)],
    ["plus", PAIRS!, joinedBy(PAIR.add)],
    ["minus", PAIRS!, joinedBy(PAIR.subtract)],
    ["times", PAIRS!, joinedBy(PAIR.multiply)],
    ["distance", PAIRS!, joinedBy(PAIR.subtract, PAIR.absolute)],
    ["ratio", PAIRS!, ratios(PAIR.unequal)],
    ["share", PAIRS!, ratios(PAIR.more)],
    ["mark", PAIRS!, marks()],
    ["hasBelowZero", LOOK!, anyBelowZero()],
    ["hasZero", LOOK!, anyZero()],
    ["below", PAIRS!, countsBelow()],
    ["total", TOTAL!, totals()],
    ["meansOfTen", MEANS!, meansOfTen()],
    ["scaled", SCALE!, scaled()],
    ["roots", SCALE!, roots()],
    ["bands", BANDS!, bands(next)],
    ...Array.from({ length: SMALL }, (_, k) => [`small${k + 1}`, SCALE!, smallSums(k + 1)] as const),
    ["sums", BLOCKS!, sums()],
    ["twoSums", BLOCKS!, twoSums(next)],
    ["moments", BLOCKS!, moments(next)],
    ["variances", BLOCKS!, variances(next)],
    ["weights", BLOCKS!, weights()],
    ["lines", BLOCKS!, lines(next)],
  ];
  // At least no page, at most all that there can be.
  const limits = [0, 0x80, 0x80, 0x04];
  return [
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, types),
    ...section(2, list([[...text("m"), ...text("m"), 0x02, 0x01, ...limits]])),
    ...section(3, list(functions.map(([, type]) => [type]))),
    ...section(7, list(functions.map(([name], k) => [...text(name), 0x00, k]))),
    ...section(10, list(functions.map(([, , code]) => code))),
  ];
}
