import { assert, fail, type Millis } from "#core";
import {
  type Account,
  type AssetUnits,
  type Instrument,
  type Lots,
  notionalUnits,
  type RejectReason,
  type Ticks,
} from "#model";
import { binanceFee } from "./fee.ts";
import { type Funds, Ledger } from "./ledger.ts";
import { askTicks, bidTicks } from "./liquidity.ts";
import type { OrderTicket, VenueOrder, VenueReport } from "./venue-order.ts";

/**
 * The matching engine, of the backtest and of the simulated exchange alike: accounts that trade against the books of
 * the liquidity model and against one another, by price and then time. While no order works, a print costs a few
 * stores.
 *
 * Rules. A submit is answered at once: filters and funds are checked against the standing book, the funds are
 * locked. The order arrives `latencyMs` later and meets the book standing then; at equal times the print goes
 * first. What exceeds the depth: a market order's rest expires, a limit's rest stays. A limit fills at its own price
 * when the other side reaches it, a stop becomes a market order when a print reaches it. A cancel takes effect at
 * arrival too; one that comes too late is without effect. An account never trades with itself: its own orders are
 * passed over. At one price the orders of accounts go before the model's, which stands anew after each print.
 */
export interface SimVenue {
  /** Fills and ends since the host last emptied it, in order. */
  readonly outbox: VenueReport[];
  /** Time of the next arrival of an order or cancel; Infinity for none. */
  nextArrival: Millis;
  /** Orders on their way or in the book. */
  working: number;
  /** A trade at `ticks`: the book moves. Follow it with `match` if anything works here. */
  print(instrument: number, ticks: Ticks, depth: Lots): void;
  /** Fills resting orders that the last print reached. */
  match(time: Millis, instrument: number): void;
  /** Takes an order at `time`, or says why not. It arrives after the latency. */
  submit(time: Millis, account: number, ticket: OrderTicket): VenueOrder | RejectReason;
  /** Takes a cancel at `time`. False if no such order works. */
  cancel(time: Millis, account: number, id: string): boolean;
  /** Lets the next order or cancel arrive. One at a time, because accounts may react to what it causes. */
  arriveNext(): void;
  /** What an account has here, by the venue's own count. */
  funds(account: number): Funds;
  /** The book of an instrument, best price first: the model's quotes and the limits that rest. */
  book(instrument: number): Book;
}

export interface Book {
  readonly bids: readonly BookLevel[];
  readonly asks: readonly BookLevel[];
}

export interface BookLevel {
  readonly ticks: Ticks;
  readonly lots: Lots;
}

interface Arrival {
  readonly time: Millis;
  readonly order: VenueOrder;
  readonly isCancel: boolean;
}

class Venue implements SimVenue {
  readonly outbox: VenueReport[] = [];
  nextArrival = Number.POSITIVE_INFINITY;
  working = 0;
  readonly #account: Account;
  readonly #instruments: readonly Instrument[];
  readonly #ledgers: readonly Ledger[];
  readonly #lastTicks: Float64Array;
  readonly #askLots: Float64Array;
  readonly #bidLots: Float64Array;
  /** In order of arrival: the latency is the same for all, so the queue is sorted. */
  readonly #arrivals: Arrival[] = [];
  /** Resting orders of each instrument, best price first, then oldest first. */
  readonly #resting: VenueOrder[][];
  #trades = 0;

  constructor(account: Account, instruments: readonly Instrument[], accounts: number) {
    this.#account = account;
    this.#instruments = instruments;
    this.#ledgers = Array.from({ length: accounts }, () => new Ledger(account, instruments));
    this.#lastTicks = new Float64Array(instruments.length).fill(Number.NaN);
    this.#askLots = new Float64Array(instruments.length);
    this.#bidLots = new Float64Array(instruments.length);
    this.#resting = instruments.map(() => []);
  }

  print(instrument: number, ticks: Ticks, depth: Lots): void {
    this.#lastTicks[instrument] = ticks;
    this.#askLots[instrument] = depth;
    this.#bidLots[instrument] = depth;
  }

