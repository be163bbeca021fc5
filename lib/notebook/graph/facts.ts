/** What a cell or a local module says about names: plain data, made by `cell/`, read by `graph/`. Offsets are UTF-16. */

/** A name that something outside the unit must bind. */
export interface NameUse {
  readonly name: string;
  readonly at: number;
  /** The properties read right behind it: `history.instrument.quote` gives instrument, quote. */
  readonly path: readonly string[];
  /** Stands in a function: runs later, when the function is called. */
  readonly isDeferred: boolean;
  /** Only a type is meant: nothing of it is left at run time. */
  readonly isType: boolean;
}

/** How something is written to. */
export type WriteKind =
  /** `x = 1`, `x++`. */
  | "assigned"
  /** `x.a = 1`, `delete x.a`, `x.push(1)`, `Object.assign(x, y)`. */
  | "changed"
  /** A function writes to what belongs to a function around it, and may be called when that one has ended. */
  | "captured"
  /** An object's or a class's own method writes to `this`. */
  | "this";

export interface NameWrite {
  readonly name: string;
  readonly at: number;
  readonly kind: WriteKind;
  readonly isDeferred: boolean;
}

/** An argument that is, or is a part of, what a name outside holds: `update(memory.list)`. */
export interface PassedName {
  readonly name: string;
  /** The function, by name. */
  readonly callee: string;
  /** Which argument, from 0. */
  readonly index: number;
  readonly at: number;
  readonly isDeferred: boolean;
}

/** Syntax that a strategy cannot have. */
export interface Effect {
  readonly kind: "await" | "import" | "import-meta" | "locale";
  readonly at: number;
  readonly isDeferred: boolean;
}

export interface Imported {
  /** As written: "tickbook", "./signals". */
  readonly specifier: string;
  /** What is taken: a name, "default", or "*" for all. */
  readonly name: string;
  readonly isType: boolean;
}

/** The smallest part of a text that a slice takes or leaves: one declarator, one imported name, one statement. */
export interface CodeUnit {
  readonly kind: "import" | "variable" | "function" | "class" | "type" | "statement";
  /** Span of the text without `export`; of a variable, its declarator without the keyword. */
  readonly start: number;
  readonly end: number;
  /** Of a variable. */
  readonly keyword?: "const" | "let" | "var";
  /** Of a variable with an initial value: its span, and whether a function stands in it. */
  readonly init?: { readonly start: number; readonly end: number; readonly hasFunction: boolean };
  readonly declares: readonly { readonly name: string; readonly at: number }[];
  /** Of a variable whose value is a part of what another name holds: `const list = memory.list` gives memory. */
  readonly aliasOf?: string;
  readonly isExported: boolean;
  readonly imported?: Imported;
  readonly uses: readonly NameUse[];
  readonly writes: readonly NameWrite[];
  readonly passes: readonly PassedName[];
  /** Of a function: which of its parameters it changes, from 0. */
  readonly changesParameters: readonly number[];
  readonly effects: readonly Effect[];
}

export interface CodeFacts {
  readonly units: readonly CodeUnit[];
  /** Of a cell that is one object literal, `{ a: 1 }`: where it stands. As a module it needs parentheses. */
  readonly literalAt?: number;
  /** Names of `export { a, b as c }`, as they are called inside. "default" for `export default <expression>`. */
  readonly exportedNames: readonly { readonly name: string; readonly at: number }[];
  /** Specifiers of `export ... from`. */
  readonly passedOn: readonly { readonly specifier: string; readonly at: number; readonly isType: boolean }[];
}
