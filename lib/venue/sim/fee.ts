import {
  type Account,
  type AssetUnits,
  type Instrument,
  type Lots,
  notionalUnits,
  type Side,
  type Ticks,
} from "#model";

export interface Fee {
  readonly fee: AssetUnits;
  readonly feeAsset: string;
}

/**
 * Binance spot: the fee is taken out of what is received, the base asset on a buy, the quote asset on a sale,
 * at the account's rate, rounded up to the asset's smallest unit (against the account).
 */
export function binanceFee(
  account: Account,
  instrument: Instrument,
  side: Side,
  ticks: Ticks,
  lots: Lots,
): Fee {
  const received =
    side > 0 ? BigInt(lots) * BigInt(instrument.baseUnitsPerLot) : notionalUnits(instrument, ticks, lots);
  // Rates have three decimals in basis points: 1 bps = 1000 / 10^7.
  const rate = BigInt(Math.round(account.fees.bps * 1000));
  const fee = (received * rate + 9_999_999n) / 10_000_000n;
  return { fee, feeAsset: side > 0 ? instrument.base : instrument.quote };
}
