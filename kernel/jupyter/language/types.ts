/** Offsets in code are UTF-16 units, as JavaScript counts. */
export interface Completion {
  /** The stretch that a match replaces. */
  readonly start: number;
  readonly end: number;
  readonly matches: readonly CompletionMatch[];
}

export interface CompletionMatch {
  readonly text: string;
  /** What front ends draw an icon for: "function", "class", "variable". */
  readonly type?: string;
  readonly signature?: string;
}

export interface Inspection {
  readonly text: string;
  readonly markdown?: string;
}

export interface LanguageService {
  complete(code: string, offset: number): Promise<Completion>;
  /** @returns undefined if nothing is known of what stands there. */
  inspect(code: string, offset: number, detail: 0 | 1): Promise<Inspection | undefined>;
  /** A cell has run, or was declared as run. */
  ran(cell: number, source: string): void;
}

/** A type that does not fit, or code that can't be read. Lines and columns count from 1. */
export interface CellDiagnostic {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly severity: "error" | "warning" | "info";
  readonly message: string;
  /** TypeScript's own number of the error: "TS2322". */
  readonly code: string;
}
