/**
 * Kernels from anchor to anchor, as ./blocks.ts and ./line-columns.ts say them.
 * Parameters: those of `BlockKernel` (./kernels.ts), then five numbers, which each kernel names for itself.
 */
import {
  AGAIN_IF,
  type Bytes,
  code,
  END,
  F64,
  F64_ADD,
  F64_DIVIDE,
  F64_MORE,
  F64_MULTIPLY,
  F64_SUB,
  f64,
  get,
  I32,
  I32_ADD,
  I32_LESS,
  I32_LOAD,
  I32_NOT_LESS,
  I32_SHIFT,
  I32_SUB,
  IF,
  i32,
  LOOP,
  loadF64,
  loadFirst,
  loadPair,
  loadSecond,
  PAIR,
  SELECT,
  set,
  storeF64,
  storeFirst,
  storePair,
  storeSecond,
  V128,
} from "./wasm-words.ts";

const [P, STOP, VALUES, OLDER, OUT, MOST, BEFORE] = [0, 1, 2, 3, 4, 5, 6];
export const NUMBERS = 5;
const [A, B, C, D, E] = [7, 8, 9, 10, 11];
/** Addresses: of the anchor from its lane's start, of a value, of what is kept, of the last value, of a result. */
const [AT, X, O, LAST, TO] = [12, 13, 14, 15, 16];
/** Numbers: J counts the values from the anchor on, Y is for anything. */
const [ANCHOR, SUM, SECOND, J, Y] = [17, 18, 19, 20, 21];
const [ANCHORS, SUMS, BOTH] = [22, 23, 24];

const move = (local: number, by: number, way = I32_ADD) => set(local, ...get(local), ...i32(by), ...way);
/** Address in a lane, at the anchor. */
const atAnchor = (lane: number) => [...get(lane), ...get(AT), ...I32_ADD];
const indexAt = (offset: number) => [...get(P), I32_LOAD, 2, offset, ...i32(3), ...I32_SHIFT];
const add = (a: Bytes, b: Bytes) => [...a, ...b, ...F64_ADD];
const subtract = (a: Bytes, b: Bytes) => [...a, ...b, ...F64_SUB];
const multiply = (a: Bytes, b: Bytes) => [...a, ...b, ...F64_MULTIPLY];
const divide = (a: Bytes, b: Bytes) => [...a, ...b, ...F64_DIVIDE];
const distance = subtract([...get(X), ...loadF64()], get(ANCHOR));
const addTo = (local: number, value: Bytes) => set(local, ...add(get(local), value));

interface Parts {
  /** Adds the value at X, before the anchor. */
  readonly take: Bytes;
  /** Likewise from the anchor on, where that is another thing. */
  readonly takeNewer?: Bytes;
  /** Keeps what came of it at O. */
  readonly keep: Bytes;
  /** Writes what comes of both sides to TO. */
  readonly give: Bytes;
}

interface Way {
  /** Takes the anchor, whose address is AT. */
  readonly anchor: Bytes;
  readonly reset: Bytes;
  /** Numbers kept of a value. */
  readonly kept: 1 | 2;
}

const ONE: Way = {
  anchor: set(ANCHOR, ...atAnchor(VALUES), ...loadF64()),
  reset: [SUM, SECOND, J].flatMap((local) => set(local, ...f64(0))),
  kept: 1,
};

/** For each block: values before the anchor, from it back, then those from it on. */
function blocks({ take, takeNewer = take, keep, give }: Parts, { anchor, reset, kept }: Way = ONE): Bytes {
  const most = kept === 1 ? get(MOST) : [...get(MOST), ...get(MOST), ...I32_ADD];
  // How far it looks back: the values before the anchor, at most n - 1.
  const back = [...get(AT), ...get(BEFORE), ...I32_ADD, ...get(MOST)];
  const isOlder = [...get(X), ...get(LAST), ...I32_NOT_LESS];
  const older = [
    ...set(O, ...get(OLDER)),
    ...keep,
    ...move(O, 8 * kept),
    ...set(X, ...atAnchor(VALUES), ...i32(8), ...I32_SUB),
    ...set(LAST, ...atAnchor(VALUES), ...back, ...back, ...I32_LESS, ...SELECT, ...I32_SUB),
    ...[...isOlder, ...IF, ...LOOP, ...take, ...keep, ...move(X, 8, I32_SUB), ...move(O, 8 * kept)],
    ...[...isOlder, ...AGAIN_IF, ...END, ...END],
  ];
  const newer = [
    ...set(X, ...atAnchor(VALUES)),
    ...set(O, ...get(OLDER), ...most, ...I32_ADD),
    ...set(TO, ...atAnchor(OUT)),
    ...set(LAST, ...get(VALUES), ...indexAt(4), ...I32_ADD),
    ...[...LOOP, ...takeNewer, ...give, ...move(X, 8), ...move(O, 8 * kept, I32_SUB), ...move(TO, 8)],
    ...[...get(X), ...get(LAST), ...I32_LESS, ...AGAIN_IF, ...END],
  ];
  const start = [...set(AT, ...indexAt(0)), ...anchor];
  const next = [...move(P, 4), ...get(P), ...get(STOP), ...I32_LESS, ...AGAIN_IF];
  const locals = [[5, I32] as const, [5, F64] as const, [3, V128] as const];
  return code(locals, LOOP, start, reset, older, reset, newer, next, END);
}

