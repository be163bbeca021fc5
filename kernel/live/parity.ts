import type { Fill } from "#backtest";
import { encodeValue } from "#core";
import type { Refusal } from "#engine";
import type { BundleBacktest, DecisionMade } from "#exports";
import { BAR_COLUMNS, type Bars, indexAtTime, type Order } from "#model";
import { definedFields } from "#strategy";
import type { TradingCore } from "./core/trading-core.ts";

/** Whether live trading did what the backtest of the same bundle over the same bars does, compared as integers. */
export interface ParityReport {
  readonly isEqual: boolean;
  /** Bars that were built from trades. */
  readonly bars: number;
  readonly decisions: number;
  readonly orders: number;
  readonly fills: number;
  readonly refusals: number;
  /** The first thing that differs: what, live, backtest. */
  readonly difference?: string;
}

/** What live trading saw and decided. */
export interface TradedSession {
  /** By instrument: the bars that it built, and the history's. */
  readonly bars: readonly { readonly live: readonly (readonly number[])[]; readonly history: Bars }[];
  readonly decisions: readonly DecisionMade[];
}

/**
 * Compares bars, decisions (time, signals), orders (time, client order id, side, type, ticks, lots), fills (time, ticks, lots, fee and
 * its asset), refusals, cash and positions.
 */
export function compareWithBacktest(
  core: TradingCore,
  { engine, recorder, decisions }: BundleBacktest,
  { bars, decisions: made }: TradedSession,
): ParityReport {
  const difference =
    differenceOfBars(bars) ??
    firstDifference("decision", made, decisions) ??
    firstDifference("order", core.orders.map(orderFacts), recorder.orders.map(orderFacts)) ??
    firstDifference("fill", core.fills.map(fillFacts), recorder.fills.map(fillFacts)) ??
    firstDifference("refusal", core.refusals.map(refusalFacts), recorder.refusals.map(refusalFacts)) ??
    firstDifference("count of decisions", [core.engine.decision], [engine.decision]) ??
    firstDifference("cash", [core.engine.cash], [engine.cash]) ??
    firstDifference("position", [core.engine.baseUnits], [engine.baseUnits]) ??
    firstDifference("realised profit", [core.engine.realized], [engine.realized]);
  return {
    isEqual: difference === undefined,
    bars: bars.reduce((sum, { live }) => sum + live.length, 0),
    decisions: core.engine.decision,
    orders: core.orders.length,
    fills: core.fills.length,
    refusals: core.refusals.length,
    ...(difference === undefined ? {} : { difference }),
  };
}

function differenceOfBars(bars: TradedSession["bars"]): string | undefined {
  for (const { live, history } of bars) {
    const start = indexAtTime(history, live[0]?.[0] ?? Number.POSITIVE_INFINITY);
    const stored = live.map((_, n) => {
      const at = start + n;
      return [history.time[at] ?? Number.NaN, ...BAR_COLUMNS.map((name) => history[name][at] ?? Number.NaN)];
    });
    const found = firstDifference(`${history.instrument.symbol} bar`, live, stored);
    if (found !== undefined) return found;
  }
  return undefined;
}

function firstDifference(
  what: string,
  live: readonly unknown[],
  tested: readonly unknown[],
): string | undefined {
  const length = Math.max(live.length, tested.length);
  for (let i = 0; i < length; i++) {
    const [a, b] = [live[i], tested[i]].map((value) => (value === undefined ? "none" : encodeValue(value)));
    if (a !== b) return `${what} ${i + 1}: live ${a}, backtest ${b}`;
  }
  return undefined;
}

function orderFacts({ id, decision, sentAt, instrument, purpose, side, type, lots, ticks }: Order): object {
  return definedFields({ id, decision, sentAt, instrument, purpose, side, type, lots, ticks });
}

function fillFacts({ time, orderId, instrument, side, ticks, lots, fee, feeAsset }: Fill): object {
  return { time, orderId, instrument, side, ticks, lots, fee, feeAsset };
}

function refusalFacts({ code, time, instrument, decision, value, bound, reason }: Refusal): object {
  return definedFields({ code, time, instrument, decision, value, bound, reason });
}
