/**
 * Boosted trees as plain data.
 *
 * Symbols: x float32 features, k of them; T trees; m outputs; F_j(x) = (sum of the leaves that x reaches in the trees
 * of output j) + base_j, added up in float32 in the order of the trees, the base last, as onnxruntime adds.
 * A node sends x to the left where x[feature] < threshold (float32 both); a categorical node where x[feature] is one of
 * its categories; a missing value (NaN) where `missingLeft` says.
 */
export interface TreeEnsemble {
  readonly features: number;
  /** What is done to the sums: none, 1 / (1 + e^-F), or softmax over the outputs. */
  readonly link: "identity" | "logistic" | "softmax";
  /** One an output, float32 values. */
  readonly base: Float32Array;
  readonly trees: readonly Tree[];
}

/** Nodes in an array; node 0 is the root, children stand behind their parent. */
export interface Tree {
  /** The output that its leaves are added to. */
  readonly output: number;
  /** -1 for a leaf. */
  readonly feature: Int32Array;
  readonly threshold: Float32Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** 1 if a missing value goes left. */
  readonly missingLeft: Uint8Array;
  /** Of leaves, float32 values. */
  readonly value: Float32Array;
  /** Sum of the hessians (weights) of the training rows in each node: what SHAP weighs by. */
  readonly cover: Float32Array;
  /** What the split of each node gained; 0 for a leaf. */
  readonly gain: Float32Array;
  /** Node to the whole numbers that go left, ascending; nodes that compare with a threshold are not in it. */
  readonly categories: Readonly<Record<number, readonly number[]>>;
}
