/** Every class of layers that can be written, by family, and what to use instead of the others. */
import { ACTIVATION_LAYERS } from "./activations.ts";
import { SEQUENCE_LAYERS } from "./attention.ts";
import { CONVOLUTION_LAYERS } from "./convolution.ts";
import { DENSE_LAYERS } from "./dense.ts";
import type { LayerSupport } from "./layer-call.ts";
import { MERGE_LAYERS } from "./merge.ts";
import { NORMALISATION_LAYERS } from "./normalisation.ts";
import { POOLING_LAYERS } from "./pooling.ts";
import { RECURRENT_LAYERS } from "./recurrent.ts";
import { SHAPE_LAYERS } from "./shape.ts";
import { WRAPPER_LAYERS } from "./wrappers.ts";

export const FAMILIES = {
  "dense and embedding": DENSE_LAYERS,
  activation: ACTIVATION_LAYERS,
  convolution: CONVOLUTION_LAYERS,
  pooling: POOLING_LAYERS,
  recurrent: RECURRENT_LAYERS,
  wrappers: WRAPPER_LAYERS,
  normalisation: NORMALISATION_LAYERS,
  attention: SEQUENCE_LAYERS,
  merge: MERGE_LAYERS,
  shape: SHAPE_LAYERS,
} as const satisfies Readonly<Record<string, Readonly<Record<string, LayerSupport>>>>;

export const LAYERS: Readonly<Record<string, LayerSupport>> = Object.assign({}, ...Object.values(FAMILIES));

/** Classes of tfjs that are refused, and what to use instead. */
export const REFUSED: Readonly<Record<string, string>> = {
  Sequential: "Wrap each of its layers on its own: a model within a wrapper is not written.",
  Model: "Wrap each of its layers on its own: a model within a wrapper is not written.",
  Functional: "Wrap each of its layers on its own: a model within a wrapper is not written.",
  Masking: "Leave it out, and give windows of one length: masks are not written.",
  ConvLSTM2D: "Use TimeDistributed(Conv2D), then Flatten each step and LSTM.",
  ConvLSTM2DCell: "Use TimeDistributed(Conv2D), then Flatten each step and LSTM.",
};
