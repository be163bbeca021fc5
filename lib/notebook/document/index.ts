export * from "./cell-id.ts";
export { formatNotebook } from "./format.ts";
export { parseNotebook } from "./parse.ts";
export * from "./types.ts";
