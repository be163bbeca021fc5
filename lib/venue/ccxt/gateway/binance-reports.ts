/**
 * From Binance's own words to ours, exactly: decimal texts become ticks, lots and smallest units. ccxt gives the raw
 * message as `info`; its own numbers are floats, which an order path can't use.
 */
import { fail, unitsFromText } from "#core";
import {
  type Instrument,
  type Lots,
  lotsFromQuantity,
  type OrderReport,
  priceFromTicks,
  quantityFromLots,
  type RejectReason,
  type Ticks,
  ticksFromPrice,
  type VenueBalances,
} from "#model";

/** Raw messages: texts and numbers by their short names. */
export type Raw = Readonly<Record<string, unknown>>;

/** A price as the ticks that it is. Errors: `venue.off-step`. */
export function exactTicks(instrument: Instrument, text: unknown): Ticks {
  const price = Number(text);
  const ticks = ticksFromPrice(instrument, price);
  if (priceFromTicks(instrument, ticks) !== price) offStep(instrument, "price", text, instrument.tick);
  return ticks;
}

/** A quantity as the lots that it is. Errors: `venue.off-step`. */
export function exactLots(instrument: Instrument, text: unknown): Lots {
  const quantity = Number(text);
  const lots = lotsFromQuantity(instrument, quantity);
  if (quantityFromLots(instrument, lots) !== quantity) offStep(instrument, "quantity", text, instrument.lot);
  return lots;
}

function offStep({ symbol }: Instrument, what: string, value: unknown, step: string): never {
  fail("venue.off-step", {
    message: `the exchange says ${what} ${String(value)} of ${symbol}, which is no multiple of ${step}`,
    hint: "The exchange has changed its steps. Promote the strategy again on its new instrument.",
    fields: { symbol, value, step },
  });
}

type Fill = Extract<OrderReport, { kind: "order-filled" }>;

/** A fill, from an executionReport with x = TRADE. */
export function fillFromExecution(instrument: Instrument, raw: Raw): Fill {
  return {
    kind: "order-filled",
    time: Number(raw.T),
    id: String(raw.c),
    trade: String(raw.t),
    ticks: exactTicks(instrument, raw.L),
    lots: exactLots(instrument, raw.l),
    ...feeOf(instrument, raw.n, raw.N),
    execution: Number(raw.I),
  };
}

/** A fill, from a row of myTrades. */
export function fillFromTrade(instrument: Instrument, id: string, raw: Raw): Fill {
  return {
    kind: "order-filled",
    time: Number(raw.time),
    id,
    trade: String(raw.id),
    ticks: exactTicks(instrument, raw.price),
    lots: exactLots(instrument, raw.qty),
    ...feeOf(instrument, raw.commission, raw.commissionAsset),
    execution: 0,
  };
}

/** A trade without a fee may name no asset. An asset beside the pair may have more digits than the pair's: those are cut. */
function feeOf(instrument: Instrument, amount: unknown, asset: unknown): Pick<Fill, "fee" | "feeAsset"> {
  const { quote, base, assetDecimals } = instrument;
  const feeAsset = asset ? String(asset) : quote;
  const isOfPair = feeAsset === base || feeAsset === quote;
  const text = String(amount ?? 0);
  return { fee: isOfPair ? unitsFromText(text, assetDecimals) : cutUnits(text, assetDecimals), feeAsset };
}

/** The units in an amount, without the digits that are too many. */
function cutUnits(text: string, decimals: number): bigint {
  const point = text.indexOf(".");
  return unitsFromText(point < 0 ? text : text.slice(0, point + 1 + decimals).replace(/\.$/, ""), decimals);
}

/** What an order status means; undefined for one that goes on. */
export function eventOfStatus(
  status: string,
): "order-accepted" | "order-canceled" | "order-expired" | "order-rejected" | undefined {
  switch (status) {
    case "NEW":
      return "order-accepted";
    case "CANCELED":
      return "order-canceled";
    case "EXPIRED":
    case "EXPIRED_IN_MATCH":
      return "order-expired";
    case "REJECTED":
      return "order-rejected";
    default:
      return undefined;
  }
}

export function reportOfStatus(
  kind: NonNullable<ReturnType<typeof eventOfStatus>>,
  at: { readonly time: number; readonly id: string; readonly execution: number },
): OrderReport {
  return kind === "order-rejected" ? { kind, ...at, reason: "refused" } : { kind, ...at };
}

/** Client order id of an executionReport: that of a cancel names the order as the original one. */
export function orderIdOf(raw: Raw): string {
  return raw.x === "CANCELED" && raw.C ? String(raw.C) : String(raw.c);
}

/**
 * From outboundAccountPosition, or from the answer to `account`. It names all that the account holds: digits beyond
 * `decimals`, which only an asset that is not traded here can have, are cut.
 */
export function balancesFrom(raw: Raw, decimals: number): VenueBalances {
  const rows = (raw.B ?? raw.balances) as readonly Raw[];
  const total = rows.map((row) => {
    const [free, locked] = [row.f ?? row.free, row.l ?? row.locked].map((text) =>
      cutUnits(String(text), decimals),
    );
    return [String(row.a ?? row.asset), free! + locked!] as const;
  });
  return {
    kind: "balances",
    time: Number(raw.E ?? raw.updateTime),
    id: raw.B === undefined ? 0 : Number(raw.u),
    total: Object.fromEntries(total),
  };
}

/** Why Binance refused, from its own code and text. */
export function rejectReason(isFundsError: boolean, text: string): RejectReason {
  if (isFundsError || /insufficient balance/i.test(text)) return "insufficient-funds";
  if (/trigger immediately/i.test(text)) return "would-trigger";
  if (/NOTIONAL/.test(text)) return "min-notional";
  return "refused";
}
