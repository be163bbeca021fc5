import type { Instrument, MarketTrade } from "#model";
import { exactLots, exactTicks, type Raw } from "./binance-reports.ts";

/** Rows in one answer, at most. */
const PAGE = 1000;
/** A tape that says nothing for so long is asked whether it missed something. */
const QUIET_MS = 1000;
const QUIET_MS_MAX = 10_000;
/** How often, and after which pause, a gap is asked about that the exchange's answers do not fill yet. */
const GAP_ATTEMPTS = 5;
const GAP_MS = 100;
/** Missed trades that reach so far beyond the last one told, by the exchange's clock, are no skew but an outage. */
const BEHIND_MS = 5000;

/** How a tape reaches the exchange. */
export interface TapeSource {
  /** The trades that came since the last call. */
  watch(): Promise<readonly Raw[]>;
  /** Trades from this id on, oldest first. */
  fetch(fromId: number, limit: number): Promise<readonly Raw[]>;
  /** The latest trade, if there was any. */
  latest(): Promise<readonly Raw[]>;
}

/**
 * The trades of one instrument, each once and none left out: ids rise by one, so a gap shows, and what is missing is
 * asked for before what came after it is told. A trade counts as told when `tell` has returned: if it throws, the trade
 * is asked for again.
 */
export class TradeTape {
  readonly #instrument: Instrument;
  readonly #index: number;
  readonly #source: TapeSource;
  readonly #tell: (trade: MarketTrade) => void;
  readonly #onBehind: () => void;
  #last: number;
  /** Time of the last trade told; NaN before the first of this life. */
  #lastTime = Number.NaN;
  /** True until the first trades after connecting: some may have been missed before. */
  #isFresh = true;
  /** One after another: what is asked for follows from what was told. */
  #fetching: Promise<void> = Promise.resolve();

  constructor(
    instrument: Instrument,
    index: number,
    last: number,
    source: TapeSource,
    tell: (trade: MarketTrade) => void,
    onBehind: () => void = () => {},
  ) {
    this.#instrument = instrument;
    this.#index = index;
    this.#last = last;
    this.#source = source;
    this.#tell = tell;
    this.#onBehind = onBehind;
  }

  /** Waits for the next trades and tells them. Throws when the connection is lost: call it again. */
  async next(): Promise<void> {
    const watching = this.#source.watch();
    // Awaited below; until then its failure is nobody's.
    watching.catch(() => {});
    if (this.#isFresh && this.#last > 0) await this.#fetchMissing(Number.POSITIVE_INFINITY, this.#onBehind);
    let found: readonly Raw[] | undefined;
    for (let patience = QUIET_MS; !found; patience = Math.min(QUIET_MS_MAX, 2 * patience)) {
      found = await within(watching, this.#last === 0 ? Number.POSITIVE_INFINITY : patience);
      if (!found) await this.#fetchMissing(Number.POSITIVE_INFINITY, this.#onBehind);
    }
    this.#isFresh = false;
    for (const raw of found) {
      const id = Number(raw.t);
      if (this.#last > 0 && id > this.#last + 1) await this.#fetchMissing(id, this.#onBehind);
      this.#take(id, raw.T, raw.p, raw.q);
    }
  }

  /** The connection was lost. */
  lost(): void {
    this.#isFresh = true;
  }

  /** Tells what was missed up to now. Before the first trade that is the latest one: from there on none is missed. */
  async catchUp(): Promise<void> {
    if (this.#last > 0) return this.#fetchMissing(Number.POSITIVE_INFINITY, () => {});
    const [newest] = await this.#source.latest();
    if (newest && this.#last === 0) this.#take(Number(newest.id), newest.time, newest.price, newest.qty);
  }

  /** @param onBehind is told before trades of long ago are. */
  #fetchMissing(before: number, onBehind: () => void): Promise<void> {
    const fetched = this.#fetching.then(() => this.#fetchUntil(before, onBehind));
    this.#fetching = fetched.catch(() => {});
    return fetched;
  }

  /** The exchange's answers may be behind its stream: a gap that stays open for all that is one in its numbers. */
  async #fetchUntil(before: number, onBehind: () => void): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      await this.#fetchPages(before, onBehind);
      const isWhole = before === Number.POSITIVE_INFINITY || this.#last >= before - 1;
      if (isWhole || attempt === GAP_ATTEMPTS) return;
      await new Promise((resolve) => setTimeout(resolve, GAP_MS * attempt));
    }
  }

  async #fetchPages(before: number, onBehind: () => void): Promise<void> {
    for (;;) {
      const rows = await this.#source.fetch(this.#last + 1, PAGE);
      const missing = rows.filter(({ id }) => Number(id) > this.#last && Number(id) < before);
      if (Number(missing.at(-1)?.time) - this.#lastTime > BEHIND_MS) onBehind();
      for (const { id, time, price, qty } of missing) this.#take(Number(id), time, price, qty);
      if (missing.length < PAGE) return;
    }
  }

  #take(id: number, time: unknown, price: unknown, quantity: unknown): void {
    if (id <= this.#last) return;
    this.#tell({
      kind: "trade",
      time: Number(time),
      instrument: this.#index,
      id,
      ticks: exactTicks(this.#instrument, price),
      lots: exactLots(this.#instrument, quantity),
    });
    this.#last = id;
    this.#lastTime = Number(time);
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
