export interface ErrorMeaning {
  readonly act: "bug" | "input" | "refused" | "transient" | "operator";
  readonly meaning: string;
  readonly hint?: string;
}
