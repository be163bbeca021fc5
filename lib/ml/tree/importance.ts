import type { TreeEnsemble } from "./ensemble.ts";

/** What the splits by one feature did. */
export interface SplitImportance {
  readonly name: string;
  /** Sum of the gains of its splits. */
  readonly gain: number;
  /** Sum of the covers (hessians) of the nodes it splits. */
  readonly cover: number;
  readonly splits: number;
}

/** One a feature, in column order. */
export function importanceOf({ trees }: TreeEnsemble, names: readonly string[]): SplitImportance[] {
  const sums = names.map((name) => ({ name, gain: 0, cover: 0, splits: 0 }));
  for (const { feature, gain, cover } of trees) {
    feature.forEach((f, node) => {
      if (f < 0) return;
      sums[f]!.gain += gain[node]!;
      sums[f]!.cover += cover[node]!;
      sums[f]!.splits++;
    });
  }
  return sums;
}
