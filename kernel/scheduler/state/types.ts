import type { JsonData, QueuedRunStatus } from "#jobs";
import type { MissedPolicy } from "../plan.ts";

/** What a job runs, and when. Paths are absolute. */
export interface JobSpec {
  readonly notebook: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Names of parameters whose text is taken as it is. */
  readonly raw?: readonly string[];
  /** Empty: it runs once, now. */
  readonly cron: string;
  /** IANA time zone. */
  readonly zone: string;
  /** How often a failed run is repeated, and the wait before the first repetition; it doubles. */
  readonly retries: number;
  readonly retryDelaySeconds: number;
  /** Of an attempt, seconds; 0: no limit. */
  readonly timeoutSeconds: number;
  /** Of the cells' process with all it starts, MB; 0: no limit. */
  readonly memoryMb: number;
  readonly missed: MissedPolicy;
  /** What happens when a run is due and the one before has not ended. */
  readonly overlap: "skip" | "queue" | "allow";
  /** Of how many runs the outputs are kept. */
  readonly keep: number;
  readonly onSuccess?: { readonly promote: "paper" };
  readonly onFailure?: { readonly webhook: string };
}

export interface JobRow {
  readonly id: string;
  readonly spec: JobSpec;
  readonly isPaused: boolean;
  /** Its runs are cleared away when none works any more. */
  readonly isRemoved: boolean;
  readonly plannedThrough: number;
  readonly createdAt: number;
}

export type RunStatus = QueuedRunStatus | "skipped";

export interface RunRow {
  readonly id: string;
  readonly job: string;
  /** From 1 within the job. */
  readonly number: number;
  readonly plannedAt: number | null;
  readonly status: RunStatus;
  readonly isOver: boolean;
  /** The queue has it. */
  readonly isSent: boolean;
  readonly isCancelAsked: boolean;
  readonly note: string | null;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly attempt: number;
  readonly attempts: number;
  readonly result: AttemptResult | null;
  readonly progress: { readonly cell: number; readonly cells: number } | null;
  /** What follows its end: nothing, still to do, done, or given up. */
  readonly action: "none" | "pending" | "done" | "failed";
  readonly actionNote: string | null;
  readonly bundle: string | null;
  /** Its outputs were cleared away. */
  readonly isPruned: boolean;
}

/** Outputs of a run beside its notebook, absolute paths. */
export interface Published {
  readonly output?: string;
  readonly report?: string;
}

/** What an attempt tells when it ends; paths are absolute. */
export interface AttemptResult {
  /** In the attempt's own folder. */
  readonly output?: string;
  readonly report?: string;
  /** Set by the scheduler alone. */
  readonly published?: Published;
  readonly log?: string;
  /** Hash of the run record. */
  readonly record?: string;
  readonly error?: {
    readonly code?: string;
    readonly name: string;
    readonly message: string;
    readonly cell?: number;
    readonly cellId?: string;
    readonly line?: number;
  };
  /** Types that do not fit, as far as they were checked. */
  readonly types?: readonly JsonData[];
}
