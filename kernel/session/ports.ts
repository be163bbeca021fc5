import type { StartProgress } from "#core";
import type { DroppedRows } from "#ml";
import type { Params } from "#model";
import type { RunInputs } from "#storage";

/** MIME type to content: what a cell shows. */
export type MimeBundle = Readonly<Record<string, unknown>>;

/** Something the run computed that its report and its record are made from. `kind` tells which. */
export interface RunFact {
  readonly kind: "data" | "training" | "export" | "study" | "backtest" | "frozen" | "golden";
  /** The value: DataReport, TrainingFact, ParityReport, Study, BacktestResult, FrozenFact, GoldenFact. */
  readonly value: unknown;
}

/** What a report shows of a training. */
export interface TrainingFact {
  readonly summary: string;
  readonly size: string;
  readonly step: "epoch" | "round";
  readonly steps: number;
  /** The step whose model was kept, counted from 1. */
  readonly best: number;
  readonly label: string;
  readonly loss: { readonly train: readonly number[]; readonly validation: readonly number[] };
  readonly metrics: Readonly<Record<"train" | "validation", Readonly<Record<string, number>> | undefined>>;
  readonly library: string;
  readonly note: string | undefined;
  readonly seed: number;
  readonly from: number;
  readonly to: number;
  readonly purged: number;
  /** Rows learnt from and held back. */
  readonly rows: number;
  readonly dropped: DroppedRows;
}

/** A value that `freeze` was given. The same binding again replaces it. */
export interface FrozenFact {
  readonly binding: string;
  readonly cell: number;
  /** sha256 of its canonical text. */
  readonly hash: string;
}

/** Golden vectors of the last backtest of a strategy with its parameters, or why there are none. */
export interface GoldenFact {
  readonly strategy: string;
  readonly params: Params;
  /** sha256 of their canonical text. */
  readonly hash?: string;
  readonly problem?: string;
}

/** A backtest's golden vectors as canonical text, or why there are none. */
export type GoldenVectors = Pick<GoldenFact, "strategy" | "params"> &
  ({ readonly text: string } | { readonly problem: string });

/** The code of a session, as the slicer takes it, and the values that it has made. */
export interface SessionCode {
  readonly inputs: Pick<RunInputs, "cells" | "modules" | "packages" | "frozen">;
  /** The content of a local module by its hash. */
  readonly readObject: (hash: string) => Promise<Uint8Array>;
  /** What the cells declare at their top level, in order. */
  names(): readonly string[];
  /** The value of such a name; undefined if it has none. */
  valueNamed(name: string): unknown;
  /** True if a function uses no variables but its own and those of the cells' top level. */
  isOfTopLevel(code: object): Promise<boolean>;
}

/** Where `freeze` was called: `const <binding> = freeze(...)` at the top level of a cell. */
export interface FreezePlace {
  readonly binding: string;
  readonly cell: number;
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
  /** Whether somebody looks on while cells run: results may show themselves before they are done. */
  readonly isWatched?: boolean;
  /** Aborted when the cell that asks is interrupted. Missing where no cells run. */
  stopSignal?(): AbortSignal | undefined;
  /** Keeps a fact for the report and the run record. */
  record(fact: RunFact): void;
  /**
   * Stores a frozen value. Missing where no cells run: a plain script.
   * @param text its canonical text. @param value what the text was decoded to, and what the cells go on with.
   */
  keepFrozen?(place: FreezePlace, text: string, value: unknown): void;
  /** Keeps the golden vectors of a backtest until the run ends. Missing where no cells run. */
  keepGolden?(vectors: GoldenVectors): void;
  /** What the cells have run so far. Missing where no cells run. */
  code?(): SessionCode;
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
