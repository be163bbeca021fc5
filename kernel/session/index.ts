export type { CommMessage, CommPort } from "./comms.ts";
export type { Display } from "./display/show.ts";
export { toArrow } from "./door/convert.ts";
export { qualityFigure, withFreshChecks } from "./door/data-report.ts";
export type { AskInput, InputRequest } from "./input.ts";
export type { ImportedPackage, LoadedModule, Reached } from "./load/reached.ts";
export { engineHash } from "./memo/engine-hash.ts";
export type { CellError, CellFact, CellOutcome, CellOutput } from "./output.ts";
export {
  type FrozenFact,
  type GoldenFact,
  type MimeBundle,
  type RunFact,
  registeredSession,
  registerSession,
  type Session,
  type TrainingFact,
} from "./ports.ts";
export { type CellSession, createSession, type SessionOptions } from "./session.ts";
