export { type BarVenue, createBarVenue } from "./bar-venue.ts";
export { depthLots, lowFirst, PRINTS_PER_BAR, printTime } from "./liquidity.ts";
