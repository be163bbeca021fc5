import type { Millis } from "#core";
import type { AssetUnits, Lots, OrderEvent, OrderType, Side, Ticks } from "#model";

/** What is asked of a venue. */
export interface OrderTicket {
  /** Client order id. */
  readonly id: string;
  readonly instrument: number;
  readonly side: Side;
  readonly type: OrderType;
  readonly lots: Lots;
  /** The limit, or the stop's trigger; undefined for market orders. */
  readonly ticks: Ticks | undefined;
}

/** An order as its venue knows it. */
export interface VenueOrder {
  readonly ticket: OrderTicket;
  readonly account: number;
  readonly acceptedAt: Millis;
  /** When it reaches the book. */
  readonly arrivesAt: Millis;
  left: Lots;
  /** What is held back for it: quote units of a buy, base units of a sale. */
  locked: AssetUnits;
  /** Quote units traded so far. */
  traded: AssetUnits;
  state: "accepted" | "filled" | "expired" | "canceled";
}

/** What happened to an order, and to which. */
export interface VenueReport {
  readonly order: VenueOrder;
  readonly event: OrderEvent;
  /** True if the order stood in the book when it was filled. */
  readonly isMaker: boolean;
}
