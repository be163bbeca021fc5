import type { Millis } from "#core";
import { type Instrument, indexAtTime, quantityFromLots } from "#model";
import type { PreparedInstrument } from "./prepare.ts";
import type { Fill } from "./record.ts";

/** A round trip: from flat to flat. Money in the account's currency. */
export interface Trade {
  readonly instrument: number;
  readonly openedAt: Millis;
  /** Undefined while the position is open at the end of the run. */
  readonly closedAt: Millis | undefined;
  readonly bars: number;
  /** Value of everything bought. */
  readonly notional: number;
  /** Average selling price over average buying price, less 1. */
  readonly priceMove: number;
  /** Lowest low while held, over the average buying price, less 1; at most 0. */
  readonly worst: number;
  /** Fees and slippage. */
  readonly costs: number;
  /** Profit after all costs; open trades are marked at the last close. */
  readonly profit: number;
  /** Profit over the equity when the trade began. */
  readonly ofEquity: number;
}

interface OpenTrade {
  readonly openedAt: Millis;
  bought: number;
  boughtQuantity: number;
  sold: number;
  soldQuantity: number;
  fees: number;
  quoteFees: number;
  slippage: number;
}

/** Groups the fills of each instrument into round trips. @param equityAt equity before a time. */
export function tradesFromFills(
  fills: readonly Fill[],
  columns: readonly PreparedInstrument[],
  equityAt: (time: Millis) => number,
): Trade[] {
  const open: (OpenTrade | undefined)[] = columns.map(() => undefined);
  // What a base fee leaves below a lot belongs to no trade, but adds up to lots that a later one sells.
  const held = columns.map(() => 0n);
  const trades: Trade[] = [];
  for (const fill of fills) {
    const trade = open[fill.instrument] ?? startTrade(fill.time);
    open[fill.instrument] = trade;
    addFill(trade, fill);
    const { instrument } = columns[fill.instrument]!;
    held[fill.instrument]! += heldChange(fill, instrument);
    if (wholeLots(held[fill.instrument]!, instrument) > 0) continue;
    trades.push(endTrade(trade, fill.instrument, fill.time, 0, columns[fill.instrument]!, equityAt));
    open[fill.instrument] = undefined;
  }
  open.forEach((trade, i) => {
    const column = columns[i]!;
    const lots = wholeLots(held[i]!, column.instrument);
    if (trade) trades.push(endTrade(trade, i, undefined, lots, column, equityAt));
  });
  return trades.sort((a, b) => a.openedAt - b.openedAt);
}

function startTrade(openedAt: Millis): OpenTrade {
  const zero = { bought: 0, boughtQuantity: 0, sold: 0, soldQuantity: 0, fees: 0, quoteFees: 0, slippage: 0 };
  return { openedAt, ...zero };
}

/** Smallest units of the base asset that a fill adds to the position, or takes from it. */
function heldChange(fill: Fill, instrument: Instrument): bigint {
  const moved = BigInt(fill.side) * BigInt(fill.lots) * BigInt(instrument.baseUnitsPerLot);
  return fill.feeAsset === instrument.base ? moved - fill.fee : moved;
}

function wholeLots(units: bigint, instrument: Instrument): number {
  return Number(units / BigInt(instrument.baseUnitsPerLot));
}

function addFill(trade: OpenTrade, fill: Fill): void {
  const value = fill.price * fill.quantity;
  trade.fees += fill.feeValue;
  trade.slippage += fill.slippage;
  if (fill.side > 0) {
    trade.bought += value;
    trade.boughtQuantity += fill.quantity;
  } else {
    trade.sold += value;
    trade.soldQuantity += fill.quantity;
    trade.quoteFees += fill.feeValue;
  }
}

function endTrade(
  trade: OpenTrade,
  instrument: number,
  closedAt: Millis | undefined,
  lots: number,
  { bars, instrument: steps }: PreparedInstrument,
  equityAt: (time: Millis) => number,
): Trade {
  const end = closedAt ?? Number.POSITIVE_INFINITY;
  const entry = trade.bought / trade.boughtQuantity;
  let worst = 0;
  let held = 0;
  // An order can fill after the last bar of its instrument, while others trade on.
  let last = bars.close.at(-1)!;
  for (let i = indexAtTime(bars, trade.openedAt - bars.timeframeMs + 1); i < bars.length; i++) {
    if (bars.time[i]! > end) break;
    held++;
    last = bars.close[i]!;
    worst = Math.min(worst, bars.low[i]! / entry - 1);
  }
  const left = quantityFromLots(steps, lots);
  const profit = trade.sold + left * last - trade.bought - trade.quoteFees;
  const exit = trade.soldQuantity > 0 ? trade.sold / trade.soldQuantity : last;
  return {
    instrument,
    openedAt: trade.openedAt,
    closedAt,
    bars: held,
    notional: trade.bought,
    priceMove: exit / entry - 1,
    worst,
    costs: trade.fees + trade.slippage,
    profit,
    ofEquity: profit / equityAt(trade.openedAt),
  };
}