const keepSum = [...get(O), ...get(SUM), ...storeF64()];
const keptSum = [...get(O), ...loadF64()];
const giveResult = (value: Bytes) => [...get(TO), ...value, ...storeF64()];

/** A: of the anchor; B: of the distances. */
export function sums(): Bytes {
  const all = multiply(add(keptSum, get(SUM)), get(B));
  return blocks({
    take: addTo(SUM, distance),
    keep: keepSum,
    give: giveResult(add(multiply(get(ANCHOR), get(A)), all)),
  });
}

/** The same of two lanes at once. @param next bytes from a lane to the next. */
export function twoSums(next: number): Bytes {
  const numbers = [...get(X), ...get(X), ...loadFirst(), ...loadSecond(next)];
  const kept = [
    ...get(O),
    ...loadPair(),
    ...get(SUMS),
    ...PAIR.add,
    ...get(B),
    ...PAIR.twice,
    ...PAIR.multiply,
  ];
  const base = [...get(ANCHORS), ...get(A), ...PAIR.twice, ...PAIR.multiply];
  const parts = {
    take: set(SUMS, ...get(SUMS), ...numbers, ...get(ANCHORS), ...PAIR.subtract, ...PAIR.add),
    keep: [...get(O), ...get(SUMS), ...storePair()],
    give: [
      ...set(BOTH, ...base, ...kept, ...PAIR.add),
      ...[...get(TO), ...get(BOTH), ...storeFirst(), ...get(TO), ...get(BOTH), ...storeSecond(next)],
    ],
  };
  const anchor = [...set(X, ...atAnchor(VALUES)), ...set(ANCHORS, ...numbers)];
  return blocks(parts, { anchor, reset: set(SUMS, ...f64(0), ...PAIR.twice), kept: 2 });
}

const squareOf = (local: number) => multiply(get(local), get(local));

/** @param giveMean and `giveSpread` write of Y: first the sum of both sides, then what is left of the squares. */
function ofSquares(next: number, giveMean: Bytes, giveSpread: (positive: Bytes) => Bytes): Bytes {
  const spread = subtract(add([...get(O), ...loadF64(next)], get(SECOND)), multiply(squareOf(Y), get(A)));
  const positive = [...get(Y), ...f64(0), ...get(Y), ...f64(0), ...F64_MORE, ...SELECT];
  return blocks({
    take: [...set(Y, ...distance), ...addTo(SUM, get(Y)), ...addTo(SECOND, squareOf(Y))],
    keep: [...keepSum, ...get(O), ...get(SECOND), ...storeF64(next)],
    give: [
      ...[...set(Y, ...add(keptSum, get(SUM))), ...giveMean],
      ...[...set(Y, ...spread), ...giveSpread(positive)],
    ],
  });
}

/** A: 1 / n. @param next bytes from a lane to the next. */
export function moments(next: number): Bytes {
  const mean = giveResult(add(get(ANCHOR), multiply(get(Y), get(A))));
  return ofSquares(next, mean, (positive) => [...get(TO), ...positive, ...storeF64(next)]);
}

/** A: 1 / n; B: what the squares are divided by. @param next bytes from a lane to the next. */
export function variances(next: number): Bytes {
  return ofSquares(next, [], (positive) => giveResult(divide(positive, get(B))));
}

// Before the anchor the sum of sums weighs each value by its place; from it on each is weighed, by J.
const weigh = [...addTo(SUM, distance), ...addTo(SECOND, get(SUM))];
const weighNewer = [
  ...[...set(Y, ...distance), ...addTo(SUM, get(Y))],
  ...[...addTo(J, f64(1)), ...addTo(SECOND, multiply(get(J), get(Y)))],
];
/** Of both sides. A is n. @param older sum of those before the anchor. */
const weighed = (older: Bytes) => add(add(older, get(SECOND)), multiply(subtract(get(A), get(J)), get(SUM)));

/** A: n; B: n (n + 1), the sum of the weights twice. */
export function weights(): Bytes {
  const twice = multiply(f64(2), weighed(keptSum));
  return blocks({
    take: weigh,
    takeNewer: weighNewer,
    keep: [...get(O), ...get(SECOND), ...storeF64()],
    give: giveResult(add(get(ANCHOR), divide(twice, get(B)))),
  });
}

/** A: n; B: (n + 1) / 2; C: n (n n - 1); D: how much of the mean; E: of the slope. @param next bytes from a lane to the next. */
export function lines(next: number): Bytes {
  const inner = subtract(weighed([...get(O), ...loadF64(next)]), multiply(get(B), get(Y)));
  const slope = divide(multiply(f64(12), inner), get(C));
  const mean = add(get(ANCHOR), divide(get(Y), get(A)));
  return blocks({
    take: weigh,
    takeNewer: weighNewer,
    keep: [...keepSum, ...get(O), ...get(SECOND), ...storeF64(next)],
    give: [
      ...set(Y, ...add(keptSum, get(SUM))),
      ...giveResult(add(multiply(get(D), mean), multiply(get(E), slope))),
    ],
  });
}
