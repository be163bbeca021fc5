import type { Millis } from "#core";
import type { TableColumns } from "./tables.ts";

/** What can be recorded live. */
export interface RecordedColumns {
  readonly trades: TableColumns<"trades">;
  readonly depth: TableColumns<"depth">;
}
export type RecordedKind = keyof RecordedColumns;

/** What a recorder tells, in the order in which it came. */
export type RecorderEvent =
  /** Rows; a message of the book is never split. */
  | { readonly kind: "trades"; readonly columns: TableColumns<"trades"> }
  | { readonly kind: "depth"; readonly columns: TableColumns<"depth"> }
  /** Numbers were left out: of the book, for which a new snapshot follows, or of trades that could not be fetched. */
  | {
      readonly kind: "gap";
      readonly of: RecordedKind;
      readonly time: Millis;
      readonly expected: number;
      readonly seen: number;
    }
  | { readonly kind: "lost"; readonly time: Millis; readonly reason: string };

/**
 * Listens to an exchange's market and keeps what its messages say: sequence numbers and both times.
 * Contract: a connection that is lost is made anew, for as long as it takes.
 */
export interface MarketRecorder {
  readonly name: string;
  /** Records until `signal` is aborted. Errors: `data.unknown-symbol`, `venue.refused`; those of `tell`. */
  record(request: {
    readonly symbol: string;
    readonly kinds: readonly RecordedKind[];
    readonly signal: AbortSignal;
    /** Number of the last trade that is recorded already: those since then are asked for. Default: none is. */
    readonly lastTradeId?: number | undefined;
    /** Called for each message; must not keep the caller waiting. */
    tell(event: RecorderEvent): void;
  }): Promise<void>;
  close(): Promise<void>;
}
