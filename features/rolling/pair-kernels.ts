/** Kernels from number to number, four a round, or eight. */
import {
  AGAIN_IF,
  type Bytes,
  code,
  END,
  F64_ADD,
  f64,
  get,
  I32,
  I32_ADD,
  I32_LESS,
  I32_SUB,
  i32,
  LOOP,
  loadPair,
  PAIR,
  set,
  storePair,
  tee,
  V128,
} from "./wasm-words.ts";

const further = (local: number, pairs: number) => [...get(local), ...i32(16 * pairs), ...I32_ADD];

/** Pair by pair until the first address reaches the last. @param also addresses that go with the first. */
function rounds(
  one: (at: number) => Bytes,
  first: number,
  last: number,
  also: readonly number[],
  pairs = 2,
): Bytes {
  const all = Array.from({ length: pairs }, (_, k) => one(16 * k)).flat();
  const others = also.flatMap((local) => set(local, ...further(local, pairs)));
  const next = [...tee(first, ...further(first, pairs)), ...get(last), ...I32_LESS];
  return [...LOOP, ...all, ...others, ...next, ...AGAIN_IF, ...END];
}

/** @param join what is made of a pair of each lane. Parameters: to, a, b, end of `to`. */
function joined(join: (a: Bytes, b: Bytes, zeros: Bytes) => Bytes): Bytes {
  const [to, a, b, end, zeros] = [0, 1, 2, 3, 4];
  const one = (at: number) => {
    const result = join([...get(a), ...loadPair(at)], [...get(b), ...loadPair(at)], get(zeros));
    return [...get(to), ...result, ...storePair(at)];
  };
  return code([[1, V128]], rounds(one, to, end, [a, b]));
}

/** By one word. */
export const joinedBy = (...how: Bytes[]) => joined((a, b) => [...a, ...b, ...how.flat()]);

/** a / b, or 0 where b is not as it is asked to be beside 0. */
export const ratios = (isAsked: Bytes) =>
  joined((a, b, zeros) => [...a, ...b, ...PAIR.divide, ...b, ...zeros, ...isAsked, ...PAIR.and]);

/** 100 where a is not more than b, else 0. */
export const marks = () =>
  joined((a, b) => [...a, ...b, ...PAIR.notMore, ...f64(100), ...PAIR.twice, ...PAIR.and]);

/** Parameters: to, from, end of `to`: the mean of ten numbers from `from` on, added as ../pattern/candle.ts adds them. */
export function meansOfTen(): Bytes {
  const [to, from, end, ten] = [0, 1, 2, 3];
  const add = (a: Bytes, b: Bytes) => [...a, ...b, ...PAIR.add];
  const one = (at: number) => {
    // How many bars ago.
    const value = (ago: number) => [...get(from), ...loadPair(at + 8 * (10 - ago))];
    const two = (ago: number) => add(value(ago), value(ago + 1));
    const sum = add(add(add(two(1), two(3)), add(two(5), two(7))), two(9));
    return [...get(to), ...sum, ...get(ten), ...PAIR.divide, ...storePair(at)];
  };
  const tens = set(ten, ...f64(10), ...PAIR.twice);
  return code([[1, V128]], tens, rounds(one, to, end, [from]));
}

/**
 * Parameters: to, from, end of `to`, scale, share: of n numbers from `from` on the first times the scale plus the sum of the
 * distances from it times the share, as ./mean.ts adds few.
 */
export function smallSums(n: number): Bytes {
  const [to, from, end, scale, share, zeros, oldest] = [0, 1, 2, 3, 4, 5, 6];
  const one = (at: number) => {
    const distances = Array.from({ length: n - 1 }, (_, k) => [
      ...[...get(from), ...loadPair(at + 8 * (k + 1)), ...get(oldest), ...PAIR.subtract, ...PAIR.add],
    ]);
    const sum = [...get(zeros), ...distances.flat(), ...get(share), ...PAIR.twice, ...PAIR.multiply];
    const base = [...get(oldest), ...get(scale), ...PAIR.twice, ...PAIR.multiply];
    const first = set(oldest, ...get(from), ...loadPair(at));
    return [...first, ...get(to), ...base, ...sum, ...PAIR.add, ...storePair(at)];
  };
  return code([[2, V128]], rounds(one, to, end, [from]));
}

/** Parameters: to, from, end of `to`, factor, divisor. */
export function scaled(): Bytes {
  const [to, from, end, factor, divisor] = [0, 1, 2, 3, 4];
  const one = (at: number) => [
    ...[...get(to), ...get(factor), ...PAIR.twice, ...get(from), ...loadPair(at), ...PAIR.multiply],
    ...[...get(divisor), ...PAIR.twice, ...PAIR.divide, ...storePair(at)],
  ];
  return code([], rounds(one, to, end, [from]));
}

