import { fail, parseDecimal, powerOfTen } from "#core";

/** A price on the order path: an integer count of the instrument's ticks. */
export type Ticks = number & { readonly __unit?: "ticks" };
/** A quantity on the order path: an integer count of the instrument's lots. */
export type Lots = number & { readonly __unit?: "lots" };
/** An amount of an asset in its smallest unit (10^-decimals), exact. */
export type AssetUnits = bigint;

/** When an instrument trades: always, or Monday to Friday (exchange holidays count as allowed gaps). */
export type Calendar = "always" | "weekdays";

export interface InstrumentSpec {
  /** "BASE/QUOTE", such as "BTC/USDT". */
  readonly symbol: string;
  /** Smallest price step, as decimal text: "0.01". */
  readonly tick: string;
  /** Smallest quantity step, as decimal text: "0.00001". */
  readonly lot: string;
  /** Smallest order value in the quote asset, as decimal text. Default "0". */
  readonly minNotional?: string;
  /** Digits of an asset's smallest unit; 8 on Binance. Default 8. */
  readonly assetDecimals?: number;
  readonly calendar?: Calendar;
}

/** A tradable pair with its steps, and the exact numbers that turn prices and quantities into integers and back. */
export interface Instrument {
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  readonly tick: string;
  readonly lot: string;
  readonly minNotional: string;
  readonly assetDecimals: number;
  readonly calendar: Calendar;
  /** price = ticks * tickUnits / priceScale, correctly rounded: equal to reading the decimal text. */
  readonly tickUnits: number;
  readonly priceScale: number;
  /** The tick as the nearest double, for marking. */
  readonly tickSize: number;
  /** quantity = lots * lotUnits / quantityScale. */
  readonly lotUnits: number;
  readonly quantityScale: number;
  /** Smallest units of the base asset in one lot. */
  readonly baseUnitsPerLot: number;
  /** Smallest units of the quote asset in one tick times one lot. */
  readonly quoteUnitsPerTickLot: number;
  /** Smallest units of the quote asset. */
  readonly minNotionalUnits: bigint;
}

/** Builds an instrument from its decimal texts. Errors: `model.bad-instrument`, `core.bad-decimal`. */
export function createInstrument(spec: InstrumentSpec): Instrument {
  const { symbol, assetDecimals = 8, minNotional = "0", calendar = "always" } = spec;
  const [base, quote, ...rest] = symbol.split("/");
  if (!base || !quote || rest.length > 0) {
    fail("model.bad-instrument", {
      message: `"${symbol}" is not a symbol`,
      hint: 'Write base and quote asset with a slash: "BTC/USDT".',
      fields: { symbol },
    });
  }
  if (!Number.isInteger(assetDecimals) || assetDecimals < 0 || assetDecimals > 18) {
    fail("model.bad-instrument", {
      message: `${symbol}: assetDecimals is ${assetDecimals}: a whole number, 0 to 18`,
      fields: { symbol, assetDecimals },
    });
  }
  const tick = parseDecimal(spec.tick, "tick");
  const lot = parseDecimal(spec.lot, "lot");
  const spare = assetDecimals - tick.decimals - lot.decimals;
  if (tick.units <= 0 || lot.units <= 0 || spare < 0) {
    fail("model.bad-instrument", {
      message: `${symbol}: tick ${spec.tick} times lot ${spec.lot} is not a positive multiple of 10^-${assetDecimals} ${quote}`,
      hint: "Tick and lot must be above zero and together have no more decimals than the quote asset.",
      fields: { symbol, tick: spec.tick, lot: spec.lot, assetDecimals },
    });
  }
  const floor = parseDecimal(minNotional, "minNotional");
  return {
    symbol,
    base,
    quote,
    tick: spec.tick,
    lot: spec.lot,
    minNotional,
    assetDecimals,
    calendar,
    tickUnits: tick.units,
    priceScale: powerOfTen(tick.decimals),
    tickSize: tick.units / powerOfTen(tick.decimals),
    lotUnits: lot.units,
    quantityScale: powerOfTen(lot.decimals),
    baseUnitsPerLot: lot.units * powerOfTen(assetDecimals - lot.decimals),
    quoteUnitsPerTickLot: tick.units * lot.units * powerOfTen(spare),
    minNotionalUnits:
      (BigInt(floor.units) * BigInt(powerOfTen(assetDecimals))) / BigInt(powerOfTen(floor.decimals)),
  };
}

/** The nearest tick of a price. */
export function ticksFromPrice(instrument: Instrument, price: number): Ticks {
  return Math.round((price * instrument.priceScale) / instrument.tickUnits);
}

/** The price of a tick count: the double nearest to the exact decimal. */
export function priceFromTicks(instrument: Instrument, ticks: Ticks): number {
  return (ticks * instrument.tickUnits) / instrument.priceScale;
}

/** Whole lots in a quantity, rounded toward zero (a hair of float error below a lot still counts as the lot). */
export function lotsFromQuantity(instrument: Instrument, quantity: number): Lots {
  const lots = (quantity * instrument.quantityScale) / instrument.lotUnits;
  const nearest = Math.round(lots);
  return Math.abs(lots - nearest) < 1e-9 * Math.max(1, Math.abs(nearest)) ? nearest : Math.trunc(lots);
}

export function quantityFromLots(instrument: Instrument, lots: Lots): number {
  return (lots * instrument.lotUnits) / instrument.quantityScale;
}

/** Exact value of `lots` at `ticks` in the quote asset's smallest unit. */
export function notionalUnits(instrument: Instrument, ticks: Ticks, lots: Lots): AssetUnits {
  const product = ticks * lots * instrument.quoteUnitsPerTickLot;
  return Number.isSafeInteger(product)
    ? BigInt(product)
    : BigInt(ticks) * BigInt(lots) * BigInt(instrument.quoteUnitsPerTickLot);
}
