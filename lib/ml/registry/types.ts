import type { ModelArtifact } from "#model";

/** What a model was made from. Texts are empty and numbers NaN where nobody told. */
export interface Lineage {
  /** What it predicts: "direction(5)". */
  readonly label: string;
  /** sha256 of the training data. */
  readonly dataHash: string;
  /** Starts of the first and last bar learnt from or validated on (UTC milliseconds). */
  readonly from: number;
  readonly to: number;
  readonly seed: number;
  /** "tfjs 4.22.0 wasm". */
  readonly library: string;
  /** sha256 of the engine's code. */
  readonly code: string;
  /** The study or notebook that it came from. */
  readonly study: string;
  /** Options of the training, as they were given. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** A model to be kept. */
export interface NewModel {
  /** Letters, digits, ".", "_" and "-"; the same name for every version. */
  readonly name: string;
  readonly artifact: ModelArtifact;
  readonly lineage: Lineage;
  readonly metrics: Readonly<Record<string, number>>;
  /** Largest error against the trainer and its limit, as exported. */
  readonly parity?: { readonly maxError: number; readonly limit: number; readonly rows: number };
  readonly note?: string;
}

export interface ModelVersion extends Omit<NewModel, "artifact"> {
  /** Counted from 1 for each name. */
  readonly version: number;
  /** sha256 of the file. */
  readonly hash: string;
  readonly bytes: number;
  readonly inputs: readonly string[];
  readonly features: readonly string[];
  readonly window: number;
  /** UTC milliseconds. */
  readonly registered: number;
  /** Aliases that stand on it now: "champion". */
  readonly stages: readonly string[];
}

/** Something that happened to a name; never changed or removed. */
export interface ModelEvent {
  readonly id: number;
  readonly name: string;
  readonly version: number;
  readonly time: number;
  /** "registered", "staged" (an alias came to stand on it) or "unstaged". */
  readonly event: "registered" | "staged" | "unstaged";
  readonly stage: string;
  readonly reason: string;
}