/** Parameters: to, from, end of `to`, factor, divisor: factor times the root of a number over the divisor. */
export function roots(): Bytes {
  const [to, from, end, factor, divisor] = [0, 1, 2, 3, 4];
  const one = (at: number) => [
    ...[...get(to), ...get(from), ...loadPair(at), ...get(divisor), ...PAIR.twice, ...PAIR.divide],
    ...[...PAIR.root, ...get(factor), ...PAIR.twice, ...PAIR.multiply, ...storePair(at)],
  ];
  return code([], rounds(one, to, end, [from]));
}

/**
 * Parameters: at, end, n, up, down. At `at` stands the mean of n values, in the lane after it the sum of squared distances
 * from it; they become mean + up deviation, the mean, and, in the third lane, mean - down deviation.
 * @param next bytes from a lane to the next.
 */
export function bands(next: number): Bytes {
  const [at, end, n, up, down, mean, deviation] = [0, 1, 2, 3, 4, 5, 6];
  const band = (times: number, way: Bytes) => [
    ...[...get(mean), ...get(times), ...PAIR.twice, ...get(deviation), ...PAIR.multiply, ...way],
  ];
  const one = (offset: number) => {
    const variance = [...get(at), ...loadPair(offset + next), ...get(n), ...PAIR.twice, ...PAIR.divide];
    return [
      ...set(mean, ...get(at), ...loadPair(offset)),
      ...set(deviation, ...variance, ...PAIR.root),
      ...[...get(at), ...band(up, PAIR.add), ...storePair(offset)],
      ...[...get(at), ...get(mean), ...storePair(offset + next)],
      ...[...get(at), ...band(down, PAIR.subtract), ...storePair(offset + 2 * next)],
    ];
  };
  return code([[2, V128]], rounds(one, at, end, []));
}

/** Parameters: from, end. 1 if for any pair there is something but zero bits in what `look` makes of it, and of zeros. */
function anyOf(look: (pair: Bytes, zeros: Bytes) => Bytes): Bytes {
  const [from, end, zeros, found] = [0, 1, 2, 3];
  const one = (at: number) => {
    const pair = [...get(from), ...loadPair(at)];
    return set(found, ...look(pair, get(zeros)), ...get(found), ...PAIR.or);
  };
  return code([[2, V128]], rounds(one, from, end, [], 4), get(found), PAIR.any);
}

export const anyZero = () => anyOf((pair, zeros) => [...pair, ...zeros, ...PAIR.equal]);

export const anyBelowZero = () => anyOf((pair, zeros) => [...pair, ...zeros, ...PAIR.less]);

/**
 * Parameters: to, from, 8 n, end of `to`: how many of the n numbers before each are less than it. Eight are counted at once,
 * in the last bits of a number at which they are worth 1.
 */
export function countsBelow(): Bytes {
  const [to, from, span, end, older] = [0, 1, 2, 3, 4];
  // Two to the 52nd.
  const UNIT = 4_503_599_627_370_496;
  const parts = [0, 1, 2, 3].map((k) => ({ at: 16 * k, value: 5 + k, count: 9 + k }));
  const begin = parts.flatMap(({ at, value, count }) => [
    ...set(value, ...get(from), ...loadPair(at)),
    ...set(count, ...f64(UNIT), ...PAIR.twice),
  ]);
  const compare = parts.flatMap(({ at, value, count }) => {
    const isLess = [...get(older), ...loadPair(at), ...get(value), ...PAIR.less];
    return set(count, ...get(count), ...isLess, ...PAIR.subtractWhole);
  });
  const give = parts.flatMap(({ at, count }) => [
    ...[...get(to), ...get(count), ...f64(UNIT), ...PAIR.twice, ...PAIR.subtract, ...storePair(at)],
  ]);
  const counted = [
    ...set(older, ...get(from), ...get(span), ...I32_SUB),
    ...[...LOOP, ...compare, ...tee(older, ...get(older), ...i32(8), ...I32_ADD)],
    ...[...get(from), ...I32_LESS, ...AGAIN_IF, ...END],
  ];
  const next = [...set(from, ...further(from, 4)), ...tee(to, ...further(to, 4)), ...get(end), ...I32_LESS];
  const locals = [[1, I32] as const, [8, V128] as const];
  return code(locals, LOOP, begin, counted, give, next, AGAIN_IF, END);
}

/** Parameters: from, end. The sum, which is finite only if every number is; sixteen a round. */
export function totals(): Bytes {
  const [from, end, first] = [0, 1, 2];
  const sums = Array.from({ length: 8 }, (_, k) => first + k);
  const one = (at: number) => {
    const local = first + at / 16;
    return set(local, ...get(local), ...get(from), ...loadPair(at), ...PAIR.add);
  };
  const all = sums.slice(1).flatMap((local) => [...get(local), ...PAIR.add]);
  const total = set(first, ...get(first), ...all);
  const both = [...get(first), ...PAIR.first, ...get(first), ...PAIR.second, ...F64_ADD];
  return code([[8, V128]], rounds(one, from, end, [], 8), total, both);
}
