export {
  type AggregatedBars,
  aggregateBars,
  type BarAggregator,
  type BarAggregatorState,
  type ClosedBar,
  createBarAggregator,
  type OhlcvBar,
} from "./bars/aggregate-bars.ts";
export {
  barsFromTicks,
  createTickBars,
  TICK_BAR_COLUMNS,
  type TickBar,
  type TickBarBuilder,
  type TickBarRule,
  type TickBarState,
  type TickBars,
} from "./bars/bars-from-ticks.ts";
export { type BarRule, createPeriods, type Period, type Periods } from "./bars/periods.ts";
export { type PrintColumns, printsFromBars } from "./bars/prints.ts";
export {
  type BarBuilder,
  type BarBuilderState,
  barStart,
  createBarBuilder,
  type TradeBar,
} from "./bars-from-trades.ts";
export { type Book, type BookState, createBook, type Side } from "./book/book.ts";
export { checkQuotes, type QuoteAgreement } from "./book/check-quotes.ts";
export {
  type BookOptions,
  type BookReplay,
  type BookReport,
  createBookReplay,
  messageEnd,
} from "./book/replay-book.ts";
export {
  createSequence,
  type MessageIds,
  type Sequence,
  type SequenceGap,
  type SequenceRule,
  type SequenceState,
  type SequenceVerdict,
} from "./book/sequence.ts";
export {
  type AsOfCursor,
  type AsOfOptions,
  type AsOfState,
  asOf,
  asOfRows,
  createAsOfCursor,
} from "./join/as-of.ts";
