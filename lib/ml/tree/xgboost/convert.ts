/**
 * XGBoost's model file (JSON, versions 1.6 to 2) as our ensemble.
 *
 * Its nodes send x to the left where x < split_condition (float32), missing values where default_left says; a set of
 * categories goes right there and left here, so that children of a categorical node change sides. Leaves hold the
 * learning rate already. base_score is a probability for a logistic objective, else a margin.
 */
import type { Tree, TreeEnsemble } from "../ensemble.ts";

interface XgboostTree {
  readonly left_children: readonly number[];
  readonly right_children: readonly number[];
  readonly split_indices: readonly number[];
  readonly split_conditions: readonly number[];
  readonly default_left: readonly (number | boolean)[];
  readonly sum_hessian: readonly number[];
  readonly loss_changes: readonly number[];
  readonly split_type?: readonly number[];
  readonly categories: readonly number[];
  readonly categories_nodes: readonly number[];
  readonly categories_segments: readonly number[];
  readonly categories_sizes: readonly number[];
}

export interface XgboostModel {
  readonly learner: {
    readonly learner_model_param: { readonly base_score: string; readonly num_class: string };
    readonly gradient_booster: {
      readonly model: { readonly trees: readonly XgboostTree[]; readonly tree_info: readonly number[] };
    };
  };
}

/** @param trees how many are kept: those of the best round and before. */
export function ensembleFrom(
  model: XgboostModel,
  { features, link, trees }: { features: number; link: TreeEnsemble["link"]; trees: number },
): TreeEnsemble {
  const { learner_model_param: param, gradient_booster: booster } = model.learner;
  const score = Number(param.base_score);
  const margin = link === "logistic" ? Math.log(score / (1 - score)) : score;
  return {
    features,
    link,
    base: new Float32Array(Math.max(1, Number(param.num_class))).fill(margin),
    trees: booster.model.trees.slice(0, trees).map((tree, i) => treeFrom(tree, booster.model.tree_info[i]!)),
  };
}

function treeFrom(source: XgboostTree, output: number): Tree {
  // Breadth first: deleted nodes are left out, and children stand behind their parent.
  const ids = [0];
  const [left, right] = [[] as number[], [] as number[]];
  const sets = categoriesOf(source);
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    const isLeaf = source.left_children[id] === -1;
    left.push(isLeaf ? -1 : ids.length);
    right.push(isLeaf ? -1 : ids.length + 1);
    if (isLeaf) continue;
    const children = [source.left_children[id]!, source.right_children[id]!];
    ids.push(...(sets.has(id) ? children.reverse() : children));
  }
  const isSplit = ids.map((_, i) => left[i]! >= 0);
  const of = (values: readonly number[], isWanted: (i: number) => boolean, other = 0) =>
    ids.map((id, i) => (isWanted(i) ? values[id]! : other));
  const split = (i: number) => isSplit[i]!;
  return {
    output,
    feature: Int32Array.from(of(source.split_indices, split, -1)),
    threshold: Float32Array.from(of(source.split_conditions, (i) => split(i) && !sets.has(ids[i]!))),
    left: Int32Array.from(left),
    right: Int32Array.from(right),
    missingLeft: Uint8Array.from(ids, (id, i) =>
      split(i) && Boolean(source.default_left[id]) !== sets.has(id) ? 1 : 0,
    ),
    value: Float32Array.from(of(source.split_conditions, (i) => !split(i))),
    cover: Float32Array.from(of(source.sum_hessian, () => true)),
    gain: Float32Array.from(of(source.loss_changes, split)),
    categories: Object.fromEntries(
      ids.flatMap((id, i) => (sets.has(id) ? [[i, sets.get(id)!] as const] : [])),
    ),
  };
}

function categoriesOf(source: XgboostTree): Map<number, number[]> {
  return new Map(
    source.categories_nodes.map((node, i) => {
      const from = source.categories_segments[i]!;
      const list = source.categories.slice(from, from + source.categories_sizes[i]!);
      return [node, [...list].sort((a, b) => a - b)];
    }),
  );
}
