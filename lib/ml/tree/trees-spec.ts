import type { TreeOptions } from "./options.ts";

/** Boosted trees as a model to train: options of {@link trainTrees} but for data and validation. */
export type TreesSpec = { readonly kind: "trees" } & Omit<
  TreeOptions,
  "dataset" | "validation" | "seed" | "signal" | "startProgress"
>;

/** Boosted trees; `trees({ engine: "xgboost" })` trains with the system's own library. Checked when trained. */
export function trees(options: Omit<TreesSpec, "kind"> = {}): TreesSpec {
  return { ...options, kind: "trees" };
}
