export type { BarContext, InstrumentContext, MomentContext, OrderView } from "./context.ts";
export { type AccountView, createDecider, type Decider, type InstrumentColumns } from "./decide.ts";
export {
  type CheckedSpec,
  defineStrategy,
  type Strategy,
  type StrategySpec,
  type ValuesOf,
} from "./define.ts";
export { definedFields, modelRows, type StrategyFacts, strategyFacts, warmupBars } from "./facts.ts";
export type { InferencePolicy } from "./inference.ts";
