import type { ErrorData, JobList, Place, Run } from "../comm/protocol.ts";

export interface ListState {
  readonly list: JobList | null;
  /** Why there is no list, or why the newest is missing. */
  readonly error: ErrorData | null;
  readonly selected: string | null;
  readonly runs: readonly Run[];
  readonly zone: string;
}

export type JobAction = "run" | "pause" | "resume" | "remove";

export interface ListActions {
  select(job: string): void;
  act(action: JobAction, job: string): void;
  cancel(run: string): void;
  startScheduler(): void;
  newSchedule(): void;
  open(path: string, place?: Place): void;
  tryAgain(): void;
}
