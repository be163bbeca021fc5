/**
 * The door `tickbook/strategy`: what a promoted strategy may use of tickbook. All of it only computes. `tickbook` has
 * the same functions for notebooks.
 */
export type { Frozen, Millis } from "#core";
export * from "#features";
export {
  type Account,
  type AccountSpec,
  account,
  type Bars,
  bps,
  type ChoiceRange,
  choice,
  type FloatRange,
  float,
  type IntRange,
  int,
  type Limits,
  type ModelArtifact,
  type OrderSpec,
  type ParamRange,
  type Params,
  type ParamValue,
  type Rate,
  type TargetSpec,
} from "#model";
export {
  type BarContext,
  defineStrategy,
  type InferencePolicy,
  type InstrumentContext,
  type MomentContext,
  type OrderView,
  type Strategy,
  type StrategySpec,
  type ValuesOf,
} from "#strategy";
