/**
 * Dated values as features, each with an age at which it is worth nothing any more. Age counts from the publication to
 * the bar's close. Daily data of day D are known from D+1 00:00 UTC on: say so with `lagged(columns, "1d")`.
 */
import { timeframeMs } from "#core";
import { defineFeature, type Unit } from "../define.ts";
import { createFeature, type FeatureFactory, type MultiFeature } from "../feature.ts";

const DAY_MS = 864e5;

export interface DatedOptions {
  /** Name of the series, where it is not the usual one. */
  readonly series?: string;
  /** "3d": NaN when the newest value was published longer ago. null: any age will do. */
  readonly maxAge?: string | null;
}

type DatedFeature = MultiFeature<"value" | "ageDays">;
type DatedFactory<A extends unknown[]> = FeatureFactory<A, "value" | "ageDays">;

interface Words {
  readonly id: string;
  readonly series: string;
  readonly summary: string;
  readonly source: string;
  readonly unit: Unit;
  /** Days; 0 for any age. */
  readonly maxAgeDays: number;
}

function defineDated({ series, unit, maxAgeDays, ...words }: Words) {
  return defineFeature({
    ...words,
    version: 1,
    group: "alternative",
    inputs: [
      { name: "value", series },
      { name: "published", series, part: "published" },
    ],
    params: { maxAgeMs: { kind: "float", min: 0, max: 1e13, default: maxAgeDays * DAY_MS } },
    outputs: ["value", "ageDays"],
    unit: [unit, "score"],
    sparse: true,
    warmup: () => 0,
    init: (_p, barMs) => ({ barMs }),
    step(state, p, x, out, time) {
      const age = time + state.barMs - x[1]!;
      out[0] = p.maxAgeMs > 0 && age > p.maxAgeMs ? Number.NaN : x[0]!;
      out[1] = age / DAY_MS;
    },
  });
}

function datedFeature(definition: ReturnType<typeof defineDated>, options: DatedOptions): DatedFeature {
  const { series, maxAge } = options;
  const maxAgeMs = maxAge === undefined ? undefined : maxAge === null ? 0 : timeframeMs(maxAge);
  const made = createFeature(definition, { maxAgeMs });
  return series === undefined ? made : made.of({ series }, { series });
}

function dated(words: Words): DatedFactory<[options?: DatedOptions]> {
  const definition = defineDated(words);
  const make = (options: DatedOptions = {}) => datedFeature(definition, options);
  return Object.assign(make, { definition: definition as never });
}

const anySeries = defineDated({
  id: "alternative.series",
  series: "series",
  summary:
    "The newest published value of a series, NaN once it is too old; and how many days ago it was published.",
  source: "As published by the bar's close; restatements count from their own publication.",
  unit: "score",
  maxAgeDays: 0,
});

/**
 * The newest published value of any series: `seriesValue("my-score", { maxAge: "3d" })`. `.ageDays` is the days since its
 * publication. Errors: `core.bad-timeframe`, `features.bad-source`.
 */
export const seriesValue: DatedFactory<[name: string, options?: Pick<DatedOptions, "maxAge">]> =
  Object.assign(
    (name: string, options: Pick<DatedOptions, "maxAge"> = {}) =>
      datedFeature(anySeries, { ...options, series: name }),
    { definition: anySeries as never },
  );

/** Crypto fear and greed index, 0 to 100. One value a day, known from the next day 00:00 UTC. Older than 3 days: NaN. */
export const fearGreed = dated({
  id: "alternative.fear-greed",
  series: "fear-greed",
  summary: "Fear and greed index, 0 (extreme fear) to 100 (extreme greed).",
  source: "alternative.me, one value a day; that of day D is known from D+1 00:00 UTC.",
  unit: "percent",
  maxAgeDays: 3,
});

/** Funding of a perpetual future, a fraction per interval paid by longs. Known at its time. Older than a day: NaN. */
export const fundingRate = dated({
  id: "alternative.funding-rate",
  series: "funding-rate",
  summary: "Funding rate of a perpetual future: the fraction that longs pay shorts each interval.",
  source:
    "The venue's, mostly every 8 hours, known when it is paid; a daily mean of day D from D+1 00:00 UTC.",
  unit: "fraction",
  maxAgeDays: 1,
});

/** Open interest, base asset. A snapshot is known at its time, a daily figure the next day. Older than a day: NaN. */
export const openInterest = dated({
  id: "alternative.open-interest",
  series: "open-interest",
  summary: "Open contracts of a future, in units of the base asset.",
  source: "The venue's snapshots, known at their time; a daily figure of day D from D+1 00:00 UTC.",
  unit: "volume",
  maxAgeDays: 1,
});

/** Hash rate of a chain, as the source scales it. Known from the next day 00:00 UTC. Older than 4 days: NaN. */
export const hashRate = dated({
  id: "alternative.hash-rate",
  series: "hash-rate",
  summary: "Hashes per second that a chain's blocks let one estimate.",
  source: "Estimated from a day's blocks: day D is known from D+1 00:00 UTC, and often restated.",
  unit: "score",
  maxAgeDays: 4,
});

/** Cboe volatility index, percent a year. A close is known after 20:15 UTC or 21:15. Older than 5 days: NaN. */
export const vix = dated({
  id: "alternative.vix",
  series: "vix",
  summary: "VIX: the volatility of the S&P 500 that option prices imply for 30 days, percent a year.",
  source:
    "Cboe, trading days only: the close of day D is known that evening in Chicago, with daily files from D+1 00:00 UTC. Five days bridge a long weekend.",
  unit: "percent",
  maxAgeDays: 5,
});

/** A score of texts or posts, of any scale. Give the lag that your source has. Older than 3 days: NaN. */
export const sentiment = dated({
  id: "alternative.sentiment",
  series: "sentiment",
  summary: "A sentiment score, on the scale of its source.",
  source: "The caller's. A score of day D that is made at the day's end is known from D+1 00:00 UTC.",
  unit: "score",
  maxAgeDays: 3,
});
