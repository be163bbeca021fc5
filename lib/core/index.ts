export * from "./decimal.ts";
export * from "./error.ts";
export * from "./error-codes.ts";
export * from "./ports.ts";
export * from "./rng.ts";
export * from "./time.ts";
export { decodeValue, type Frozen } from "./value/decode.ts";
export { encodeValue } from "./value/encode.ts";
export { typedArraysIn } from "./value/typed-array.ts";
