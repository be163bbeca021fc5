import type { CellDiagnostic } from "../language/types.ts";
import type { WorkerTargets } from "../protocol/comms.ts";
import { labTarget } from "./lab-target.ts";
import { LiveEvents } from "./live.ts";

export interface NotebookCell {
  readonly cellId: string;
  readonly source: string;
}

/** What the services of the worker know of the kernel that they run in. */
export interface ServiceContext {
  /** Absolute working directory of the kernel. */
  readonly root: string;
  /** Absolute folder of everything tickbook keeps. */
  readonly home: string;
  readonly version: string;
  /** By binding: what the open session froze last. */
  frozen(): ReadonlyMap<string, { readonly hash: string; readonly cell: number; readonly cellId?: string }>;
  /** What does not fit in a notebook's cells, by id; undefined if there is no answer in time. */
  diagnose(
    cells: readonly NotebookCell[],
  ): Promise<Readonly<Record<string, readonly CellDiagnostic[]>> | undefined>;
}

/** The comm targets that the worker answers itself. */
export function workerTargets(context: ServiceContext): WorkerTargets {
  return { tickbook: labTarget(context, new LiveEvents(context)) };
}
