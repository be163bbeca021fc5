export {
  type BarBuilder,
  type BarBuilderState,
  barStart,
  createBarBuilder,
  type TradeBar,
} from "./bars-from-trades.ts";
