/** What the protocol's thread asks the language service's thread. */
export type TypeRequest = { readonly id: number } & TypeQuestion;

export type TypeQuestion =
  | { readonly kind: "ran"; readonly cell: number; readonly source: string }
  | { readonly kind: "complete"; readonly code: string; readonly offset: number }
  | { readonly kind: "inspect"; readonly code: string; readonly offset: number; readonly detail: 0 | 1 }
  | { readonly kind: "check"; readonly source: string }
  | {
      readonly kind: "diagnose";
      readonly cells: readonly { readonly cellId: string; readonly source: string }[];
    };

export interface TypeAnswer {
  readonly id: number;
  readonly answer?: unknown;
  /** What the compiler itself failed with. */
  readonly failure?: string;
}
