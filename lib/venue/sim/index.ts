export type { Balance, Funds } from "./ledger.ts";
export { depthLots, lowFirst, PRINTS_PER_BAR, printTime } from "./liquidity.ts";
export { type Book, type BookLevel, createSimVenue, type SimVenue } from "./sim-venue.ts";
export type { OrderTicket, VenueOrder, VenueReport } from "./venue-order.ts";
