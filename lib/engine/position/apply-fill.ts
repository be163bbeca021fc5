import { assert, powerOfTen } from "#core";
import { type AssetUnits, type Lots, notionalUnits, type Order, priceFromTicks, type Ticks } from "#model";
import { type Engine, slotOf } from "../state.ts";

/**
 * Books one fill: cash, position, cost, realised profit, fees.
 *
 * Average cost: a sale takes out cost in proportion to the quantity sold, rounded down, all of it with the last unit.
 * A fee in the base asset shrinks the position and leaves its cost; a fee in the quote asset comes out of the cash.
 */
export function applyFill(
  engine: Engine,
  order: Order,
  fill: { readonly ticks: Ticks; readonly lots: Lots; readonly fee: AssetUnits; readonly feeAsset: string },
): void {
  const instrument = engine.instruments[order.instrument]!;
  const slot = slotOf(engine, order.strategy, order.instrument);
  const notional = notionalUnits(instrument, fill.ticks, fill.lots);
  const moved = BigInt(fill.lots) * BigInt(instrument.baseUnitsPerLot);
  const unit = powerOfTen(instrument.assetDecimals);
  const held = engine.baseUnits[slot]!;

  if (order.side > 0) {
    engine.cash -= notional;
    engine.baseUnits[slot] = held + moved;
    engine.costUnits[slot] = engine.costUnits[slot]! + notional;
  } else {
    assert(held >= moved, `a sale of ${moved} units on a cash account is covered by the ${held} held`);
    const cost = held === moved ? engine.costUnits[slot]! : (engine.costUnits[slot]! * moved) / held;
    engine.cash += notional;
    engine.baseUnits[slot] = held - moved;
    engine.costUnits[slot] = engine.costUnits[slot]! - cost;
    engine.realized[slot] = engine.realized[slot]! + notional - cost;
  }
  if (fill.feeAsset === instrument.base) {
    engine.baseUnits[slot] = engine.baseUnits[slot]! - fill.fee;
    engine.fees += (Number(fill.fee) / unit) * priceFromTicks(instrument, fill.ticks);
  } else {
    assert(fill.feeAsset === instrument.quote, `the fee asset ${fill.feeAsset} is one of the pair's`);
    engine.cash -= fill.fee;
    engine.fees += Number(fill.fee) / unit;
  }
  engine.cashValue = Number(engine.cash) / unit;
  engine.quantity[slot] = Number(engine.baseUnits[slot]!) / unit;
  engine.lots[slot] = Number(engine.baseUnits[slot]! / BigInt(instrument.baseUnitsPerLot));
}

/** Average price of what a slot holds, in the quote asset; NaN when flat. */
export function averagePrice(engine: Engine, slot: number): number {
  const instrument = engine.instruments[slot % engine.instruments.length]!;
  const cost = Number(engine.costUnits[slot]!) / powerOfTen(instrument.assetDecimals);
  return engine.lots[slot] === 0 ? Number.NaN : cost / engine.quantity[slot]!;
}
