import type { RejectReason } from "#model";
import { type AccountTrade, isOpen, type OrderRecord } from "../accounts.ts";
import { amountText, priceText, quantityText } from "../texts.ts";
import { binanceSymbol, type Desk, instrumentOf, instrumentsOf, type Operation, stamp } from "./desk.ts";
import { ORDER_TYPE, pricesOf, STATUS } from "./messages.ts";
import { CLIENT_ID, readOrder } from "./order-params.ts";
import type { Params } from "./params.ts";
import { refuse, refuseFilter } from "./refusal.ts";

const ROWS = 500;
const ROWS_MAX = 1000;

/**
 * Takes an order. It is matched when it arrives, later in replay time, so it is new in every answer, and what
 * becomes of it is told on the user stream.
 */
export const placeOrder: Operation = (desk, params, account) => {
  const { market } = desk;
  const index = instrumentOf(desk, params);
  const { clientId, responseType, ...wanted } = readOrder(market.instrument(index), params);
  const id = clientId ?? generatedId(desk, account);
  if (market.hasOpen(account, id)) refuse(-2010, "Duplicate order sent.");
  const taken = market.submit(account, { ...wanted, instrument: index, id });
  if (typeof taken === "string") refuseOrder(taken, wanted.type === "market");
  const ack = { ...nameOf(desk, taken), transactTime: stamp(taken.acceptedAt) };
  if (responseType === "ACK") return ack;
  const result = { ...ack, ...orderRow(desk, taken) };
  return responseType === "RESULT" ? result : { ...result, fills: [] };
};

/** Cancels take effect when they arrive, like orders: until then the order is being cancelled. */
export const cancelOrder: Operation = (desk, params, account) => {
  const order = findOrder(desk, params, account) ?? refuse(-2011, "Unknown order sent.");
  const cancelId = params.matching("newClientOrderId", CLIENT_ID);
  params.end();
  return cancel(desk, account, order, cancelId);
};

export const cancelAllOrders: Operation = (desk, params, account) => {
  const index = instrumentOf(desk, params);
  params.end();
  const open = openOrdersOf(desk, account, [index]);
  if (open.length === 0) refuse(-2011, "Unknown order sent.");
  return open.map((order) => cancel(desk, account, order, undefined));
};

export const queryOrder: Operation = (desk, params, account) =>
  fullRow(desk, findOrder(desk, params, account) ?? refuse(-2013, "Order does not exist."));

export const openOrders: Operation = (desk, params, account) =>
  openOrdersOf(desk, account, instrumentsOf(desk, params)).map((order) => fullRow(desk, order));

/** All orders of an instrument: from `orderId` on, or the last ones. */
export const allOrders: Operation = (desk, params, account) => {
  const index = instrumentOf(desk, params);
  const first = params.integer("orderId");
  const isWithin = timeRange(params);
  const rows = desk.market.accounts[account]!.orders.filter(
    ({ ticket, acceptedAt, id }) => ticket.instrument === index && isWithin(acceptedAt) && id >= (first ?? 0),
  );
  return page(rows, params, first !== undefined).map((order) => fullRow(desk, order));
};

/** The account's trades of an instrument: of an order, from `fromId` on, or the last ones. */
export const myTrades: Operation = (desk, params, account) => {
  const index = instrumentOf(desk, params);
  const orderId = params.integer("orderId");
  const fromId = params.integer("fromId");
  const isWithin = timeRange(params);
  const rows = desk.market.accounts[account]!.trades.filter(
    ({ order, id, time }) =>
      order.ticket.instrument === index &&
      (orderId === undefined || order.id === orderId) &&
      id >= (fromId ?? 0) &&
      isWithin(time),
  );
  return page(rows, params, fromId !== undefined).map((trade) => tradeRow(desk, trade));
};

/** Binance's codes and words for what the venue refuses. */
function refuseOrder(reason: RejectReason, isMarket: boolean): never {
  switch (reason) {
    case "insufficient-funds":
      return refuse(-2010, "Account has insufficient balance for requested action.");
    case "would-trigger":
      return refuse(-2010, "Stop price would trigger immediately.");
    case "min-notional":
      return refuseFilter("NOTIONAL");
    case "no-market":
      return isMarket ? refuse(-1112, "No orders on book for symbol.") : refuse(-1013, "Market is closed.");
    // Reasons of the daemon's own.
    case "not-found":
    case "stale":
    case "refused":
      return refuse(-2010, "Order was rejected.");
  }
}

