import type { Instrument, MarketTrade } from "#model";
import { exactLots, exactTicks, type Raw } from "./binance-reports.ts";

/** Rows in one answer, at most. */
const PAGE = 1000;
/** A tape that says nothing for so long is asked whether it missed something. */
const QUIET_MS = 1000;
const QUIET_MS_MAX = 10_000;

/** How a tape reaches the exchange. */
export interface TapeSource {
  /** The trades that came since the last call. */
  watch(): Promise<readonly Raw[]>;
  /** Trades from this id on, oldest first. */
  fetch(fromId: number, limit: number): Promise<readonly Raw[]>;
}

/**
 * The trades of one instrument, each once and none left out: ids rise by one, so a gap shows, and what is missing is
 * asked for before what came after it is told.
 */
export class TradeTape {
  readonly #instrument: Instrument;
  readonly #index: number;
  readonly #source: TapeSource;
  readonly #tell: (trade: MarketTrade) => void;
  #last: number;
  /** True until the first trades after connecting: some may have been missed before. */
  #isFresh = true;

  constructor(
    instrument: Instrument,
    index: number,
    last: number,
    source: TapeSource,
    tell: (trade: MarketTrade) => void,
  ) {
    this.#instrument = instrument;
    this.#index = index;
    this.#last = last;
    this.#source = source;
    this.#tell = tell;
  }

  /** Waits for the next trades and tells them. Throws when the connection is lost: call it again. */
  async next(): Promise<void> {
    const watching = this.#source.watch();
    // Awaited below; until then its failure is nobody's.
    watching.catch(() => {});
    if (this.#isFresh) await this.catchUp();
    let found: readonly Raw[] | undefined;
    for (let patience = QUIET_MS; !found; patience = Math.min(QUIET_MS_MAX, 2 * patience)) {
      found = await within(watching, this.#last === 0 ? Number.POSITIVE_INFINITY : patience);
      if (!found) await this.#fetchMissing(Number.POSITIVE_INFINITY);
    }
    this.#isFresh = false;
    for (const raw of found) {
      const id = Number(raw.t);
      if (this.#last > 0 && id > this.#last + 1) await this.#fetchMissing(id);
      this.#take(id, raw.T, raw.p, raw.q);
    }
  }

  /** The connection was lost. */
  lost(): void {
    this.#isFresh = true;
  }

  /** Tells what was missed up to now. Nothing is missed before the first trade was seen. */
  async catchUp(): Promise<void> {
    if (this.#last > 0) await this.#fetchMissing(Number.POSITIVE_INFINITY);
  }

  async #fetchMissing(before: number): Promise<void> {
    for (;;) {
      const rows = await this.#source.fetch(this.#last + 1, PAGE);
      const missing = rows.filter(({ id }) => Number(id) > this.#last && Number(id) < before);
      for (const { id, time, price, qty } of missing) this.#take(Number(id), time, price, qty);
      if (missing.length < PAGE) return;
    }
  }

  #take(id: number, time: unknown, price: unknown, quantity: unknown): void {
    if (id <= this.#last) return;
    this.#last = id;
    this.#tell({
      kind: "trade",
      time: Number(time),
      instrument: this.#index,
      id,
      ticks: exactTicks(this.#instrument, price),
      lots: exactLots(this.#instrument, quantity),
    });
  }
}

/** The promise's value, or undefined if it takes longer. */
async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  if (ms === Number.POSITIVE_INFINITY) return promise;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
