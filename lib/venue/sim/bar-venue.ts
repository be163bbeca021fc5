import { assert, fail, type Millis, parseUnits } from "#core";
import {
  type Account,
  type AssetUnits,
  type Instrument,
  type Lots,
  notionalUnits,
  type Order,
  type OrderCommand,
  type OrderEvent,
  type RejectReason,
  type Ticks,
} from "#model";
import { binanceFee } from "./fee.ts";
import { askTicks, bidTicks } from "./liquidity.ts";

/**
 * The backtest's venue: one account against the books of the liquidity model. While no order works, a print costs
 * a few stores.
 *
 * Rules. A submit is answered at once: filters and funds are checked against the standing book, the funds are
 * locked. The order arrives `latencyMs` later and meets the book standing then; at equal times the print goes
 * first. What exceeds the depth: a market order's rest expires, a limit's rest stays. A limit fills at its own price
 * when the other side reaches it, a stop becomes a market order when a print reaches it. A cancel takes effect at
 * arrival too; one that comes too late is without effect. Funds are counted here on their own, as a venue does.
 */
export interface BarVenue {
  /** Fills and ends since the host last emptied it, in order. */
  readonly outbox: OrderEvent[];
  /** Time of the next arrival of an order or cancel; Infinity for none. */
  nextArrival: Millis;
  /** Orders on their way or in the book. */
  working: number;
  /** A trade at `ticks`: the book moves. Follow it with `match` if anything works here. */
  print(instrument: number, ticks: Ticks, depth: Lots): void;
  /** Fills resting orders that the last print reached. */
  match(time: Millis, instrument: number): void;
  /** Takes a command at `time`; it arrives after the latency. The answer to a submit: accepted or rejected. */
  send(time: Millis, command: OrderCommand): OrderEvent | undefined;
  /** Lets the next order or cancel arrive. One at a time, because the account may react to what it causes. */
  arriveNext(): void;
  /** What the account has here, by the venue's own count. */
  funds(): Funds;
}

/** Free and held back for orders, in the assets' smallest units. */
export interface Balance {
  readonly free: AssetUnits;
  readonly locked: AssetUnits;
}

export interface Funds {
  readonly quote: Balance;
  /** By instrument. */
  readonly base: readonly Balance[];
}

interface Resting {
  readonly order: Order;
  left: Lots;
  /** What is held back: quote units of a buy, base units of a sale. */
  locked: AssetUnits;
}

type Arrival = { readonly time: Millis; readonly resting: Resting | undefined; readonly cancel: string };

class Venue implements BarVenue {
  readonly outbox: OrderEvent[] = [];
  nextArrival = Number.POSITIVE_INFINITY;
  working = 0;
  readonly #account: Account;
  readonly #instruments: readonly Instrument[];
  readonly #lastTicks: Float64Array;
  readonly #askLots: Float64Array;
  readonly #bidLots: Float64Array;
  #quote: AssetUnits;
  readonly #base: AssetUnits[];
  /** In order of arrival: the latency is the same for all, so the queue is sorted. */
  readonly #arrivals: Arrival[] = [];
  /** Resting orders of each instrument, best price first, then oldest first. */
  readonly #book: Resting[][];

  constructor(account: Account, instruments: readonly Instrument[]) {
    this.#account = account;
    this.#instruments = instruments;
    this.#lastTicks = new Float64Array(instruments.length).fill(Number.NaN);
    this.#askLots = new Float64Array(instruments.length);
    this.#bidLots = new Float64Array(instruments.length);
    this.#quote = parseUnits(account.capital, instruments[0]!.assetDecimals);
    this.#base = instruments.map(() => 0n);
    this.#book = instruments.map(() => []);
  }

  print(instrument: number, ticks: Ticks, depth: Lots): void {
    this.#lastTicks[instrument] = ticks;
    this.#askLots[instrument] = depth;
    this.#bidLots[instrument] = depth;
  }

