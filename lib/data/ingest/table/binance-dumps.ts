/**
 * The files of Binance's public data archive that have no header, told by their first row. Column names are the
 * archive's own (its README on "klines", "trades", "aggTrades"); files with a header bring the same names.
 */
const KLINE = [
  "open_time",
  "open",
  "high",
  "low",
  "close",
  "volume",
  "close_time",
  "quote_volume",
  "count",
  "taker_buy_volume",
  "taker_buy_quote_volume",
  "ignore",
];
const TRADE = ["id", "price", "qty", "quote_qty", "time", "is_buyer_maker", "is_best_match"];
const AGGREGATE = [
  "agg_trade_id",
  "price",
  "quantity",
  "first_trade_id",
  "last_trade_id",
  "transact_time",
  "is_buyer_maker",
  "is_best_match",
];
const NUMBER = /^-?\d+(?:\.\d+)?$/;
const FLAG = /^(?:true|false)$/i;

/** Names of the columns if these cells are a row of such a file; undefined if they are not. */
export function dumpNames(cells: readonly string[]): readonly string[] | undefined {
  const firstFlag = cells.findIndex((cell) => FLAG.test(cell));
  const numbers = firstFlag < 0 ? cells.length : firstFlag;
  const isRow =
    cells.slice(0, numbers).every((cell) => NUMBER.test(cell)) &&
    cells.slice(numbers).every((cell) => FLAG.test(cell));
  if (!isRow) return undefined;
  if (cells.length === KLINE.length && firstFlag < 0) return KLINE;
  // Futures' files end before the flag of the best match.
  const ends = (names: readonly string[]) =>
    cells.length === names.length || cells.length === names.length - 1;
  if (firstFlag === TRADE.indexOf("is_buyer_maker") && ends(TRADE)) return TRADE.slice(0, cells.length);
  if (firstFlag === AGGREGATE.indexOf("is_buyer_maker") && ends(AGGREGATE))
    return AGGREGATE.slice(0, cells.length);
  return undefined;
}
