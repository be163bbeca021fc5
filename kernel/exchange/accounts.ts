import type { Millis } from "#core";
import type { AssetUnits, Lots, Ticks } from "#model";
import type { OrderTicket, VenueReport } from "#venue";

export type OrderStatus = "new" | "partially-filled" | "filled" | "canceled" | "expired";

/** An order of an account, as far as the venue has reported it. */
export interface OrderRecord {
  /** The exchange's number of it, from 1 over all accounts. */
  readonly id: number;
  readonly ticket: OrderTicket;
  readonly acceptedAt: Millis;
  status: OrderStatus;
  updatedAt: Millis;
  filledLots: Lots;
  /** Quote units traded. */
  tradedUnits: AssetUnits;
  /** Client id of the last request to cancel it. */
  cancelId: string | undefined;
}

/** An account's side of a trade. */
export interface AccountTrade {
  /** The venue's id, from 1 over all accounts. Other numbers than those on the public tape. */
  readonly id: number;
  readonly order: OrderRecord;
  readonly time: Millis;
  readonly ticks: Ticks;
  readonly lots: Lots;
  readonly quoteUnits: AssetUnits;
  readonly fee: AssetUnits;
  readonly feeAsset: string;
  readonly isMaker: boolean;
}

/** One thing that happened to an order, with the order as it was then: later reports change the record. */
export interface Execution {
  /** From 1, rising over all symbols and accounts. */
  readonly id: number;
  readonly time: Millis;
  readonly kind: "new" | "trade" | "expired" | "canceled";
  readonly order: Readonly<OrderRecord>;
  /** For kind "trade". */
  readonly trade?: AccountTrade;
}

/** The orders and trades of one account. */
export class AccountRecords {
  readonly orders: OrderRecord[] = [];
  readonly trades: AccountTrade[] = [];
  private readonly byId = new Map<number, OrderRecord>();
  /** Client ids may be used again once their order has ended: the last one counts. */
  private readonly byClientId = new Map<string, OrderRecord>();

  add(order: OrderRecord): void {
    this.orders.push(order);
    this.byId.set(order.id, order);
    this.byClientId.set(order.ticket.id, order);
  }

  withId(id: number): OrderRecord | undefined {
    return this.byId.get(id);
  }

  withClientId(clientId: string): OrderRecord | undefined {
    return this.byClientId.get(clientId);
  }

  open(): OrderRecord[] {
    return this.orders.filter(isOpen);
  }

  /** Books a report of the venue on its order. @returns the trade if it was one. */
  book({ event, isMaker }: VenueReport, quoteUnits: AssetUnits): AccountTrade | undefined {
    const order = this.byClientId.get(event.id)!;
    order.updatedAt = event.time;
    if (event.kind === "order-canceled" || event.kind === "order-expired") {
      order.status = event.kind === "order-canceled" ? "canceled" : "expired";
    }
    if (event.kind !== "order-filled") return undefined;
    const { time, ticks, lots, fee, feeAsset } = event;
    order.filledLots += lots;
    order.tradedUnits += quoteUnits;
    order.status = order.filledLots === order.ticket.lots ? "filled" : "partially-filled";
    const trade = { id: Number(event.trade), order, time, ticks, lots, quoteUnits, fee, feeAsset, isMaker };
    this.trades.push(trade);
    return trade;
  }
}

export function isOpen({ status }: OrderRecord): boolean {
  return status === "new" || status === "partially-filled";
}
