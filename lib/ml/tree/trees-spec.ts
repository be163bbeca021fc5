import { checkNames } from "#core";
import { OPTION_NAMES, type TreeOptions } from "./options.ts";

/** What `train` is told beside the model. */
const BESIDE = ["dataset", "validation", "seed", "signal", "startProgress"] as const;

/** Boosted trees as a model to train: options of {@link trainTrees} but for what `train` takes itself. */
export type TreesSpec = { readonly kind: "trees" } & Omit<TreeOptions, (typeof BESIDE)[number]>;

const NAMES = OPTION_NAMES.filter((name) => !BESIDE.some((other) => other === name));

/**
 * Boosted trees; `trees({ engine: "xgboost" })` trains with the system's own library. Values are checked when trained.
 * Errors: `ml.bad-option` for an option that does not exist.
 */
export function trees(options: Omit<TreesSpec, "kind"> = {}): TreesSpec {
  checkNames("ml.bad-option", "trees options", options, NAMES);
  return { ...options, kind: "trees" };
}
