export {
  type ExportOptions,
  exportOnnx,
  type OnnxExport,
  type QuantisationLoss,
} from "./onnx/export-onnx.ts";
export { type ImportOptions, importOnnx, type OnnxImport } from "./onnx/import-onnx.ts";
export type { ParityGroup, ParityReport } from "./onnx/parity.ts";
export { GOLDEN, type Manifest, modelFile, SCRIPT } from "./strategy/bundle/manifest.ts";
export { type Bundle, readBundle } from "./strategy/bundle/read-bundle.ts";
export { checkTypes, type TypeCheckInput, type TypeCheckResult } from "./strategy/check/check-types.ts";
export { type CheckerSetup, checkerSetup } from "./strategy/check/checker.ts";
export { findTypeErrors, type TypeCheckRun, type TypeFindings } from "./strategy/check/type-findings.ts";
export type { Ask, Decided, Push, Start } from "./strategy/link/machine.ts";
export {
  type Compiled,
  type CompileStep,
  compileSlice,
  type Promoted,
  promoteSlice,
} from "./strategy/promote.ts";
export { openSigningKey, readSigningKey, type SigningKey } from "./strategy/sign/signing-key.ts";
export { type CodeSlice, sliceCode } from "./strategy/slice/slice-code.ts";
export { sliceStrategy } from "./strategy/slice/slice-strategy.ts";
export type { Refusal, SliceInput, SliceResult, StrategySlice } from "./strategy/slice/types.ts";
export {
  type BundleBacktest,
  type BundleBacktestOptions,
  backtestBundle,
  type DecisionMade,
} from "./strategy/verify/backtest-bundle.ts";
export { loadScript, type Sandbox } from "./strategy/verify/sandbox.ts";
export { type VerifiedBundle, verifyBundle } from "./strategy/verify/verify-bundle.ts";
export type { GoldenReport } from "./strategy/verify/verify-golden.ts";
