export { bookImbalance, microprice, orderFlowImbalance } from "./book.ts";
export {
  createQuoteFlow,
  createTradeFlow,
  pushQuote,
  pushTrade,
  type QuoteFlow,
  quoteFeatures,
  type TradeFlow,
  tradeFeatures,
} from "./events.ts";
export { amihud, kyleLambda } from "./illiquidity.ts";
export { tradeImbalance, vpin } from "./imbalance.ts";
export { signedVolume, tradeFlow } from "./signed-volume.ts";
export { corwinSchultz, rollSpread } from "./spread.ts";
