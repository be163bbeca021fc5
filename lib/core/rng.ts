/**
 * Random numbers that can be named, repeated and resumed: the value is a pure function of (seed, stream, position).
 *
 * Philox2x32-10: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
 * key = seed (32 bits), counter = (position, stream) (32 bits each), ten rounds, 64 bits out.
 */
export interface Rng {
  /** The next float in [0, 1), 53 random bits. */
  next(): number;
  /** The next integer in [0, below), below 1 to 2^32. */
  nextInt(below: number): number;
  /** The next draw from the normal distribution (mean 0, deviation 1), by Box and Muller; uses two positions. */
  nextNormal(): number;
  /** How many floats were drawn; assign to resume. 0 to 2^32 - 1, then it wraps. */
  position: number;
  readonly seed: number;
}

const MULTIPLIER = 0xd256d193;
const WEYL = 0x9e3779b9;

/** @param seed integer; its low 32 bits count. @param stream independent sequences under one seed. */
export function createRng(seed: number, stream = 0): Rng {
  const words = new Uint32Array(2);
  const rng: Rng = {
    seed: seed >>> 0,
    position: 0,
    next() {
      philox2x32(rng.position, stream, rng.seed, words);
      rng.position = (rng.position + 1) >>> 0;
      return (words[0]! * 2 ** 21 + (words[1]! >>> 11)) / 2 ** 53;
    },
    nextInt(below) {
      return Math.floor(rng.next() * below);
    },
    nextNormal() {
      const radius = Math.sqrt(-2 * Math.log(1 - rng.next()));
      return radius * Math.cos(2 * Math.PI * rng.next());
    },
  };
  return rng;
}

/** One block: counter (low, high) under key, into out[0..1]. */
export function philox2x32(low: number, high: number, key: number, out: Uint32Array): void {
  let left = low >>> 0;
  let right = high >>> 0;
  let round = key >>> 0;
  for (let i = 0; i < 10; i++) {
    const carry = multiplyHigh(MULTIPLIER, left);
    const product = Math.imul(MULTIPLIER, left) >>> 0;
    left = (carry ^ round ^ right) >>> 0;
    right = product;
    round = (round + WEYL) >>> 0;
  }
  out[0] = left;
  out[1] = right;
}

/** The high 32 bits of the 64-bit product of two unsigned 32-bit integers. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const middleLow = (middle % 0x10000) + aLow * bHigh;
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(middleLow / 0x10000)) >>> 0;
}
