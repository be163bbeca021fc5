import type { Bindings, UnitPlace } from "./bindings.ts";
import type { NameUse } from "./facts.ts";

/** A name that a unit of the slice uses, and what binds it: nothing for a global. */
export interface SlicedUse {
  readonly from: UnitPlace;
  readonly use: NameUse;
  readonly bound: readonly UnitPlace[];
}

export interface BackwardSlice {
  /** In run order. */
  readonly units: readonly UnitPlace[];
  /** What the units use of each other and of globals. */
  readonly uses: readonly SlicedUse[];
}

/**
 * The units that `start` needs, itself among them.
 * @param isLeaf true for a unit that is taken as it is, whatever it uses: a frozen value.
 * @param follows false for a use that is not to be followed: what it leads to stays out.
 */
export function sliceBack(
  bindings: Bindings,
  start: readonly UnitPlace[],
  isLeaf: (place: UnitPlace) => boolean,
  follows: (sliced: SlicedUse) => boolean,
): BackwardSlice {
  const found = new Map(start.map((place) => [place.unit, place]));
  const uses: SlicedUse[] = [];
  // A map goes on with what is added while it is read.
  for (const from of found.values()) {
    if (isLeaf(from)) continue;
    for (const use of from.unit.uses) {
      const sliced = { from, use, bound: bindings.get(use.name) ?? [] };
      uses.push(sliced);
      if (!follows(sliced)) continue;
      for (const place of sliced.bound) found.set(place.unit, found.get(place.unit) ?? place);
    }
  }
  const units = [...found.values()].sort((a, b) => a.cell - b.cell || a.unit.start - b.unit.start);
  return { units, uses };
}
