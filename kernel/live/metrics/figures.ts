/** What a daemon tells Prometheus: the numbers of `tickbook live status`, one line a metric. */
import type { Figure, MetricSpec } from "#monitor";
import type { LiveStatus } from "../status.ts";

interface Metric extends MetricSpec {
  /** Null where there is no value: then the page has no line. */
  read(status: LiveStatus): readonly (readonly [labels: readonly string[], value: number | null])[];
}

const STATES: readonly LiveStatus["state"][] = [
  "joining",
  "waiting for the next bar",
  "trading",
  "halted",
  "strategy stopped",
];

const gauge = (name: string, help: string, labels: readonly string[], read: Metric["read"]): Metric => ({
  name: `tickbook_${name}`,
  kind: "gauge",
  help,
  labels,
  read,
});

const one = (name: string, help: string, value: (status: LiveStatus) => number | null): Metric =>
  gauge(name, help, [], (status) => [[[], value(status)]]);

const total = (name: string, help: string, labels: readonly string[], read: Metric["read"]): Metric => ({
  ...gauge(`${name}_total`, help, labels, read),
  kind: "counter",
});

const count = (name: string, help: string, key: keyof LiveStatus["counts"]): Metric =>
  total(name, help, [], ({ counts }) => [[[], counts[key]]]);

const seconds = (ms: number | null) => (ms === null ? null : ms / 1000);

const position = (
  name: string,
  help: string,
  value: (position: LiveStatus["positions"][number]) => number | null,
): Metric =>
  gauge(`position_${name}`, help, ["symbol"], ({ positions }) =>
    positions.map((each) => [[each.symbol], value(each)]),
  );

const drift = (
  name: string,
  help: string,
  value: (line: NonNullable<LiveStatus["models"][number]["drift"]>["lines"][number]) => number | null,
): Metric =>
  gauge(`model_drift_${name}`, help, ["model", "input"], ({ models }) =>
    models.flatMap((model) =>
      (model.drift?.lines ?? []).map((line) => [[model.name, line.name], value(line)] as const),
    ),
  );

/** In the order of the page. Money is in the account's currency, shares are fractions. */
export const LIVE_METRICS: readonly Metric[] = [
  gauge("info", "Always 1; what trades.", ["strategy", "bundle", "currency"], (status) => [
    [[status.strategy, status.bundle, status.currency], 1],
  ]),
  gauge("state", "1 for the state that it is in, 0 for the others.", ["state"], ({ state }) =>
    STATES.map((each) => [[each], Number(each === state)]),
  ),
  one("venue_time_seconds", "The exchange's clock, seconds since 1970.", ({ venueTime }) => {
    const time = Date.parse(venueTime);
    return Number.isNaN(time) ? null : time / 1000;
  }),
  one("books_differ", "1 where the exchange's account is not what the books say.", ({ booksDiffer }) =>
    Number(booksDiffer !== undefined),
  ),
  one("equity", "Cash and positions at the mark.", ({ equity }) => equity),
  one("capital", "What trading began with.", ({ capital }) => capital),
  one("cash", "Cash.", ({ cash }) => Number(cash)),
  one("profit_today", "Since the start of the UTC day.", ({ todayProfit }) => todayProfit),
  one("drawdown_ratio", "Equity against its highest so far: 0 or below.", ({ drawdown }) => drawdown),
  one("exposure_ratio", "Value of all positions over equity, shorts negative.", ({ exposure }) => exposure),
  one("fees", "Fees so far.", ({ fees }) => fees),
  position("quantity", "Base asset held.", ({ quantity }) => Number(quantity)),
  position("profit", "Of what is held, at the mark, before fees.", ({ profit }) => profit),
  position("mark_price", "Price that positions are valued at.", ({ mark }) => mark),
  gauge("orders_open", "Orders that are not done.", ["symbol", "side"], ({ orders, positions }) =>
    positions.flatMap(({ symbol }) =>
      (["buy", "sell"] as const).map((side) => [
        [symbol, side],
        orders.filter((order) => order.symbol === symbol && order.side === side).length,
      ]),
    ),
  ),
  count("decisions", "Answers of the strategy.", "decisions"),
  count("orders", "Orders made.", "orders"),
  count("fills", "Fills.", "fills"),
  count("refusals", "Signals and orders that were refused.", "refusals"),
  count("strays", "Orders at the exchange that are not ours.", "strays"),
  count("syncs", "Writes of the journal that reached the disk.", "syncs"),
  one("journal_records", "Records of the journal.", ({ counts }) => counts.records),
  one("queue_length", "Inputs that wait.", ({ counts }) => counts.waiting),
  one(
    "order_latency_p50_seconds",
    "From a market event to the order handed to the exchange's client.",
    (status) => seconds(status.latencyMs.p50),
  ),
  one("order_latency_p99_seconds", "The same, 99 of 100 are below it.", ({ latencyMs }) =>
    seconds(latencyMs.p99),
  ),
  total("model_failures", "Bars that a model did not predict.", ["model"], ({ models }) =>
    models.map(({ name, failures }) => [[name], failures]),
  ),
  gauge("model_rows", "Rows that drift was measured on.", ["model"], ({ models }) =>
    models.map(({ name, drift: found }) => [[name], found?.rows ?? 0]),
  ),
  drift(
    "psi",
    "Population stability index against training: 0.1 has moved, 0.25 has moved far.",
    (line) => line.psi,
  ),
  drift("ks", "Distance of Kolmogorov and Smirnov from training, 0 to 1.", (line) => line.ks),
  drift("missing_ratio", "Share of rows without a value.", (line) => line.missing),
];

/** The page of a moment. */
export function liveFigures(status: LiveStatus): Map<MetricSpec, readonly Figure[]> {
  return new Map(
    LIVE_METRICS.map((metric) => [
      metric,
      metric
        .read(status)
        .flatMap(([values, value]) =>
          value === null
            ? []
            : [{ labels: Object.fromEntries(metric.labels.map((label, i) => [label, values[i]!])), value }],
        ),
    ]),
  );
}
