import { defineFeature } from "../define.ts";
import { factory } from "../feature.ts";
import { createMean, isFullMean, pushMean, sumOf } from "../rolling/mean.ts";

const BID = { name: "bid", series: "quotes.bid" } as const;
const BID_QUANTITY = { name: "bidQuantity", series: "quotes.bidQuantity" } as const;
const ASK = { name: "ask", series: "quotes.ask" } as const;
const ASK_QUANTITY = { name: "askQuantity", series: "quotes.askQuantity" } as const;

const micropriceDefinition = defineFeature({
  id: "flow.microprice",
  version: 1,
  group: "flow",
  summary: "Size-weighted mid: the mid, moved towards the side with less on offer.",
  source:
    "(bid x ask quantity + ask x bid quantity) / (both quantities), which Stoikov 2018 calls the weighted mid; his own microprice adds an adjustment fitted to data. NaN with nothing on either side.",
  inputs: [BID, BID_QUANTITY, ASK, ASK_QUANTITY],
  params: {},
  outputs: ["value"],
  unit: "price",
  sparse: true,
  warmup: () => 0,
  init: () => ({}),
  step(_state, _p, x, out) {
    const all = x[1]! + x[3]!;
    // Weighing the distance, not the prices, keeps it between bid and ask whatever the rounding.
    out[0] = all > 0 ? x[0]! + (x[2]! - x[0]!) * (x[1]! / all) : Number.NaN;
  },
});

/** Size-weighted mid of the last quote by the bar's close. Reads the series quotes.bid, .bidQuantity, .ask, .askQuantity. */
export const microprice = factory(micropriceDefinition, () => ({}));

const bookImbalanceDefinition = defineFeature({
  id: "flow.book-imbalance",
  version: 1,
  group: "flow",
  summary: "How much more is bid than offered at the best prices, -1 to 1.",
  source:
    "(bid quantity - ask quantity) / (both); Cartea, Jaimungal, Penalva 2015. NaN with nothing on either side.",
  inputs: [BID_QUANTITY, ASK_QUANTITY],
  params: {},
  outputs: ["value"],
  unit: "fraction",
  sparse: true,
  warmup: () => 0,
  init: () => ({}),
  step(_state, _p, x, out) {
    const all = x[0]! + x[1]!;
    out[0] = all > 0 ? (x[0]! - x[1]!) / all : Number.NaN;
  },
});

/** Imbalance of the last quote by the bar's close. Reads the series quotes.bidQuantity and quotes.askQuantity. */
export const bookImbalance = factory(bookImbalanceDefinition, () => ({}));

const ofiDefinition = defineFeature({
  id: "flow.ofi",
  version: 1,
  group: "flow",
  summary:
    "Order-flow imbalance: what came to the best bid less what came to the best ask, over the last bars.",
  source:
    "Cont, Kukanov, Stoikov 2014, J. Financial Econometrics 12; the sum of its events over the bars. The series quotes.ofi is what `quoteFeatures(bars, quotes)` makes.",
  inputs: [{ name: "flow", series: "quotes.ofi" }],
  params: { period: { kind: "int", min: 1, max: 10_000, default: 1 } },
  outputs: ["value"],
  unit: "volume",
  sparse: true,
  warmup: (p) => p.period - 1,
  init: (p, barMs) => ({ flows: createMean(p.period, barMs) }),
  step(state, _p, x, out, time) {
    pushMean(state.flows, x[0]!, time);
    out[0] = isFullMean(state.flows) ? sumOf(state.flows) : Number.NaN;
  },
});

/** Order-flow imbalance at the best prices. Reads the series quotes.ofi. @param period bars, 1 to 10,000. */
export const orderFlowImbalance = factory(ofiDefinition, (period?: number) => ({ period }));
