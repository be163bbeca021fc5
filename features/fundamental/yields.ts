/** Shares of the price, and shares of statements. All are fractions: 0.05 is five percent. */
import { factory } from "../feature.ts";
import { defineRatio, PRICE } from "./define-ratio.ts";

const noParams = () => ({});

/** Earnings of the last 12 months / price; a loss gives a value below 0. Reads the series eps. */
export const earningsYield = factory(
  defineRatio({
    id: "fundamental.earnings-yield",
    summary: "Earnings per share of the last 12 months as a share of the price.",
    source: "The inverse of P/E, which orders losses as well.",
    inputs: [PRICE, { name: "eps", series: "eps" }],
    unit: "fraction",
    value: (x) => x[1]! / x[0]!,
  }),
  noParams,
);

/** Dividends of the last 12 months / price. Reads the series dividendsPerShare: `trailing(quarterlyDividends, 4)`. */
export const dividendYield = factory(
  defineRatio({
    id: "fundamental.dividend-yield",
    summary: "Dividends per share of the last 12 months as a share of the price.",
    source: "Trailing, not the last dividend made annual.",
    inputs: [PRICE, { name: "dividendsPerShare", series: "dividendsPerShare" }],
    unit: "fraction",
    value: (x) => x[1]! / x[0]!,
  }),
  noParams,
);

/** Book value / price. Reads the series bookValuePerShare. */
export const bookToMarket = factory(
  defineRatio({
    id: "fundamental.book-to-market",
    summary: "Book value per share as a share of the price.",
    source: "Fama and French 1992.",
    inputs: [PRICE, { name: "bookValuePerShare", series: "bookValuePerShare" }],
    unit: "fraction",
    value: (x) => x[1]! / x[0]!,
  }),
  noParams,
);

/** Growth of earnings over a year. Reads the series eps, and epsYearAgo: `earlier(eps, 4)`. */
export const epsGrowth = factory(
  defineRatio({
    id: "fundamental.eps-growth",
    summary: "Earnings per share against those of a year before, a fraction of their size.",
    source: "(eps - a year ago) / |a year ago|, so that a smaller loss is growth. NaN where a year ago is 0.",
    inputs: [
      { name: "eps", series: "eps" },
      { name: "epsYearAgo", series: "epsYearAgo" },
    ],
    unit: "fraction",
    value: (x) => (x[0]! - x[1]!) / Math.abs(x[1]!),
  }),
  noParams,
);

/** Dividends / earnings, both of the last 12 months. Reads the series dividendsPerShare and eps. */
export const payoutRatio = factory(
  defineRatio({
    id: "fundamental.payout",
    summary: "Dividends as a share of earnings, both of the last 12 months.",
    source: "Below 0 where a loss was made.",
    inputs: [
      { name: "dividendsPerShare", series: "dividendsPerShare" },
      { name: "eps", series: "eps" },
    ],
    unit: "fraction",
    value: (x) => x[0]! / x[1]!,
  }),
  noParams,
);

/** Debt / equity. Reads the series debt and equity. */
export const debtToEquity = factory(
  defineRatio({
    id: "fundamental.debt-to-equity",
    summary: "Debt over the owners' equity.",
    source: "As the balance sheet has both.",
    inputs: [
      { name: "debt", series: "debt" },
      { name: "equity", series: "equity" },
    ],
    unit: "score",
    value: (x) => x[0]! / x[1]!,
  }),
  noParams,
);

/** Return on equity. Reads the series netIncome (last 12 months) and equity. */
export const returnOnEquity = factory(
  defineRatio({
    id: "fundamental.roe",
    summary: "Net income of the last 12 months over the owners' equity, a fraction.",
    source:
      "Equity as last stated; give its mean over the year as the series equity for the other convention.",
    inputs: [
      { name: "netIncome", series: "netIncome" },
      { name: "equity", series: "equity" },
    ],
    unit: "fraction",
    value: (x) => x[0]! / x[1]!,
  }),
  noParams,
);

/** Price x shares. Reads the series shares. */
export const marketCap = factory(
  defineRatio({
    id: "fundamental.market-cap",
    summary: "Price times shares outstanding.",
    source: "Raw prices want raw share counts, adjusted prices adjusted ones.",
    inputs: [PRICE, { name: "shares", series: "shares" }],
    unit: "value",
    value: (x) => x[0]! * x[1]!,
  }),
  noParams,
);
