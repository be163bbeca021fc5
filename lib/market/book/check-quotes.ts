/**
 * Does a stream of best prices (Binance bookTicker) agree with the book that the depth messages of the same capture make?
 * Both number the same updates of the book. Between the message that ends with update p and the next, which ends with l:
 *
 *   exact    the newest quote with p < id <= l is the best bid and ask of the book after the message, price and quantity
 *   standing each price of an earlier quote in that stretch is in the book before the message with this very quantity,
 *            or the message changes it: what it was in between, depth messages do not tell
 */
import type { TableColumns } from "#model";
import { type BookOptions, type BookReport, createBookReplay, messageEnd } from "./replay-book.ts";

export interface QuoteAgreement {
  /** Quotes compared by either rule; those outside the synchronised part are not. */
  readonly compared: number;
  readonly exact: number;
  readonly standing: number;
  readonly disagreeing: number;
  /** Update ids of the first hundred that disagree. */
  readonly disagreeingIds: readonly number[];
  readonly book: BookReport;
}

/**
 * @param depth, quotes of one instrument and capture, in order of arrival.
 * Errors: as `createBookReplay`.
 */
export function checkQuotes(
  depth: TableColumns<"depth">,
  quotes: TableColumns<"quotes">,
  options: BookOptions,
): QuoteAgreement {
  const replay = createBookReplay(options);
  const order = Uint32Array.from(quotes.id.keys()).sort((a, b) => quotes.id[a]! - quotes.id[b]! || a - b);
  const [tick, lot] = [Number(options.tick), Number(options.lot)];
  const stands = (side: 1 | -1, price: number, quantity: number): boolean =>
    replay.book.lotsAt(side, Math.round(price / tick)) === Math.max(1, Math.round(quantity / lot));
  const counts = { exact: 0, standing: 0, disagreeing: 0 };
  const disagreeingIds: number[] = [];
  const count = (agrees: boolean, rule: "exact" | "standing", id: number): void => {
    counts[agrees ? rule : "disagreeing"]++;
    if (!agrees && disagreeingIds.length < 100) disagreeingIds.push(id);
  };
  let next = 0;
  for (let row = 0; row < depth.time.length; ) {
    const end = messageEnd(depth, row);
    const applied = replay.report().applied;
    const wasSynced = replay.isSynced && applied > 1;
    const lastId = depth.lastId[row]!;
    const from = next;
    while (next < order.length && quotes.id[order[next]!]! <= lastId) next++;
    if (wasSynced) {
      for (let k = from; k < next - 1; k++) {
        const i = order[k]!;
        const holds = (side: 1 | -1, price: number, quantity: number): boolean =>
          stands(side, price, quantity) || isChanged(depth, row, end, side, price);
        const agrees =
          holds(1, quotes.bid[i]!, quotes.bidQuantity[i]!) &&
          holds(-1, quotes.ask[i]!, quotes.askQuantity[i]!);
        count(agrees, "standing", quotes.id[i]!);
      }
    }
    replay.apply(depth, row);
    row = end;
    if (!wasSynced || !replay.isSynced || next === from || depth.snapshot[end - 1] === 1) continue;
    const i = order[next - 1]!;
    const { bid, ask } = replay.book;
    const agrees =
      bid === Math.round(quotes.bid[i]! / tick) &&
      ask === Math.round(quotes.ask[i]! / tick) &&
      stands(1, quotes.bid[i]!, quotes.bidQuantity[i]!) &&
      stands(-1, quotes.ask[i]!, quotes.askQuantity[i]!);
    count(agrees, "exact", quotes.id[i]!);
  }
  const compared = counts.exact + counts.standing + counts.disagreeing;
  return { compared, ...counts, disagreeingIds, book: replay.report() };
}

function isChanged(
  depth: TableColumns<"depth">,
  from: number,
  to: number,
  side: number,
  price: number,
): boolean {
  for (let i = from; i < to; i++) if (depth.price[i] === price && depth.side[i] === side) return true;
  return false;
}
