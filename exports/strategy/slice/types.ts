import type { ErrorCode } from "#core";
import type { RunInputs } from "#storage";

export interface SliceInput {
  /** A run record, or as much of one as there is before the run has ended. */
  readonly record: { readonly inputs: Pick<RunInputs, "cells" | "modules" | "frozen"> };
  /** The bytes stored under a hash that the record names. */
  readonly readObject: (hash: string) => Promise<Uint8Array>;
  /** Which constant goes live. Default: the only one exported. */
  readonly exportName?: string;
  /** Do not follow types: for a slice that says what code does and is not compiled. Default false. */
  readonly ignoreTypes?: boolean;
}

export type SliceResult =
  | { readonly ok: true; readonly slice: StrategySlice }
  | { readonly ok: false; readonly refusals: readonly Refusal[] };

/** Why something cannot go live, where, and what to write instead. Lines and columns count from 1. */
export interface Refusal {
  readonly code: PromoteCode;
  /** The cell's number; of a local module, that of the cell that imports it. */
  readonly cell: number;
  /** The local module it stands in, from the notebook's folder. Missing when it stands in the cell. */
  readonly module?: string;
  readonly line: number;
  readonly column: number;
  readonly sourceLine: string;
  readonly message: string;
  readonly remedy: string;
}
export type PromoteCode = Extract<ErrorCode, `promote.${string}`>;

/** Where a line of the slice comes from. Lines count from 1. */
export interface LineOrigin {
  readonly cell: number;
  readonly line: number;
}

/** A strategy and all it is made of, cut out of the notebook. Equal research gives equal texts. */
export interface StrategySlice {
  /**
   * One TypeScript ES module with the strategy as its default export. It imports from "tickbook/strategy", from
   * "tickbook:frozen" (one constant for each frozen binding), from `modules` by "./<path>", and from `packages`.
   */
  readonly source: string;
  /** For each line of `source`. */
  readonly map: readonly LineOrigin[];
  /** The frozen values that the slice uses. */
  readonly frozen: readonly { readonly binding: string; readonly cell: number; readonly hash: string }[];
  /** The local modules that it reaches, also through each other. */
  readonly modules: readonly SlicedModule[];
  /** Names of the packages that it and its modules import, `tickbook` aside. */
  readonly packages: readonly string[];
  /** Numbers of the cells that it is made of, frozen values included. */
  readonly cells: readonly number[];
  readonly exportName: string;
}

export interface SlicedModule {
  /** From the notebook's folder. */
  readonly path: string;
  readonly hash: string;
  /** What its relative imports mean: the path of another module by the specifier as written. */
  readonly imports: Readonly<Record<string, string>>;
}
