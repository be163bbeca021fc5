import type { Instrument, Lots, OrderType, Ticks } from "#model";
import { priceUnitsPerTick } from "../texts.ts";
import type { Params } from "./params.ts";
import { refuse, refuseFilter, refuseMissing } from "./refusal.ts";

/** Largest price and quantity, in ticks and lots: products with them stay exact. */
export const TICKS_MAX = 1e12;
export const LOTS_MAX = 1e12;
const DECIMAL = /^([0-9]{1,20})(\.[0-9]{1,20})?$/;
const TYPES: Readonly<Record<string, OrderType>> = { MARKET: "market", LIMIT: "limit", STOP_LOSS: "stop" };
/** Sent along by clients, without any effect here. */
const IGNORED = ["strategyId", "strategyType", "selfTradePreventionMode"];
export const CLIENT_ID = /^[a-zA-Z0-9-_]{1,36}$/;

export type ResponseType = "ACK" | "RESULT" | "FULL";

export interface OrderParams {
  readonly side: 1 | -1;
  readonly type: OrderType;
  readonly lots: Lots;
  readonly ticks: Ticks | undefined;
  readonly clientId: string | undefined;
  readonly responseType: ResponseType;
}

/** What an order asks for. Errors: -1013, -1100 to -1117, -1136, -2010. */
export function readOrder(instrument: Instrument, params: Params): OrderParams {
  const side = sideOf(params.mandatory("side"));
  const type = TYPES[params.mandatory("type")] ?? refuse(-1116, "Invalid orderType.");
  if (type === "market" && params.has("quoteOrderQty")) {
    refuse(-2010, "Quote order qty market orders are not support for this symbol.");
  }
  if (type === "limit") {
    if (params.mandatory("timeInForce") !== "GTC") refuse(-1115, "Invalid timeInForce.");
  } else params.forbid("timeInForce", "price");
  if (type !== "stop") params.forbid("stopPrice");
  params.forbid("quoteOrderQty", "icebergQty", "trailingDelta");
  const price = type === "market" ? undefined : type === "limit" ? "price" : "stopPrice";
  const order: OrderParams = {
    side,
    type,
    lots: lotsOf(instrument, params),
    ticks: price === undefined ? undefined : ticksOf(instrument, params, price),
    clientId: params.matching("newClientOrderId", CLIENT_ID),
    responseType: responseTypeOf(params, type),
  };
  for (const name of IGNORED) params.optional(name);
  params.end();
  return order;
}

function sideOf(text: string): 1 | -1 {
  if (text !== "BUY" && text !== "SELL") refuse(-1117, "Invalid side.");
  return text === "BUY" ? 1 : -1;
}

function responseTypeOf(params: Params, type: OrderType): ResponseType {
  const text = params.optional("newOrderRespType") ?? (type === "stop" ? "ACK" : "FULL");
  return text === "ACK" || text === "RESULT" || text === "FULL"
    ? text
    : refuse(-1136, "Invalid newOrderRespType.");
}

function lotsOf(instrument: Instrument, params: Params): Lots {
  const units = unitsOf(instrument, params, "quantity");
  const lot = BigInt(instrument.baseUnitsPerLot);
  if (units === 0n || units % lot !== 0n || units / lot > BigInt(LOTS_MAX)) refuseFilter("LOT_SIZE");
  return Number(units / lot);
}

function ticksOf(instrument: Instrument, params: Params, name: string): Ticks {
  const units = unitsOf(instrument, params, name);
  const tick = priceUnitsPerTick(instrument);
  if (units === 0n || units % tick !== 0n || units / tick > BigInt(TICKS_MAX)) refuseFilter("PRICE_FILTER");
  return Number(units / tick);
}

/** A decimal text in units of 10^-assetDecimals, exact. Errors: -1100, -1102, -1111. */
function unitsOf({ assetDecimals }: Instrument, params: Params, name: string): bigint {
  const text = params.matching(name, DECIMAL) ?? refuseMissing(name);
  const [whole = "", fraction = ""] = text.split(".");
  const digits = fraction.replace(/0+$/, "");
  if (digits.length > assetDecimals) refuse(-1111, `Parameter '${name}' has too much precision.`);
  return BigInt(whole + digits.padEnd(assetDecimals, "0"));
}
