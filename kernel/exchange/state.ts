import type { OrderRecord } from "./accounts.ts";
import type { Market } from "./market.ts";
import type { AccountState, ExchangeKey, ExchangeState, OpenOrderState } from "./options.ts";
import type { Replay } from "./replay.ts";
import { amountText, priceText, quantityText } from "./texts.ts";

/** All that an operator or a test may want to know, as plain data. */
export function exchangeState(market: Market, keys: readonly ExchangeKey[], replay: Replay): ExchangeState {
  const { tapes, now: time } = market;
  return {
    time,
    isDone: replay.isDone,
    ...(replay.waitsFor === undefined ? {} : { waitsFor: replay.waitsFor }),
    sent: replay.sent,
    prints: tapes.reduce((sum, { printed }) => sum + printed, 0),
    printsTotal: tapes.reduce((sum, { total }) => sum + total, 0),
    accounts: keys.map(({ apiKey }, account) => accountState(market, account, apiKey)),
  };
}

function accountState(market: Market, account: number, apiKey: string): AccountState {
  const { quote, base } = market.funds(account);
  const first = market.instrument(0);
  const texts = ({ free, locked }: typeof quote) => ({
    free: amountText(first, free),
    locked: amountText(first, locked),
  });
  const records = market.accounts[account]!;
  return {
    apiKey,
    balances: Object.fromEntries([
      ...base.map((balance, i) => [market.instrument(i).base, texts(balance)]),
      [first.quote, texts(quote)],
    ]),
    openOrders: records.open().map((order) => openOrderState(market, order)),
    orders: records.orders.length,
    trades: records.trades.length,
  };
}

function openOrderState(market: Market, { ticket, filledLots }: OrderRecord): OpenOrderState {
  const instrument = market.instrument(ticket.instrument);
  return {
    symbol: instrument.symbol,
    clientOrderId: ticket.id,
    side: ticket.side > 0 ? "buy" : "sell",
    type: ticket.type,
    quantity: quantityText(instrument, ticket.lots),
    filled: quantityText(instrument, filledLots),
    ...(ticket.ticks === undefined ? {} : { price: priceText(instrument, ticket.ticks) }),
  };
}
