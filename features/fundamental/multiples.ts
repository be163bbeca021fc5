/** What a price is a multiple of. Values per share are of the bar's currency and adjusted for splits as its prices are. */
import { factory } from "../feature.ts";
import { defineMultiple, type Negative, PRICE } from "./define-ratio.ts";

const negativeParam = (negative?: Negative) => ({ negative });

/**
 * Price / earnings of the last 12 months. Reads the series eps: `trailing(quarterlyEps, 4)`, or annual figures.
 * @param negative "keep" gives the ratio of a loss as well.
 */
export const peRatio = factory(
  defineMultiple({
    id: "fundamental.pe",
    summary: "Price over the earnings per share of the last 12 months, as known at the bar's close.",
    source: "Graham and Dodd 1934.",
    inputs: [PRICE, { name: "eps", series: "eps" }],
    unit: "score",
    value: (x) => x[0]! / x[1]!,
  }),
  negativeParam,
);

/** Price / expected earnings. Reads the series forwardEps: what analysts expected for the next 12 months. */
export const forwardPe = factory(
  defineMultiple({
    id: "fundamental.forward-pe",
    summary: "Price over the earnings per share that are expected for the next 12 months.",
    source: "A consensus estimate, dated by when it was made known.",
    inputs: [PRICE, { name: "forwardEps", series: "forwardEps" }],
    unit: "score",
    value: (x) => x[0]! / x[1]!,
  }),
  negativeParam,
);

/** Price / book value. Reads the series bookValuePerShare. */
export const priceToBook = factory(
  defineMultiple({
    id: "fundamental.pb",
    summary: "Price over book value per share.",
    source: "Fama and French 1992 use its inverse: see book-to-market.",
    inputs: [PRICE, { name: "bookValuePerShare", series: "bookValuePerShare" }],
    unit: "score",
    value: (x) => x[0]! / x[1]!,
  }),
  negativeParam,
);

/** Price / sales of the last 12 months. Reads the series salesPerShare. */
export const priceToSales = factory(
  defineMultiple({
    id: "fundamental.ps",
    summary: "Price over the sales per share of the last 12 months.",
    source: "Fisher 1984.",
    inputs: [PRICE, { name: "salesPerShare", series: "salesPerShare" }],
    unit: "score",
    value: (x) => x[0]! / x[1]!,
  }),
  negativeParam,
);

/**
 * Cyclically adjusted price / earnings. Reads the series cpi, and realEarnings: `realMean(earnings, cpi)`.
 */
export const cape = factory(
  defineMultiple({
    id: "fundamental.cape",
    summary: "Price over the mean of ten years of earnings, both in the money of one month.",
    source:
      "Campbell and Shiller 1988; Shiller's PE10: price / CPI over the mean of earnings / CPI of the 120 months before.",
    inputs: [PRICE, { name: "cpi", series: "cpi" }, { name: "realEarnings", series: "realEarnings" }],
    unit: "score",
    value: (x) => x[0]! / (x[1]! * x[2]!),
  }),
  negativeParam,
);

/** Enterprise value / EBITDA of the last 12 months. Reads the series shares, debt, cash, ebitda. */
export const evToEbitda = factory(
  defineMultiple({
    id: "fundamental.ev-ebitda",
    summary: "Market value plus debt less cash, over the operating earnings of the last 12 months.",
    source:
      "Price x shares + debt - cash, over EBITDA; minorities and preferred stock are left to the caller's debt.",
    inputs: [
      PRICE,
      { name: "shares", series: "shares" },
      { name: "debt", series: "debt" },
      { name: "cash", series: "cash" },
      { name: "ebitda", series: "ebitda" },
    ],
    unit: "score",
    value: (x) => (x[0]! * x[1]! + x[2]! - x[3]!) / x[4]!,
  }),
  negativeParam,
);
