import type { FreezePlace } from "./ports.ts";

// Cells may load another copy of this package: its `freeze` is known by this mark.
const MARK = Symbol.for("tickbook.freeze/1");

/** Makes a function the `freeze` that cells tell the name of its const. */
export function markFreeze(freeze: object): void {
  Object.defineProperty(freeze, MARK, { value: true });
}

/** The hidden arguments of a call that is the initialiser of a const: a place for `freeze`, nothing for others. */
export function hiddenArguments(callee: unknown, binding: string, cell: number): readonly unknown[] {
  const place: FreezePlace = { binding, cell };
  return typeof callee === "function" && MARK in callee ? [{ [MARK]: place }] : [];
}

/** The place that a cell passed, and nothing that a user did. */
export function placeFrom(hidden: unknown): FreezePlace | undefined {
  if (typeof hidden !== "object" || hidden === null) return undefined;
  return (hidden as Record<symbol, unknown>)[MARK] as FreezePlace | undefined;
}
