export {
  type ControlAddress,
  readControlAddress,
  readKeyFile,
  readTrusted,
  trust,
} from "./account-folder.ts";
export { askStatus, command } from "./control/client.ts";
export { CONTROL_ACTIONS, type ControlAction } from "./control/server.ts";
export type { LiveInput, TradingTerms } from "./core/input.ts";
export type { TradingCore } from "./core/trading-core.ts";
export type { CrashPoint } from "./core-driver.ts";
export { type Daemon, type DaemonOptions, startDaemon } from "./daemon.ts";
export { type JournalRecord, journalHash, readJournal } from "./journal.ts";
export { LIVE_METRICS } from "./metrics/figures.ts";
export type { DriftLine, DriftWord, ModelDrift, ModelStatus } from "./model-status.ts";
export { compareWithBacktest, type ParityReport } from "./parity.ts";
export { type Proof, type ProveOptions, prove } from "./prove.ts";
export { differenceOfBooks } from "./reconcile.ts";
export type { ReadSeries } from "./series-source.ts";
export type { LiveStatus } from "./status.ts";
export { type ReplayReport, verifyReplay } from "./verify-replay.ts";
