import { type Millis, powerOfTen } from "#core";
import type { Engine, Refusal } from "#engine";
import {
  type AssetUnits,
  type Instrument,
  type Order,
  type OrderEvent,
  priceFromTicks,
  quantityFromLots,
} from "#model";

/** One execution. Ticks, lots and fee are exact; the rest is float64 for reading. */
export interface Fill {
  readonly time: Millis;
  readonly orderId: string;
  readonly instrument: number;
  /** +1 bought, -1 sold. */
  readonly side: 1 | -1;
  readonly ticks: number;
  readonly lots: number;
  readonly fee: AssetUnits;
  readonly feeAsset: string;
  readonly price: number;
  readonly quantity: number;
  /** The fee in the account's currency. */
  readonly feeValue: number;
  /** What the spread cost against the print, in the currency; negative if the fill was better. */
  readonly slippage: number;
  readonly purpose: Order["purpose"];
}

/** Takes down what happens in a run. Nothing is written on bars without orders. */
export class Recorder {
  readonly orders: Order[] = [];
  readonly fills: Fill[] = [];
  readonly refusals: Refusal[] = [];

  onOrder(order: Order): void {
    this.orders.push(order);
  }

  /** Call before the event is stepped: the engine still holds the order and the print's price. */
  onEvent(engine: Engine, event: OrderEvent): void {
    if (event.kind !== "order-filled") return;
    const order = engine.orders.get(event.id)!;
    const instrument = engine.instruments[order.instrument]!;
    const price = priceFromTicks(instrument, event.ticks);
    const quantity = quantityFromLots(instrument, event.lots);
    const print = priceFromTicks(instrument, engine.markTicks[order.instrument]!);
    this.fills.push({
      time: event.time,
      orderId: event.id,
      instrument: order.instrument,
      side: order.side,
      ticks: event.ticks,
      lots: event.lots,
      fee: event.fee,
      feeAsset: event.feeAsset,
      price,
      quantity,
      feeValue: feeValue(instrument, event.fee, event.feeAsset, price),
      slippage: order.side * (price - print) * quantity,
      purpose: order.purpose,
    });
  }
}

function feeValue(instrument: Instrument, fee: AssetUnits, feeAsset: string, price: number): number {
  const amount = Number(fee) / powerOfTen(instrument.assetDecimals);
  return feeAsset === instrument.base ? amount * price : amount;
}