  send(time: Millis, command: OrderCommand): OrderEvent | undefined {
    const arrival = time + this.#account.latencyMs;
    if (command.kind === "cancel") {
      this.#enqueue({ time: arrival, resting: undefined, cancel: command.order.id });
      return undefined;
    }
    const { order } = command;
    const locked = Number.isNaN(this.#lastTicks[order.instrument]) ? 0n : this.#lockFor(order);
    const reason = this.#refusal(order, locked);
    if (reason) return { kind: "order-rejected", time, id: order.id, reason };
    this.#take(order, locked);
    this.#enqueue({ time: arrival, resting: { order, left: order.lots, locked }, cancel: "" });
    this.working++;
    return { kind: "order-accepted", time, id: order.id };
  }

  arriveNext(): void {
    const arrival = this.#arrivals.shift()!;
    this.nextArrival = this.#arrivals[0]?.time ?? Number.POSITIVE_INFINITY;
    if (arrival.resting) this.#arrive(arrival.time, arrival.resting);
    else this.#cancel(arrival.time, arrival.cancel);
  }

  funds(): Funds {
    const quote = { free: this.#quote, locked: 0n };
    const base = this.#base.map((free) => ({ free, locked: 0n }));
    const arriving = this.#arrivals.flatMap(({ resting }) => resting ?? []);
    for (const { order, locked } of [...arriving, ...this.#book.flat()]) {
      const balance = order.side > 0 ? quote : base[order.instrument]!;
      balance.locked += locked;
    }
    return { quote, base };
  }

  #enqueue(arrival: Arrival): void {
    this.#arrivals.push(arrival);
    this.nextArrival = this.#arrivals[0]!.time;
  }

  #refusal(order: Order, locked: AssetUnits): RejectReason | undefined {
    const instrument = this.#instruments[order.instrument]!;
    const last = this.#lastTicks[order.instrument]!;
    if (Number.isNaN(last)) return "no-market";
    if (order.type === "stop" && (order.side < 0 ? order.ticks! >= last : order.ticks! <= last))
      return "would-trigger";
    const notional = notionalUnits(instrument, order.ticks ?? last, order.lots);
    if (notional <= 0n || notional < instrument.minNotionalUnits) return "min-notional";
    const free = order.side > 0 ? this.#quote : this.#base[order.instrument]!;
    return locked > free ? "insufficient-funds" : undefined;
  }

  /** What an order holds back: a sale its lots, a buy its value at the limit, or at the best ask. */
  #lockFor(order: Order): AssetUnits {
    const instrument = this.#instruments[order.instrument]!;
    if (order.side < 0) return BigInt(order.lots) * BigInt(instrument.baseUnitsPerLot);
    const ticks = order.ticks ?? askTicks(this.#account, this.#lastTicks[order.instrument]!);
    return notionalUnits(instrument, ticks, order.lots);
  }

  /** Moves funds from free to an order, or back with a negative amount. */
  #take(order: Order, units: AssetUnits): void {
    if (order.side > 0) this.#quote -= units;
    else this.#base[order.instrument] = this.#base[order.instrument]! - units;
  }

  #arrive(time: Millis, resting: Resting): void {
    const { order } = resting;
    const last = this.#lastTicks[order.instrument]!;
    switch (order.type) {
      case "market":
        this.#fillMarket(time, resting);
        break;
      case "limit": {
        const other = order.side > 0 ? askTicks(this.#account, last) : bidTicks(this.#account, last);
        if ((order.ticks! - other) * order.side >= 0) this.#fill(time, resting, other);
        if (resting.left > 0) this.#rest(resting);
        break;
      }
      case "stop":
        if (stopReached(order, last)) this.#fillMarket(time, resting);
        else this.#rest(resting);
        break;
    }
  }

