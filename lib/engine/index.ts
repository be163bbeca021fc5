export { createEffects, type Effects, type EngineEvent, type OperatorEvent, type Refusal } from "./event.ts";
export { equity, markEquity } from "./pnl/equity.ts";
export { averagePrice } from "./position/apply-fill.ts";
export { type Approved, approveAgain } from "./risk/check.ts";
export { type EngineSnapshot, restoreEngine, snapshotEngine } from "./snapshot.ts";
export { createEngine, type Engine, type EngineConfig, slotOf } from "./state.ts";
export { isStray, needsPrints, step, stepBarsClosed, stepDecided, stepOrder, stepPrint } from "./step.ts";
