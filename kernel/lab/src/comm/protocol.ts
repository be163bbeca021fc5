// What the kernel and this extension say to each other over the comm `tickbook`, protocol 1.
// Times are milliseconds since the epoch; lines and columns count from 1; `cell` is the execution number of the
// headless run, `cellId` the id of the cell in the notebook.

export const TARGET = "tickbook";
export const PROTOCOL = 1;

export interface Hello {
  readonly protocol: number;
  readonly version: string;
  /** Absolute folder that the paths of requests are relative to. */
  readonly root: string;
  readonly home: string;
}

export interface ErrorData {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

export type FromKernel =
  | { readonly hello: Hello }
  | { readonly id: number; readonly progress: unknown }
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: ErrorData }
  | { readonly event: string; readonly value: unknown };

export type ToKernel =
  | { readonly id: number; readonly method: string; readonly params: unknown }
  | { readonly id: number; readonly cancel: true }
  | { readonly cells: readonly CellSource[] };

// Promote

export type CheckStep = "saved" | "run" | "slice" | "types" | "link" | "golden" | "parity";
export type StartStep = "sign" | "exchange" | "daemon" | "warm-up";
export type StepStatus = "running" | "passed" | "refused";
export type Stage = "paper" | "testnet" | "live";

export interface StepProgress<Step extends string = CheckStep> {
  readonly step: Step;
  readonly state: StepStatus;
  readonly note?: string;
  readonly done?: number;
  readonly total?: number;
  readonly ms?: number;
}

export interface Place {
  readonly cellId?: string;
  readonly cell?: number;
  readonly line?: number;
  readonly column?: number;
}

export interface Refusal extends Place {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  readonly module?: string;
  readonly line: number;
  readonly column: number;
  readonly sourceLine: string;
}

export interface Warning extends Place {
  readonly text: string;
  readonly detail?: string;
}

export interface FrozenValue extends Place {
  readonly binding: string;
  readonly kind: "value" | "model";
  readonly goesLive: string;
  readonly goesLiveHash: string;
  /** null: the open session never ran it. */
  readonly openSession: string | null;
  readonly differs: boolean;
}

export interface StageChoice {
  readonly stage: Stage;
  readonly accounts: readonly {
    readonly name: string;
    /** With this account's operator; missing: the review's own. */
    readonly limits?: readonly LimitRow[];
    readonly replaces?: { readonly strategy: string; readonly bundle: string };
  }[];
}

export interface LimitRow {
  readonly name: string;
  readonly asked: string | null;
  readonly operator: string | null;
  readonly inForce: string | null;
  readonly setBy: "bundle" | "operator" | "";
}

export interface Evidence {
  readonly columns: readonly {
    readonly label: string;
    readonly detail?: string;
    readonly isOutOfSample?: boolean;
  }[];
  readonly rows: readonly { readonly label: string; readonly values: readonly string[] }[];
  readonly note?: string;
}

export interface ModelFacts {
  readonly name: string;
  readonly inputs: readonly string[];
  readonly hash: string;
  readonly parity?: { readonly maxAbsError: number; readonly tolerance: number; readonly rows: number };
}

export interface StrategyFacts {
  readonly name: string;
  readonly instruments: readonly string[];
  readonly timeframe: string;
  readonly handlers?: readonly string[];
  readonly state?: readonly string[];
  readonly features?: readonly string[];
  readonly warmupBars: number;
  readonly params: Readonly<Record<string, unknown>>;
}

export interface PromoteReview {
  /** Hash of the run record; empty if the run itself failed. */
  readonly run: string;
  readonly refusals: readonly Refusal[];
  readonly warnings: readonly Warning[];
  readonly strategy?: StrategyFacts;
  readonly frozen?: readonly FrozenValue[];
  readonly models?: readonly ModelFacts[];
  readonly evidence?: Evidence;
  readonly limits?: readonly LimitRow[];
  readonly stages?: readonly StageChoice[];
  readonly currency?: string;
  readonly capital?: number;
  readonly fingerprint?: string;
  readonly report?: string;
}

export interface Promoted {
  readonly bundle: string;
  readonly path: string;
  readonly bytes: number;
  readonly models: number;
  readonly fingerprint: string;
  readonly strategy: string;
  readonly account: string;
  readonly stage: Stage;
  readonly capital: number;
  readonly warmupBars: number;
  readonly replaced?: string;
  readonly status: ToldStrategy;
}

// Live

export type LiveState =
  | "joining"
  | "waiting for the next bar"
  | "trading"
  | "halted"
  | "strategy stopped"
  | "ended"
  | "no contact";

export interface Position {
  readonly symbol: string;
  readonly quantity: string;
  readonly entry: number | null;
  readonly mark: number | null;
  readonly profit: number | null;
  readonly isStale?: boolean;
}

export interface Order {
  readonly id: string;
  readonly symbol: string;
  readonly side: "buy" | "sell";
  readonly type: string;
  readonly purpose: string;
  readonly state: string;
  readonly quantity: number;
  readonly filled: number;
  readonly price: number | null;
}

