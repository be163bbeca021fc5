import type { Millis } from "#core";
import type { RecorderEvent, TableColumns } from "#model";

/** One message of Binance's stream of aggregate trades. */
export interface RawTrade {
  readonly a: number | string;
  readonly p: string;
  readonly q: string;
  readonly T: number | string;
  /** True if the buyer waited in the book. */
  readonly m: boolean;
}

/** Trades from this number on, oldest first, up to 1,000. */
export type FetchTrades = (fromId: number) => Promise<readonly RawTrade[]>;

const PAGE = 1000;
/** More than this is history, which has a rate to keep to: `tickbook data fetch`. */
const FILL_MAX = 100_000;

/**
 * The trades of one instrument, each once. They are numbered one by one: what the stream left out is asked for, and
 * told later, without a time of receipt. Rows are not in order then; the store puts them so.
 */
export class TradeLine {
  readonly #fetch: FetchTrades;
  readonly #tell: (event: RecorderEvent) => void;
  #last: number | undefined;
  /** One after another; a failure is told as a gap and is nobody's error. */
  #fetching: Promise<void> = Promise.resolve();

  /** @param last number of the last trade that is recorded already. */
  constructor(fetch: FetchTrades, tell: (event: RecorderEvent) => void, last?: number) {
    this.#fetch = fetch;
    this.#tell = tell;
    this.#last = last;
  }

  take(raw: RawTrade, received: Millis): void {
    const id = Number(raw.a);
    if (this.#last !== undefined && id <= this.#last) return;
    const expected = (this.#last ?? id - 1) + 1;
    this.#last = id;
    this.#tell({ kind: "trades", columns: tradeColumns([raw], received) });
    if (id > expected) this.#fetching = this.#fetching.then(() => this.#fill(expected, id, Number(raw.T)));
  }

  /** Resolves when nothing is being asked for any more. */
  settled(): Promise<void> {
    return this.#fetching;
  }

  async #fill(from: number, to: number, time: Millis): Promise<void> {
    let next = from;
    try {
      while (next < to && to - from <= FILL_MAX) {
        const rows = (await this.#fetch(next)).filter(({ a }) => Number(a) >= next && Number(a) < to);
        if (rows.length > 0) this.#tell({ kind: "trades", columns: tradeColumns(rows, Number.NaN) });
        next = Number(rows.at(-1)?.a ?? to - 1) + 1;
        if (rows.length < PAGE) break;
      }
    } catch (error) {
      this.#tell({ kind: "lost", time, reason: (error as Error).message });
    }
    if (next < to) this.#tell({ kind: "gap", of: "trades", time, expected: next, seen: to });
  }
}

function tradeColumns(rows: readonly RawTrade[], received: Millis): TableColumns<"trades"> {
  return {
    time: Float64Array.from(rows, ({ T }) => Number(T)),
    received: new Float64Array(rows.length).fill(received),
    id: Float64Array.from(rows, ({ a }) => Number(a)),
    price: Float64Array.from(rows, ({ p }) => Number(p)),
    quantity: Float64Array.from(rows, ({ q }) => Number(q)),
    side: Float64Array.from(rows, ({ m }) => (m ? -1 : 1)),
  };
}