  submit(time: Millis, account: number, ticket: OrderTicket): VenueOrder | RejectReason {
    const locked = Number.isNaN(this.#lastTicks[ticket.instrument]) ? 0n : this.#lockFor(ticket);
    const reason = this.#refusal(account, ticket, locked);
    if (reason) return reason;
    const arrivesAt = time + this.#account.latencyMs;
    const { lots: left } = ticket;
    const order: VenueOrder = {
      ticket,
      account,
      acceptedAt: time,
      arrivesAt,
      left,
      locked,
      traded: 0n,
      state: "accepted",
    };
    this.#ledgers[account]!.take(order, locked);
    this.#enqueue({ time: arrivesAt, order, isCancel: false });
    this.working++;
    return order;
  }

  cancel(time: Millis, account: number, id: string): boolean {
    const order = this.#workingOrders(account).find(({ ticket }) => ticket.id === id);
    if (!order) return false;
    this.#enqueue({ time: time + this.#account.latencyMs, order, isCancel: true });
    return true;
  }

  arriveNext(): void {
    const { time, order, isCancel } = this.#arrivals.shift()!;
    this.nextArrival = this.#arrivals[0]?.time ?? Number.POSITIVE_INFINITY;
    if (isCancel) this.#cancel(time, order);
    else this.#arrive(time, order);
  }

  funds(account: number): Funds {
    return this.#ledgers[account]!.funds(this.#workingOrders(account));
  }

  book(instrument: number): Book {
    const last = this.#lastTicks[instrument]!;
    if (Number.isNaN(last)) return { bids: [], asks: [] };
    const limits = this.#resting[instrument]!.filter(({ ticket }) => ticket.type === "limit");
    const side = (sign: 1 | -1, model: BookLevel) => {
      const levels = new Map<Ticks, Lots>([[model.ticks, model.lots]]);
      for (const { ticket, left } of limits) {
        if (ticket.side === sign) levels.set(ticket.ticks!, (levels.get(ticket.ticks!) ?? 0) + left);
      }
      return [...levels]
        .map(([ticks, lots]) => ({ ticks, lots }))
        .filter(({ lots }) => lots > 0)
        .sort((a, b) => sign * (b.ticks - a.ticks));
    };
    return {
      bids: side(1, { ticks: bidTicks(this.#account, last), lots: this.#bidLots[instrument]! }),
      asks: side(-1, { ticks: askTicks(this.#account, last), lots: this.#askLots[instrument]! }),
    };
  }

  match(time: Millis, instrument: number): void {
    const last = this.#lastTicks[instrument]!;
    const resting = this.#resting[instrument]!;
    // Stops first: the trade itself sets them off, the new book comes after it.
    for (const order of resting.filter(({ ticket }) => ticket.type === "stop" && isReached(ticket, last))) {
      resting.splice(resting.indexOf(order), 1);
      this.#fillMarket(time, order);
    }
    const ask = askTicks(this.#account, last);
    const bid = bidTicks(this.#account, last);
    for (const order of resting.filter(({ ticket }) => ticket.type === "limit")) {
      const { side, ticks } = order.ticket;
      if (order.left === 0 || (side > 0 ? ask > ticks! : bid < ticks!)) continue;
      const depth = side > 0 ? this.#askLots : this.#bidLots;
      const lots = this.#fill(time, order, Math.min(order.left, depth[instrument]!), ticks!, true);
      depth[instrument] = depth[instrument]! - lots;
      this.#leaveIfFilled(order);
    }
  }

  #enqueue(arrival: Arrival): void {
    this.#arrivals.push(arrival);
    this.nextArrival = this.#arrivals[0]!.time;
  }

  #workingOrders(account: number): VenueOrder[] {
    const arriving = this.#arrivals.filter(({ isCancel }) => !isCancel).map(({ order }) => order);
    return [...arriving, ...this.#resting.flat()].filter((order) => order.account === account);
  }

  #refusal(account: number, ticket: OrderTicket, locked: AssetUnits): RejectReason | undefined {
    const { side, type, ticks, lots } = ticket;
    const instrument = this.#instruments[ticket.instrument]!;
    const last = this.#lastTicks[ticket.instrument]!;
    if (Number.isNaN(last)) return "no-market";
    if (type === "stop" && (side < 0 ? ticks! >= last : ticks! <= last)) return "would-trigger";
    const notional = notionalUnits(instrument, ticks ?? last, lots);
    if (notional <= 0n || notional < instrument.minNotionalUnits) return "min-notional";
    const { quote, base } = this.#ledgers[account]!;
    return locked > (side > 0 ? quote : base[ticket.instrument]!) ? "insufficient-funds" : undefined;
  }

  /** What an order holds back: a sale its lots, a buy its value at the limit, or at the best ask. */
  #lockFor({ instrument: index, side, ticks, lots }: OrderTicket): AssetUnits {
    const instrument = this.#instruments[index]!;
    if (side < 0) return BigInt(lots) * BigInt(instrument.baseUnitsPerLot);
    return notionalUnits(instrument, ticks ?? askTicks(this.#account, this.#lastTicks[index]!), lots);
  }

  #arrive(time: Millis, order: VenueOrder): void {
    const { type, instrument } = order.ticket;
    switch (type) {
      case "market":
        this.#fillMarket(time, order);
        break;
      case "limit":
        this.#takeFromBook(time, order, order.ticket.ticks!);
        if (order.left > 0) this.#rest(order);
        break;
      case "stop":
        if (isReached(order.ticket, this.#lastTicks[instrument]!)) this.#fillMarket(time, order);
        else this.#rest(order);
        break;
    }
  }

  #fillMarket(time: Millis, order: VenueOrder): void {
    this.#takeFromBook(time, order, order.ticket.side > 0 ? Number.POSITIVE_INFINITY : 0);
    if (order.left > 0) this.#end(time, order, "expired");
  }

  /** Fills from the other side of the book, best price first, as far as `limit`, depth and funds allow. */
  #takeFromBook(time: Millis, order: VenueOrder, limit: Ticks): void {
    const { side, instrument } = order.ticket;
    const last = this.#lastTicks[instrument]!;
    const depth = side > 0 ? this.#askLots : this.#bidLots;
    const modelTicks = side > 0 ? askTicks(this.#account, last) : bidTicks(this.#account, last);
    const isWithin = (ticks: Ticks, bound: Ticks) => (bound - ticks) * side >= 0;
    for (const maker of this.#makersFor(order)) {
      const ticks = maker.ticket.ticks!;
      if (order.left === 0 || !isWithin(ticks, limit) || !isWithin(ticks, modelTicks)) break;
      const lots = this.#fill(time, order, Math.min(order.left, maker.left), ticks, false);
      if (lots === 0) return;
      this.#fill(time, maker, lots, ticks, true);
      this.#leaveIfFilled(maker);
    }
    if (order.left === 0 || !isWithin(modelTicks, limit)) return;
    const lots = this.#fill(time, order, Math.min(order.left, depth[instrument]!), modelTicks, false);
    depth[instrument] = depth[instrument]! - lots;
  }

  /** Limits of other accounts on the other side, best first. None in a backtest, which has one account. */
  #makersFor({ account, ticket: { side, instrument } }: VenueOrder): VenueOrder[] {
    if (this.#ledgers.length === 1) return [];
    return this.#resting[instrument]!.filter(
      (maker) => maker.account !== account && maker.ticket.side !== side && maker.ticket.type === "limit",
    );
  }

  /** Fills at one price, as far as the funds reach. @returns the lots. */
  #fill(time: Millis, order: VenueOrder, wanted: Lots, ticks: Ticks, isMaker: boolean): Lots {
    const { side, type, instrument: index, id } = order.ticket;
    const instrument = this.#instruments[index]!;
    const ledger = this.#ledgers[order.account]!;
    let lots = wanted;
    let notional = notionalUnits(instrument, ticks, lots);
    if (side > 0 && notional > ledger.quote + order.locked) {
      lots = Number((ledger.quote + order.locked) / notionalUnits(instrument, ticks, 1));
      notional = notionalUnits(instrument, ticks, lots);
    }
    if (lots <= 0) return 0;
    const { fee, feeAsset } = binanceFee(this.#account, instrument, side, ticks, lots);
    const moved = BigInt(lots) * BigInt(instrument.baseUnitsPerLot);
    // A buy at market may cost more than was locked: its lock goes into the fill as a whole, its rest expires anyway.
    const isWhole = order.left === lots || (side > 0 && type !== "limit");
    const part = isWhole ? order.locked : (order.locked * BigInt(lots)) / BigInt(order.left);
    order.left -= lots;
    order.locked -= part;
    order.traded += notional;
    if (side > 0) {
      ledger.quote += part - notional;
      ledger.base[index] = ledger.base[index]! + moved - fee;
    } else {
      ledger.quote += notional - fee;
    }
    assert(ledger.quote >= 0n && ledger.base[index]! >= 0n, "the simulated account never owes anything");
    const trade = String(++this.#trades);
    if (order.left === 0) {
      order.state = "filled";
      this.working--;
    }
    const event = { kind: "order-filled", time, id, trade, ticks, lots, fee, feeAsset } as const;
    this.outbox.push({ order, event, isMaker });
    return lots;
  }

  #cancel(time: Millis, order: VenueOrder): void {
    if (order.state !== "accepted") return;
    this.#leave(order);
    this.#end(time, order, "canceled");
  }

  #end(time: Millis, order: VenueOrder, state: "expired" | "canceled"): void {
    this.#ledgers[order.account]!.take(order, -order.locked);
    order.locked = 0n;
    order.state = state;
    this.working--;
    this.outbox.push({ order, event: { kind: `order-${state}`, time, id: order.ticket.id }, isMaker: false });
  }

  #rest(order: VenueOrder): void {
    const resting = this.#resting[order.ticket.instrument]!;
    const better = resting.findIndex(({ ticket }) => isBehind(ticket, order.ticket));
    resting.splice(better < 0 ? resting.length : better, 0, order);
  }

  #leaveIfFilled(order: VenueOrder): void {
    if (order.left === 0) this.#leave(order);
  }

  #leave(order: VenueOrder): void {
    const resting = this.#resting[order.ticket.instrument]!;
    resting.splice(resting.indexOf(order), 1);
  }
}

function isReached({ side, ticks }: OrderTicket, last: Ticks): boolean {
  return side < 0 ? last <= ticks! : last >= ticks!;
}

/** True if `a` stands behind `b` on the same side: a lower bid or a higher ask. */
function isBehind(a: OrderTicket, b: OrderTicket): boolean {
  return a.side === b.side && a.type === b.type && (b.ticks! - a.ticks!) * a.side > 0;
}

/**
 * A venue where each account has all its capital in cash.
 * @param account the terms: capital, fees, latency, and the liquidity model's spread and depth. @param accounts how many.
 * Errors: `venue.unsupported` for an account of another venue.
 */
export function createSimVenue(account: Account, instruments: readonly Instrument[], accounts = 1): SimVenue {
  if (account.venue !== "binance") {
    fail("venue.unsupported", { message: `the simulated venue does not know ${String(account.venue)}` });
  }
  return new Venue(account, instruments, accounts);
}