export type EventKind =
  | "filled"
  | "refused"
  | "halted"
  | "resumed"
  | "flattened"
  | "stopped"
  | "order"
  | "reconciled"
  | "unknown"
  | "started";

export interface LiveEvent {
  /** By the exchange's clock; null before it has told the time. */
  readonly time: number | null;
  readonly kind: EventKind;
  readonly text: string;
  readonly detail?: string;
}

export interface LiveStrategy {
  readonly account: string;
  readonly stage: Stage;
  /** false: the daemon does not answer; the rest is from `seenAt`. */
  readonly isConnected: boolean;
  /** 0: it never answered, and its figures are not known. */
  readonly seenAt: number;
  readonly startedAt?: number;
  readonly strategy: string;
  readonly bundle: string;
  readonly currency: string;
  readonly state: LiveState;
  readonly failure?: ErrorData & { readonly cell?: number; readonly line?: number };
  readonly booksDiffer?: string;
  readonly venueTime: string;
  readonly equity: number;
  /** What trading began with. */
  readonly capital: number;
  readonly todayProfit: number;
  /** Fraction of equity; negative when short. */
  readonly exposure: number;
  /** Fraction, zero or less. */
  readonly drawdown: number;
  /** Fractions of equity, but `maxPositionNotional` in the currency. */
  readonly limits: {
    readonly maxPosition?: number;
    readonly maxPositionNotional?: number;
    readonly maxDrawdown?: number;
    readonly maxDailyLoss?: number;
  };
  readonly curve: readonly (readonly [time: number, equity: number])[];
  readonly latencyMs: { readonly p50: number | null; readonly p99: number | null };
  readonly positions: readonly Position[];
  readonly orders: readonly Order[];
  /** Newest first. */
  readonly events: readonly LiveEvent[];
}

export interface LiveView {
  readonly at: number;
  readonly strategies: readonly LiveStrategy[];
  /** Accounts whose file can't be read: what trades on them isn't seen. */
  readonly damaged?: readonly { readonly account: string; readonly message: string }[];
}

/** What is always known of an account; the rest only once its daemon has answered. */
export type ToldStrategy = Pick<
  LiveStrategy,
  "account" | "stage" | "isConnected" | "strategy" | "bundle" | "currency" | "state"
> &
  Partial<Omit<LiveStrategy, "seenAt">> & { readonly seenAt?: number | null };

/** A view as it comes. */
export interface ToldView extends Pick<LiveView, "at" | "damaged"> {
  readonly strategies: readonly ToldStrategy[];
}

// Schedule

export type ParameterKind = "number" | "string" | "boolean" | "choice" | "json" | "date";

export interface Parameter {
  readonly name: string;
  /** As written in the notebook. */
  readonly type: string;
  readonly kind: ParameterKind;
  readonly default: unknown;
  readonly choices?: readonly string[];
  readonly description?: string;
  readonly cellId?: string;
}

export interface NextRun {
  readonly local: string;
  readonly utc: string;
  readonly at: number;
  readonly note?: string;
}

export interface CronEcho {
  readonly text: string;
  readonly next: readonly NextRun[];
}

export type Missed = "skip" | "once" | "all";
export type Overlap = "skip" | "queue" | "allow";

export interface JobRequest {
  readonly notebook: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly cron: string;
  readonly zone: string;
  readonly retries: number;
  readonly retryDelaySeconds: number;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly missed: Missed;
  readonly overlap: Overlap;
  readonly keep: number;
  readonly onSuccess?: { readonly promote: "paper" };
  readonly onFailure?: { readonly webhook: string };
}

export type RunStatus =
  | "queued"
  | "running"
  | "done"
  | "failed"
  | "timed-out"
  | "cancelled"
  | "dead"
  | "skipped";

export interface Job {
  readonly id: string;
  readonly notebook: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly cron: string;
  readonly zone: string;
  readonly text: string;
  readonly isPaused: boolean;
  readonly nextAt: number | null;
  /** Newest last, at most 12. */
  readonly last: readonly RunStatus[];
  readonly running?: { readonly run: string; readonly startedAt: number };
  readonly failedInARow: number;
  readonly keep: number;
  readonly runs: number;
}

export interface Run {
  readonly id: string;
  readonly number: number;
  readonly job: string;
  readonly status: RunStatus;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly attempt: number;
  readonly attempts: number;
  readonly output?: string;
  readonly report?: string;
  readonly error?: Place & { readonly code?: string; readonly name: string; readonly message: string };
  readonly progress?: { readonly cell: number; readonly cells: number };
  readonly note?: string;
  readonly bundle?: string;
}

export interface JobList {
  readonly scheduler: { readonly isRunning: boolean; readonly workersFree: number };
  readonly jobs: readonly Job[];
}

// Diagnostics

export interface CellSource {
  readonly cellId: string;
  readonly source: string;
}

export interface CellDiagnostic {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly severity: "error" | "warning" | "info";
  readonly message: string;
  readonly code: string;
}

export interface Diagnostics {
  readonly cells: Readonly<Record<string, readonly CellDiagnostic[]>>;
}
