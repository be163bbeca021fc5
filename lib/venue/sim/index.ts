export { type Balance, type BarVenue, createBarVenue, type Funds } from "./bar-venue.ts";
export { depthLots, lowFirst, PRINTS_PER_BAR, printTime } from "./liquidity.ts";
