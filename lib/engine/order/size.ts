import {
  type Instrument,
  type Lots,
  lotsFromQuantity,
  priceFromTicks,
  type TargetSignal,
  type Ticks,
} from "#model";
import { equity } from "../pnl/equity.ts";
import type { Engine } from "../state.ts";

/**
 * The signed lots a target means, at the mark; NaN when it cannot be said (risk without a valid stop).
 *
 * weight: signed notional over marked equity. risk: equity * risk / |price - stop|, long if the stop is below.
 * Fractions of a lot are cut off: never more than asked.
 */
export function lotsFromTarget(engine: Engine, target: TargetSignal): Lots {
  const instrument = engine.instruments[target.instrument]!;
  const price = priceFromTicks(instrument, engine.markTicks[target.instrument]!);
  if (target.quantity !== undefined) return lotsFromQuantity(instrument, target.quantity);
  if (target.notional !== undefined) return lotsFromQuantity(instrument, target.notional / price);
  if (target.weight !== undefined) {
    return lotsFromQuantity(instrument, (target.weight * equity(engine)) / price);
  }
  const distance = price - (target.stop ?? Number.NaN);
  return lotsFromQuantity(instrument, ((target.risk ?? Number.NaN) * equity(engine)) / distance);
}

/** Quote units that the account could still spend. */
export function freeCash(engine: Engine): bigint {
  return engine.cash - engine.reserved;
}

/**
 * What a market buy might cost at most, in ticks: the mark, the slippage of the account, and 0.5 % for the way
 * from the decision to the fill. Sizing with less would have full-size buys refused by the venue for want of funds.
 */
export function reserveTicks(engine: Engine, mark: Ticks): Ticks {
  return Math.ceil(mark * (1 + engine.account.slippage.bps / 1e4 + 0.005));
}

/** True if an order of that size is worth less than the venue takes. */
export function belowMinimum(instrument: Instrument, ticks: Ticks, lots: Lots): boolean {
  const notional = ticks * lots * instrument.quoteUnitsPerTickLot;
  return lots <= 0 || notional < Number(instrument.minNotionalUnits);
}
