export * from "./cell/index.ts";
export * from "./document/index.ts";
export * from "./graph/index.ts";
