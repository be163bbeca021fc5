export { type DrawOptions, drawRun } from "./draw/draw-run.ts";
export {
  type CellReport,
  type CellStatus,
  EXIT_CODES,
  type FactEvent,
  type ProgressEvent,
  type RunEvent,
  type RunStatus,
} from "./events.ts";
export { codeHash } from "./record/end-run.ts";
export { figurePage } from "./report/figure-page.ts";
export {
  type Evidence,
  evidenceOf,
  type ReportInput,
  renderReport,
  type Verdict,
  type VerdictState,
} from "./report/index.ts";
export {
  fittedParameters,
  notebookParameters,
  prepareNotebook,
  type RunOptions,
  type RunResult,
  runNotebook,
} from "./run-notebook.ts";
export { type RetryOptions, runWithRetries } from "./run-with-retries.ts";
