/**
 * Boosted trees as a TreeEnsembleRegressor of ai.onnx.ml (version 3), and the link by operators of ONNX itself.
 *
 * A node that compares is BRANCH_LT: true (left) where x < threshold, both float32; a missing value goes to the true
 * branch where missing_value_tracks_true says so. A set of categories is a chain of BRANCH_EQ nodes that share their
 * true branch: x = c_1, else x = c_2, ... The ensemble adds the leaves of an output in float32 in the order of the
 * trees, and its base value at the end.
 * Limit: a tree may have 65,536 nodes with its chains; more is refused.
 */
import { fail } from "#core";
import type { Tree, TreeEnsemble } from "#ml";
import type { GraphBuilder } from "./builder.ts";

const DOMAIN = "ai.onnx.ml";
const NODES_MAX = 65_536;

interface Nodes {
  readonly treeids: number[];
  readonly nodeids: number[];
  readonly featureids: number[];
  readonly modes: string[];
  readonly values: number[];
  readonly truenodeids: number[];
  readonly falsenodeids: number[];
  readonly missing: number[];
}

interface Leaves {
  readonly treeids: number[];
  readonly nodeids: number[];
  readonly ids: number[];
  readonly weights: number[];
}

/**
 * @param input name of a float32 tensor [N, k].
 * @param takesMissing whether a value may be missing; onnxruntime is a tenth quicker where none can be.
 * @returns the name of a float32 tensor [N, m]. Errors: `exports.tree-too-large`.
 */
export function writeTrees(
  builder: GraphBuilder,
  ensemble: TreeEnsemble,
  input: string,
  takesMissing = true,
): string {
  const nodes: Nodes = {
    treeids: [],
    nodeids: [],
    featureids: [],
    modes: [],
    values: [],
    truenodeids: [],
    falsenodeids: [],
    missing: [],
  };
  const leaves: Leaves = { treeids: [], nodeids: [], ids: [], weights: [] };
  // onnxruntime gives an output that no tree adds to 0, not its base: a leaf that adds nothing mends it.
  const bare = Array.from(ensemble.base.keys()).filter(
    (j) => !ensemble.trees.some(({ output }) => output === j),
  );
  [...ensemble.trees, ...bare.map((output) => ({ ...EMPTY, output }))].forEach((tree, t) => {
    addTree(nodes, leaves, tree, t);
  });
  const margin = builder.node(
    "TreeEnsembleRegressor",
    [input],
    "margin",
    {
      n_targets: { i: ensemble.base.length },
      base_values: { floats: ensemble.base },
      aggregate_function: { s: "SUM" },
      post_transform: { s: "NONE" },
      nodes_treeids: { ints: nodes.treeids },
      nodes_nodeids: { ints: nodes.nodeids },
      nodes_featureids: { ints: nodes.featureids },
      nodes_modes: { strings: nodes.modes },
      nodes_values: { floats: nodes.values },
      nodes_truenodeids: { ints: nodes.truenodeids },
      nodes_falsenodeids: { ints: nodes.falsenodeids },
      nodes_missing_value_tracks_true: { ints: takesMissing ? nodes.missing : nodes.missing.map(() => 0) },
      target_treeids: { ints: leaves.treeids },
      target_nodeids: { ints: leaves.nodeids },
      target_ids: { ints: leaves.ids },
      target_weights: { floats: leaves.weights },
    },
    DOMAIN,
  );
  switch (ensemble.link) {
    case "identity":
      return margin;
    case "logistic":
      return builder.node("Sigmoid", [margin], "chance");
    case "softmax":
      return builder.node("Softmax", [margin], "chances", { axis: { i: 1 } });
  }
}

const EMPTY: Tree = {
  output: 0,
  feature: Int32Array.of(-1),
  threshold: new Float32Array(1),
  left: Int32Array.of(-1),
  right: Int32Array.of(-1),
  missingLeft: new Uint8Array(1),
  value: new Float32Array(1),
  cover: new Float32Array(1),
  gain: new Float32Array(1),
  categories: {},
};

function addTree(nodes: Nodes, leaves: Leaves, tree: Tree, t: number): void {
  const count = tree.feature.length;
  // The nodes of chains but the first stand behind all others.
  let next = count;
  const add = (
    id: number,
    mode: string,
    f: number,
    value: number,
    yes: number,
    no: number,
    missing: number,
  ) => {
    nodes.treeids.push(t);
    nodes.nodeids.push(id);
    nodes.featureids.push(f);
    nodes.modes.push(mode);
    nodes.values.push(value);
    nodes.truenodeids.push(yes);
    nodes.falsenodeids.push(no);
    nodes.missing.push(missing);
  };
  for (let node = 0; node < count; node++) {
    const f = tree.feature[node]!;
    if (f < 0) {
      add(node, "LEAF", 0, 0, 0, 0, 0);
      leaves.treeids.push(t);
      leaves.nodeids.push(node);
      leaves.ids.push(tree.output);
      leaves.weights.push(tree.value[node]!);
      continue;
    }
    const [left, right, missing] = [tree.left[node]!, tree.right[node]!, tree.missingLeft[node]!];
    const set = tree.categories[node];
    if (set === undefined) {
      add(node, "BRANCH_LT", f, tree.threshold[node]!, left, right, missing);
      continue;
    }
    let id = node;
    set.forEach((category, i) => {
      const isLast = i === set.length - 1;
      add(id, "BRANCH_EQ", f, category, left, isLast ? right : next, missing);
      if (!isLast) id = next++;
    });
  }
  if (next > NODES_MAX) {
    fail("exports.tree-too-large", {
      message: `tree ${t + 1} has ${count} nodes, and ${next} with a node for each category of its sets; ONNX files here may have ${NODES_MAX}`,
      hint: "Train with fewer leaves, or with categories grouped.",
      fields: { tree: t, nodes: count, expanded: next },
    });
  }
}
