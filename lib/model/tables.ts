/**
 * What market data besides bars looks like in columns: one Float64Array a field, all of one length, ordered by `time`
 * (UTC milliseconds, the venue's own stamp; fractions allowed). Where both times are known, `received` is when the
 * message reached the recorder (UTC milliseconds, by its clock), else NaN.
 */

/** Every kind but bars, whose kind is their timeframe ("1m", "1d"). */
export const TABLE_KINDS = {
  /** Trades of the tape. side: 1 where the buyer took, -1 where the seller took, NaN unknown. */
  trades: ["time", "received", "id", "price", "quantity", "side"],
  /** Best prices of the book. id: the venue's update id. */
  quotes: ["time", "received", "id", "bid", "bidQuantity", "ask", "askQuantity"],
  /**
   * Changes of the order book, one level a row; a message is the run of rows with the same firstId and lastId.
   * quantity 0 removes the level. side: 1 bid, -1 ask. snapshot: 1 where the message replaces the whole book.
   * firstId, lastId: the venue's sequence numbers of the message; previousId: that of the message before (NaN if the venue names none).
   */
  depth: ["time", "received", "firstId", "lastId", "previousId", "snapshot", "side", "price", "quantity"],
  /** Funding of a perpetual future. rate: a fraction paid by longs to shorts at `time`. */
  funding: ["time", "rate"],
  /**
   * Any value by date: fundamentals, alternative data. time: the moment or period that the value speaks of (start of a
   * day or quarter). published: when anybody could first know it; never before `time`. A later row with the same time is a
   * restatement.
   */
  series: ["time", "published", "value"],
} as const;

export type TableKind = keyof typeof TABLE_KINDS;
export type TableColumn<K extends TableKind = TableKind> = (typeof TABLE_KINDS)[K][number];
/** Columns of equal length. */
export type TableColumns<K extends TableKind = TableKind> = { readonly [C in TableColumn<K>]: Float64Array };
