export { type CellCompiler, loadCellCompiler } from "./compiler.ts";
export type { Completeness } from "./completeness.ts";
export { cellHelpers, HELPERS_NAME } from "./helpers.ts";
export { declaredParameters, injectParameters, parameterLines } from "./inject-parameters.ts";
export type { JavaScript } from "./javascript.ts";
export type { Parameter, ParameterType } from "./parse-parameters.ts";
export { lineAt, type Position, positionAt } from "./positions.ts";
export { FROZEN_AS_NAME, IMPORT_META_NAME, IMPORT_NAME } from "./rewrite.ts";
export type { CellCode } from "./transform-cell.ts";
