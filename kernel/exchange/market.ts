import { assert, type Millis } from "#core";
import { type Account, type Instrument, notionalUnits, type RejectReason } from "#model";
import { createSimVenue, type Funds, type OrderTicket, type SimVenue, type VenueReport } from "#venue";
import { AccountRecords, type Execution, isOpen, type OrderRecord } from "./accounts.ts";
import { type BookChange, BookFeed } from "./book-feed.ts";
import type { Tape, TapeTrade } from "./tape.ts";

/** What is told on the streams, in this order, one message each. */
export type MarketEvent =
  | { readonly kind: "trade"; readonly instrument: number; readonly trade: TapeTrade }
  | {
      readonly kind: "book";
      readonly instrument: number;
      readonly time: Millis;
      readonly change: BookChange;
    }
  | { readonly kind: "execution"; readonly account: number; readonly execution: Execution }
  /** The funds that an order may have moved. Told as they are when it is sent: never older than the orders told. */
  | {
      readonly kind: "balances";
      readonly account: number;
      readonly instrument: number;
      readonly time: Millis;
      /** From 1, rising over all accounts. */
      readonly id: number;
    };

/**
 * The exchange without its protocol: prints and arrivals move it, commands of accounts are answered at once, and
 * what it has to tell waits in `queue`.
 */
export class Market {
  readonly terms: Account;
  readonly tapes: readonly Tape[];
  readonly feeds: readonly BookFeed[];
  readonly accounts: readonly AccountRecords[];
  readonly queue: MarketEvent[] = [];
  /** Venue time: when the last print or arrival was. */
  now: Millis;
  /** Called when a command was taken: there may be something to tell, or to arrive earlier. */
  onCommand: () => void = () => {};
  private readonly venue: SimVenue;
  private orders = 0;
  private executions = 0;
  private balances = 0;

  constructor(terms: Account, tapes: readonly Tape[], accounts: number) {
    this.terms = terms;
    this.tapes = tapes;
    this.feeds = tapes.map(() => new BookFeed());
    this.accounts = Array.from({ length: accounts }, () => new AccountRecords());
    this.venue = createSimVenue(
      terms,
      tapes.map(({ instrument }) => instrument),
      accounts,
    );
    this.now = timeBefore(tapes);
  }

  get nextArrival(): Millis {
    return this.venue.nextArrival;
  }

  instrument(index: number): Instrument {
    return this.tapes[index]!.instrument;
  }

  /** The next print of an instrument: the trade, the book after it, then what it filled. */
  print(index: number): void {
    const tape = this.tapes[index]!;
    const trade = tape.print();
    this.now = trade.time;
    this.venue.print(index, trade.ticks, tape.depth(this.terms));
    this.venue.match(this.now, index);
    this.queue.push({ kind: "trade", instrument: index, trade });
    this.tellBook(index);
    this.tellReports();
  }

  /** Lets the next order or cancel arrive. */
  arrive(): void {
    this.now = this.venue.nextArrival;
    this.venue.arriveNext();
    for (let i = 0; i < this.tapes.length; i++) this.tellBook(i);
    this.tellReports();
  }

  /** Takes an order now, or says why not. Precondition: no open order of the account has its client id. */
  submit(account: number, ticket: OrderTicket): OrderRecord | RejectReason {
    const records = this.accounts[account]!;
    assert(!this.hasOpen(account, ticket.id), `no open order has the client id ${ticket.id}`);
    const taken = this.venue.submit(this.now, account, ticket);
    if (typeof taken === "string") return taken;
    const order: OrderRecord = {
      id: ++this.orders,
      ticket,
      acceptedAt: this.now,
      status: "new",
      updatedAt: this.now,
      filledLots: 0,
      tradedUnits: 0n,
      cancelId: undefined,
    };
    records.add(order);
    this.tellExecution(account, { kind: "new", order: { ...order }, time: this.now });
    this.onCommand();
    return order;
  }

  /** Asks for an order to be cancelled; it arrives later. False if the order has ended. */
  cancel(account: number, order: OrderRecord, cancelId: string): boolean {
    if (!isOpen(order)) return false;
    const taken = this.venue.cancel(this.now, account, order.ticket.id);
    if (taken) order.cancelId = cancelId;
    this.onCommand();
    return taken;
  }

  hasOpen(account: number, clientId: string): boolean {
    const order = this.accounts[account]!.withClientId(clientId);
    return order !== undefined && isOpen(order);
  }

  funds(account: number): Funds {
    return this.venue.funds(account);
  }

  private tellBook(index: number): void {
    const change = this.feeds[index]!.update(this.venue.book(index));
    if (change) this.queue.push({ kind: "book", instrument: index, time: this.now, change });
  }

  private tellReports(): void {
    for (const report of this.venue.outbox.splice(0)) this.tellReport(report);
  }

  private tellReport(report: VenueReport): void {
    const { order, event } = report;
    const records = this.accounts[order.account]!;
    const value =
      event.kind === "order-filled"
        ? notionalUnits(this.instrument(order.ticket.instrument), event.ticks, event.lots)
        : 0n;
    const trade = records.book(report, value);
    const record = { ...records.withClientId(event.id)! };
    const kind = trade ? "trade" : event.kind === "order-canceled" ? "canceled" : "expired";
    const { time } = event;
    this.tellExecution(order.account, { kind, order: record, time, ...(trade ? { trade } : {}) });
  }

  private tellExecution(account: number, told: Omit<Execution, "id">): void {
    const { instrument } = told.order.ticket;
    const { time } = told;
    this.queue.push({ kind: "execution", account, execution: { ...told, id: ++this.executions } });
    this.queue.push({ kind: "balances", account, instrument, time, id: ++this.balances });
  }
}

/** Just before the history's last bar ends; without one, just before the replay. */
function timeBefore(tapes: readonly Tape[]): Millis {
  const ends = tapes.flatMap(({ historyEnd }) => historyEnd ?? []);
  return (ends.length > 0 ? Math.max(...ends) : Math.min(...tapes.map(({ nextStart }) => nextStart))) - 1;
}
