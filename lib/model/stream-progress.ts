/**
 * How far a daemon is with what its venue sent: published on the bus (topic "progress") after every event, and again
 * every so often. Monitors read it, and so does a replaying exchange, which sends nothing more until it is caught up
 * with.
 */
export interface StreamProgress {
  /** Last venue id of each stream that was stepped and journalled; 0 for none. */
  readonly streams: {
    /** By symbol: trade id. */
    readonly trades: Readonly<Record<string, number>>;
    /** By symbol: book update id. */
    readonly book: Readonly<Record<string, number>>;
    /** Execution id of the user stream. */
    readonly executions: number;
    /** Account update id of the user stream. */
    readonly balances: number;
  };
  /** Commands handed to the venue, or about to be, that have no answer yet. */
  readonly openCommands: number;
  /** How often it has come into step with the venue after connecting, over its whole life. */
  readonly syncs: number;
  /** Records in its journal. */
  readonly sequence: number;
}
