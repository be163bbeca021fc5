import type { StartProgress } from "#core";

/** MIME type to content: what a cell shows. */
export type MimeBundle = Readonly<Record<string, unknown>>;

/** Something the run computed that its report and its record are made from. `kind` tells which. */
export interface RunFact {
  readonly kind: "data" | "training" | "export" | "study" | "backtest";
  /** The value the room returned: DataReport, TrainingReport, ParityReport, Study, BacktestResult. */
  readonly value: unknown;
}

/** What the functions of `tickbook` need from outside. The host that runs the cells provides it. */
export interface Session {
  /** Absolute folder of the notebook: modules and data paths are resolved from here. */
  readonly root: string;
  /** Absolute folder of everything tickbook keeps: `<root>/.tickbook` unless told otherwise. */
  readonly home: string;
  /** Shows a value below the cell. With an id, a later call with `update` replaces it in place. */
  display(bundle: MimeBundle, options?: { readonly id?: string; readonly update?: boolean }): void;
  readonly startProgress: StartProgress;
  /** Keeps a fact for the report and the run record. */
  record(fact: RunFact): void;
}

const KEY = Symbol.for("tickbook.session/1");

/** Makes `session` the one that every loaded copy of `tickbook` uses. */
export function registerSession(session: Session): void {
  (globalThis as Record<symbol, unknown>)[KEY] = session;
}

/** The registered session, if a host runs this code. */
export function registeredSession(): Session | undefined {
  return (globalThis as Record<symbol, unknown>)[KEY] as Session | undefined;
}
