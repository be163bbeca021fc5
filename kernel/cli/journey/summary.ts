import { type Performance, performance } from "#analysis";
import type { BacktestResult } from "#backtest";
import { countText, numberText, percentText, shortText, timeText } from "#core";
import type { DataReport } from "#data";
import { equity } from "#engine";
import type { OnnxExport, VerifiedBundle } from "#exports";
import type { Proof, TradingCore } from "#live";
import type { RunResult, Verdict } from "#runner";
import { backtestRows } from "../figures.ts";
import type { Traded } from "./trade.ts";

/** Fewer orders prove nothing. */
const ORDERS_MIN = 20;

/** All that the journey found. */
export interface Found {
  readonly data: DataReport;
  readonly run: RunResult;
  readonly bundle: VerifiedBundle;
  readonly traded: Traded;
  readonly live: LiveResult;
  readonly proof: Proof;
  /** What the exchange's own account and the daemon's books differ in. */
  readonly booksDiffer: string | undefined;
  readonly seconds: Readonly<Record<string, number>>;
}

export interface LiveResult {
  readonly performance: Performance;
  readonly equity: number;
  readonly fees: number;
}

/** Measured as a backtest is: the equity after the close of each bar, the last one included. */
export function liveResult({ engine, equityCurve, terms }: TradingCore, barsPerYear: number): LiveResult {
  const last = equity(engine);
  const curve = Float64Array.from([...equityCurve.map((point) => point.equity), last]);
  return {
    performance: performance(curve, terms.account.capital, barsPerYear),
    equity: last,
    fees: engine.fees,
  };
}

export function lastFact<T>(run: RunResult, kind: string): T | undefined {
  return run.facts.findLast(({ fact }) => fact.kind === kind)?.fact.value as T | undefined;
}

/** What was proven of the trading, in the order to show. */
export function verdictsOf({ proof, booksDiffer, traded, live, bundle }: Found): Verdict[] {
  const { parity, replay } = proof;
  const counts = `${countText(parity.decisions)} decisions, ${countText(parity.orders)} orders, ${countText(parity.fills)} fills`;
  const holds = (isTrue: boolean) => (isTrue ? "holds" : "differs");
  const { strays } = traded.status.counts;
  return [
    {
      name: "Parity",
      state: holds(parity.isEqual),
      text:
        parity.difference ??
        `Live run and backtest agree in every integer: ${counts}, final equity ${numberText(live.equity)} ${bundle.manifest.account.currency}.`,
    },
    {
      name: "Reconciled",
      state: holds(booksDiffer === undefined),
      text:
        booksDiffer ??
        `The exchange's own account and the daemon's books differ by 0 units of every asset, at the start and at the end${strays > 0 ? `; ${countText(strays)} reports were told twice` : ""}.`,
    },
    {
      name: "Replayed",
      state: holds(replay.isEqual),
      text: replay.difference
        ? `Record ${replay.difference.sequence}: ${replay.difference.text}`
        : `The journal's ${countText(replay.records)} records follow from what came from outside: ${countText(replay.decisions)} decisions and ${countText(replay.commands)} commands made again, 0 differ.`,
    },
    ...(parity.orders >= ORDERS_MIN
      ? []
      : [
          {
            name: "Enough orders",
            state: "differs" as const,
            text: `${countText(parity.orders)} orders prove little: at least ${ORDERS_MIN} are wanted.`,
          },
        ]),
  ];
}

export function summaryOf({ data, run, bundle, traded, live, proof, booksDiffer, seconds }: Found): object {
  const backtest = lastFact<BacktestResult>(run, "backtest");
  const model = lastFact<Pick<OnnxExport, "parity">>(run, "export");
  return {
    dataRows: data.rows,
    dataHash: data.hash,
    modelParityError: model?.parity.maxAbsolute,
    backtest: backtest && {
      from: timeText(backtest.from),
      to: timeText(backtest.to),
      ...backtest.performance,
      orders: backtest.orders.length,
      fills: backtest.fills.length,
      trades: backtest.trades.length,
      fees: backtest.costs.fees,
    },
    promotion: bundle.golden,
    live: {
      ...live.performance,
      equity: live.equity,
      fees: live.fees,
      decisions: proof.parity.decisions,
      refusals: proof.parity.refusals,
      journal: proof.journal,
      records: proof.replay.records,
      isolation: traded.status.isolation,
    },
    orders: proof.parity.orders,
    fills: proof.parity.fills,
    parity: proof.parity.isEqual,
    reconciled: booksDiffer === undefined,
    replayed: proof.replay.isEqual,
    seconds,
  };
}

/** The figures and verdicts, as rows of a table. */
export function summaryRows(
  { data, run, live, traded, seconds }: Found,
  verdicts: readonly Verdict[],
): string[][] {
  const backtest = lastFact<BacktestResult>(run, "backtest");
  const model = lastFact<Pick<OnnxExport, "parity">>(run, "export");
  const { status } = traded;
  const { performance: own } = live;
  return [
    ["data", `${countText(data.rows)} bars of ${data.symbol}`],
    ...(model ? [["model", `largest error against the trainer ${shortText(model.parity.maxAbsolute)}`]] : []),
    ...(backtest ? backtestRows(backtest) : []),
    ["live", `${status.strategy}, to ${status.venueTime}`],
    ["  Sharpe", numberText(own.sharpe)],
    ["  return", `${percentText(own.annualReturn)} a year, largest drawdown ${percentText(own.maxDrawdown)}`],
    ["  orders", `${countText(status.counts.orders)}, ${countText(status.counts.fills)} fills`],
    ...verdicts.map(({ name, state, text }) => [name.toLowerCase(), `${state}: ${text}`]),
    [
      "seconds",
      Object.entries(seconds)
        .map(([name, value]) => `${name} ${value}`)
        .join(", "),
    ],
  ];
}
