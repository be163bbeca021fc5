export { cape, evToEbitda, forwardPe, peRatio, priceToBook, priceToSales } from "./multiples.ts";
export { combine, earlier, realMean, trailing } from "./statements.ts";
export {
  bookToMarket,
  debtToEquity,
  dividendYield,
  earningsYield,
  epsGrowth,
  marketCap,
  payoutRatio,
  returnOnEquity,
} from "./yields.ts";
