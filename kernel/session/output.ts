import type { MimeBundle, RunFact } from "./ports.ts";

/** Why a cell failed. */
export interface CellError {
  /** The error's class: "TypeError". */
  readonly name: string;
  readonly message: string;
  /** Lines for people: message, remedy, the source line with a caret, stack in TypeScript lines. */
  readonly traceback: readonly string[];
  /** The cell that the innermost cell frame of the stack belongs to, or that was running. */
  readonly cell?: number;
  /** Place in that cell's TypeScript, from 1; missing when what was thrown carries no stack. */
  readonly line?: number;
  readonly column?: number;
  /** The text of that line. */
  readonly sourceLine?: string;
  /** Error code and remedy of a tickbook error. */
  readonly code?: string;
  readonly hint?: string;
  /** Set when the cell called process.exit. */
  readonly exitCode?: number;
}

/** What a cell shows while it runs, or later through code it left behind. `cell` is the one that caused it. */
export type CellOutput =
  | {
      readonly kind: "stream";
      readonly cell?: number;
      readonly name: "stdout" | "stderr";
      readonly text: string;
    }
  | {
      readonly kind: "display";
      readonly cell?: number;
      readonly bundle: MimeBundle;
      /** Names the output; with `update`, every earlier output of that name is replaced instead. */
      readonly id?: string;
      readonly update: boolean;
    }
  /** What the cell has shown so far goes; with `wait`, only when it shows something new. */
  | { readonly kind: "clear"; readonly cell?: number; readonly wait: boolean }
  /** An error nobody caught: a rejected promise nobody awaited, a failing timer. */
  | { readonly kind: "late-error"; readonly cell?: number; readonly error: CellError };

/** A fact and the cell that recorded it. */
export interface CellFact {
  readonly cell?: number;
  readonly fact: RunFact;
}

export type CellOutcome =
  | { readonly status: "ok"; readonly result?: MimeBundle }
  | { readonly status: "error"; readonly error: CellError };