function cancel(desk: Desk, account: number, order: OrderRecord, cancelId: string | undefined): object {
  const id = cancelId ?? generatedId(desk, account);
  if (!desk.market.cancel(account, order, id)) refuse(-2011, "Unknown order sent.");
  const { clientOrderId, ...name } = nameOf(desk, order);
  return {
    ...name,
    origClientOrderId: clientOrderId,
    clientOrderId: id,
    transactTime: stamp(desk.market.now),
    ...orderRow(desk, order),
    status: "PENDING_CANCEL",
  };
}

/** A client id for a request that brings none; the same in every replay. */
function generatedId({ market }: Desk, account: number): string {
  const { orders } = market.accounts[account]!;
  for (let n = orders.length + 1; ; n++) if (!market.hasOpen(account, `auto-${n}`)) return `auto-${n}`;
}

/** The order of `orderId`, or of `origClientOrderId`, or of both. Errors: -1102, -1121. */
function findOrder(desk: Desk, params: Params, account: number): OrderRecord | undefined {
  const index = instrumentOf(desk, params);
  const id = params.integer("orderId");
  const clientId = params.matching("origClientOrderId", CLIENT_ID);
  if (id === undefined && clientId === undefined) {
    refuse(-1102, "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!");
  }
  const records = desk.market.accounts[account]!;
  const order = id === undefined ? records.withClientId(clientId!) : records.withId(id);
  const isMeant = order?.ticket.instrument === index && (!clientId || order.ticket.id === clientId);
  return isMeant ? order : undefined;
}

function openOrdersOf({ market }: Desk, account: number, instruments: readonly number[]): OrderRecord[] {
  return market.accounts[account]!.orders.filter(
    (order) => isOpen(order) && instruments.includes(order.ticket.instrument),
  );
}

/** Rows in order of their id: the first of those asked for by id, else the last. Errors: -1100, -1130. */
function page<T>(rows: readonly T[], params: Params, isFromId: boolean): readonly T[] {
  const limit = params.limit(ROWS, ROWS_MAX);
  return isFromId ? rows.slice(0, limit) : rows.slice(-limit);
}

function timeRange(params: Params): (time: number) => boolean {
  const start = params.integer("startTime") ?? 0;
  const end = params.integer("endTime") ?? Number.POSITIVE_INFINITY;
  return (time) => stamp(time) >= start && stamp(time) <= end;
}

function nameOf({ market }: Desk, { id, ticket }: OrderRecord) {
  const symbol = binanceSymbol(market.instrument(ticket.instrument));
  return { symbol, orderId: id, orderListId: -1, clientOrderId: ticket.id };
}

function orderRow({ market }: Desk, order: OrderRecord): object {
  const { ticket, status, filledLots, tradedUnits, acceptedAt } = order;
  const instrument = market.instrument(ticket.instrument);
  const { price, stopPrice } = pricesOf(market, order, "price", "stopPrice");
  return {
    price,
    origQty: quantityText(instrument, ticket.lots),
    executedQty: quantityText(instrument, filledLots),
    origQuoteOrderQty: amountText(instrument, 0n),
    cummulativeQuoteQty: amountText(instrument, tradedUnits),
    status: STATUS[status],
    timeInForce: "GTC",
    type: ORDER_TYPE[ticket.type],
    side: ticket.side > 0 ? "BUY" : "SELL",
    ...(ticket.type === "stop" ? { stopPrice } : {}),
    workingTime: stamp(acceptedAt),
    selfTradePreventionMode: "NONE",
  };
}

function fullRow(desk: Desk, order: OrderRecord): object {
  const { stopPrice } = pricesOf(desk.market, order, "price", "stopPrice");
  return {
    ...nameOf(desk, order),
    ...orderRow(desk, order),
    stopPrice,
    icebergQty: amountText(desk.market.instrument(order.ticket.instrument), 0n),
    time: stamp(order.acceptedAt),
    updateTime: stamp(order.updatedAt),
    isWorking: order.ticket.type !== "stop" && isOpen(order),
  };
}

function tradeRow({ market }: Desk, trade: AccountTrade): object {
  const { ticket, id: orderId } = trade.order;
  const instrument = market.instrument(ticket.instrument);
  return {
    symbol: binanceSymbol(instrument),
    id: trade.id,
    orderId,
    orderListId: -1,
    price: priceText(instrument, trade.ticks),
    qty: quantityText(instrument, trade.lots),
    quoteQty: amountText(instrument, trade.quoteUnits),
    commission: amountText(instrument, trade.fee),
    commissionAsset: trade.feeAsset,
    time: stamp(trade.time),
    isBuyer: ticket.side > 0,
    isMaker: trade.isMaker,
    isBestMatch: true,
  };
}
