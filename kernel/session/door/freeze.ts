import { decodeValue, encodeValue, type Frozen, fail } from "#core";
import { markFreeze, placeFrom } from "../freeze-place.ts";
import { currentSession } from "./current-session.ts";

/**
 * Marks a value of research as one that goes live: `const best = freeze(study.best.params)`. It must be the whole
 * initialiser of a top-level `const` of a cell; running the cell again replaces the value.
 *
 * Stores the value and returns the stored copy, so that research goes on with exactly what live will get: JSON values
 * with -0, NaN, infinities and bigint, typed arrays, models; in plain objects and lists, deeply frozen. The elements
 * of typed arrays cannot be frozen: writing to them fails the run at its end. In a plain script it only copies.
 *
 * Errors: `freeze.bad-value` with the path to a function, a cycle, an instance of a class, undefined and the like;
 * `freeze.misplaced`; at the end of the run `freeze.changed-after`.
 */
export function freeze<T>(value: T): Frozen<T>;
export function freeze(value: unknown, hidden?: unknown): unknown {
  const session = currentSession();
  const place = placeFrom(hidden);
  if (session.keepFrozen && !place)
    fail("freeze.misplaced", { message: "freeze is called where its value gets no name" });
  const text = encodeValue(value, place?.binding);
  const copy = decodeValue(text);
  if (place) session.keepFrozen?.(place, text, copy);
  return copy;
}

markFreeze(freeze);
