export * from "./decimal.ts";
export * from "./error.ts";
export * from "./error-codes.ts";
export * from "./ports.ts";
export * from "./rng.ts";
export * from "./time.ts";
export { decodeValue, encodeValue, type Frozen, type TypedArray, typedArraysIn } from "./value.ts";
