import { decimalText } from "#core";
import type { AssetUnits, Instrument, Lots, Ticks } from "#model";

/** All numbers are told with the digits of the assets' smallest unit, made from integers. */
export function priceText(instrument: Instrument, ticks: Ticks): string {
  return amountText(instrument, BigInt(ticks) * priceUnitsPerTick(instrument));
}

export function quantityText(instrument: Instrument, lots: Lots): string {
  return amountText(instrument, BigInt(lots) * BigInt(instrument.baseUnitsPerLot));
}

export function amountText({ assetDecimals }: Instrument, units: AssetUnits): string {
  return decimalText(units, assetDecimals);
}

/** One tick in units of 10^-assetDecimals. */
export function priceUnitsPerTick({ assetDecimals, tickUnits, priceScale }: Instrument): bigint {
  return (BigInt(tickUnits) * 10n ** BigInt(assetDecimals)) / BigInt(priceScale);
}