  match(time: Millis, instrument: number): void {
    const last = this.#lastTicks[instrument]!;
    const book = this.#book[instrument]!;
    const ask = askTicks(this.#account, last);
    const bid = bidTicks(this.#account, last);
    // Stops first: the trade itself sets them off, the new book comes after it.
    for (const resting of book.filter(({ order }) => order.type === "stop" && stopReached(order, last))) {
      book.splice(book.indexOf(resting), 1);
      this.#fillMarket(time, resting);
    }
    for (const resting of book.filter(({ order }) => order.type === "limit")) {
      const { order } = resting;
      if (order.side > 0 ? ask > order.ticks! : bid < order.ticks!) continue;
      this.#fill(time, resting, order.ticks!);
      if (resting.left === 0) book.splice(book.indexOf(resting), 1);
    }
  }

  #fillMarket(time: Millis, resting: Resting): void {
    const last = this.#lastTicks[resting.order.instrument]!;
    this.#fill(
      time,
      resting,
      resting.order.side > 0 ? askTicks(this.#account, last) : bidTicks(this.#account, last),
    );
    if (resting.left === 0) return;
    this.#release(resting);
    this.outbox.push({ kind: "order-expired", time, id: resting.order.id });
  }

  /** Fills as much as depth and funds allow at one price. Ends the order if nothing is left. */
  #fill(time: Millis, resting: Resting, ticks: Ticks): void {
    const { order } = resting;
    const instrument = this.#instruments[order.instrument]!;
    const depth = order.side > 0 ? this.#askLots : this.#bidLots;
    let lots = Math.min(resting.left, depth[order.instrument]!);
    let notional = notionalUnits(instrument, ticks, lots);
    if (order.side > 0 && notional > this.#quote + resting.locked) {
      lots = Number((this.#quote + resting.locked) / notionalUnits(instrument, ticks, 1));
      notional = notionalUnits(instrument, ticks, lots);
    }
    if (lots <= 0) return;
    depth[order.instrument] = depth[order.instrument]! - lots;
    const { fee, feeAsset } = binanceFee(this.#account, instrument, order.side, ticks, lots);
    const moved = BigInt(lots) * BigInt(instrument.baseUnitsPerLot);
    // A buy at market may cost more than was locked: its lock goes into the fill as a whole, its rest expires anyway.
    const isWhole = resting.left === lots || (order.side > 0 && order.type !== "limit");
    const part = isWhole ? resting.locked : (resting.locked * BigInt(lots)) / BigInt(resting.left);
    resting.left -= lots;
    resting.locked -= part;
    if (order.side > 0) {
      this.#quote += part - notional;
      this.#base[order.instrument] = this.#base[order.instrument]! + moved - fee;
    } else {
      this.#quote += notional - fee;
    }
    assert(
      this.#quote >= 0n && this.#base[order.instrument]! >= 0n,
      "the simulated account never owes anything",
    );
    this.outbox.push({ kind: "order-filled", time, id: order.id, ticks, lots, fee, feeAsset });
    if (resting.left === 0) this.working--;
  }

  #cancel(time: Millis, id: string): void {
    for (const book of this.#book) {
      const at = book.findIndex(({ order }) => order.id === id);
      if (at < 0) continue;
      this.#release(book[at]!);
      book.splice(at, 1);
      this.outbox.push({ kind: "order-canceled", time, id });
      return;
    }
  }

  #release(resting: Resting): void {
    this.#take(resting.order, -resting.locked);
    resting.locked = 0n;
    this.working--;
  }

  #rest(resting: Resting): void {
    const book = this.#book[resting.order.instrument]!;
    const better = book.findIndex(({ order }) => worsePrice(order, resting.order));
    book.splice(better < 0 ? book.length : better, 0, resting);
  }
}

function stopReached(order: Order, last: Ticks): boolean {
  return order.side < 0 ? last <= order.ticks! : last >= order.ticks!;
}

/** True if `a` stands behind `b` on the same side: a lower bid or a higher ask. */
function worsePrice(a: Order, b: Order): boolean {
  return a.side === b.side && a.type === b.type && (b.ticks! - a.ticks!) * a.side > 0;
}

/** A venue with all capital in cash. Errors: `venue.unsupported` for an account of another venue. */
export function createBarVenue(account: Account, instruments: readonly Instrument[]): BarVenue {
  if (account.venue !== "binance") {
    fail("venue.unsupported", { message: `the simulated venue does not know ${String(account.venue)}` });
  }
  return new Venue(account, instruments);
}
