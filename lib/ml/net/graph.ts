/** A network as plain data: what is trained, stored, sent to a worker and written as ONNX. No tfjs in it. */

export interface NetGraph {
  /** Shapes without the batch: [k] for one row of features, [L, k] for a window of L rows. */
  readonly inputs: readonly { readonly tensor: string; readonly shape: readonly number[] }[];
  /** The tensors that the network gives. */
  readonly outputs: readonly string[];
  /** Every layer once, by name; a layer that is called twice has two calls. */
  readonly layers: Readonly<Record<string, NetLayer>>;
  /** In an order in which every tensor is made before it is read. Models within models are dissolved into their calls. */
  readonly calls: readonly NetCall[];
}

export interface NetLayer {
  /** Its class in tfjs: "Dense", "LSTM", or one of our own: "CausalConv1D". */
  readonly type: string;
  /** What the layer's getConfig() gives: JSON. */
  readonly config: Readonly<Record<string, unknown>>;
  /** In the order of the layer's getWeights(). */
  readonly weights: readonly NetWeights[];
}

export interface NetWeights {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** One call of a layer: tensors in, one tensor out. */
export interface NetCall {
  readonly layer: string;
  readonly from: readonly string[];
  readonly to: string;
  /** Of `to`, without the batch. */
  readonly shape: readonly number[];
}
