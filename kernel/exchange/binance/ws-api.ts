import type { MarketEvent } from "../market.ts";
import { accountCommission, accountStatus } from "./account.ts";
import type { Connection } from "./connection.ts";
import type { Desk, Operation } from "./desk.ts";
import { depth, exchangeInfo, klines, ping, serverTime } from "./market-data.ts";
import { balancesMessage, executionMessage } from "./messages.ts";
import {
  allOrders,
  cancelAllOrders,
  cancelOrder,
  myTrades,
  openOrders,
  placeOrder,
  queryOrder,
} from "./orders.ts";
import { Params } from "./params.ts";
import { Refusal, refuse, refuseMissing, UNKNOWN_ERROR } from "./refusal.ts";
import { authenticate } from "./sign.ts";

const PUBLIC: Readonly<Record<string, Operation>> = {
  ping,
  time: serverTime,
  exchangeInfo,
  depth,
  klines,
};
const SIGNED: Readonly<Record<string, Operation>> = {
  "order.place": placeOrder,
  "order.cancel": cancelOrder,
  "order.status": queryOrder,
  "openOrders.status": openOrders,
  "openOrders.cancelAll": cancelAllOrders,
  allOrders,
  myTrades,
  "account.status": accountStatus,
  "account.commission": accountCommission,
};
/** The methods that change what a connection hears. */
const SUBSCRIBE = "userDataStream.subscribe.signature";
const UNSUBSCRIBE = "userDataStream.unsubscribe";

/** A connection of the WebSocket API, with the user streams that it hears: its subscription id of each account. */
interface Caller {
  readonly connection: Connection;
  readonly subscriptions: Map<number, number>;
  nextId: number;
}

/** Requests over a socket, each signed by itself, and the user streams. */
export class WebSocketApi {
  private readonly desk: Desk;
  private readonly callers = new Set<Caller>();
  private readonly onBug: (error: unknown) => void;

  constructor(desk: Desk, onBug: (error: unknown) => void) {
    this.desk = desk;
    this.onBug = onBug;
  }

  connect(connection: Connection): void {
    const caller: Caller = { connection, subscriptions: new Map(), nextId: 0 };
    this.callers.add(caller);
    connection.socket.on("message", (data) => {
      void this.desk.audience.during(() => connection.send(this.answer(caller, String(data))));
    });
    connection.socket.on("close", () => {
      this.callers.delete(caller);
      this.unsubscribe(caller, undefined);
    });
  }

  send(event: MarketEvent): void {
    if (event.kind !== "execution" && event.kind !== "balances") return;
    const { market } = this.desk;
    const message =
      event.kind === "execution" ? executionMessage(market, event.execution) : balancesMessage(market, event);
    for (const { connection, subscriptions } of this.callers) {
      const subscriptionId = subscriptions.get(event.account);
      if (subscriptionId !== undefined) void connection.send({ subscriptionId, event: message });
    }
  }

  private answer(caller: Caller, text: string): object {
    let id: unknown = null;
    try {
      const request = parse(text);
      id = isRequestId(request.id) ? request.id : null;
      return { id, status: 200, result: this.result(caller, request), rateLimits: [] };
    } catch (error) {
      const isRefusal = error instanceof Refusal;
      if (!isRefusal) this.onBug(error);
      const refusal = isRefusal ? error : UNKNOWN_ERROR;
      return { id, status: refusal.status, error: refusal, rateLimits: [] };
    }
  }

  private result(caller: Caller, { method, params: values }: Record<string, unknown>): unknown {
    if (typeof method !== "string") refuseMissing("method");
    const params = Params.fromJson(values);
    if (method === UNSUBSCRIBE) return this.unsubscribe(caller, params.integer("subscriptionId"));
    const open = Object.hasOwn(PUBLIC, method) ? PUBLIC[method] : undefined;
    if (open) return open(this.desk, params, -1);
    const signed = Object.hasOwn(SIGNED, method) ? SIGNED[method] : undefined;
    if (!signed && method !== SUBSCRIBE) refuse(-1000, "Unknown method.");
    const apiKey = params.optional("apiKey");
    const account = authenticate(this.desk.keys, apiKey, params.sortedText(), params);
    return signed ? signed(this.desk, params, account) : this.subscribe(caller, account);
  }

  /** A second subscription of a connection to the same account is the first. */
  private subscribe(caller: Caller, account: number): object {
    const known = caller.subscriptions.get(account);
    if (known !== undefined) return { subscriptionId: known };
    const subscriptionId = caller.nextId++;
    caller.subscriptions.set(account, subscriptionId);
    this.desk.audience.joinUser(account);
    return { subscriptionId };
  }

  /** @param id of one subscription; undefined ends all. */
  private unsubscribe(caller: Caller, id: number | undefined): object {
    for (const [account, subscriptionId] of [...caller.subscriptions]) {
      if (id !== undefined && id !== subscriptionId) continue;
      caller.subscriptions.delete(account);
      this.desk.audience.leaveUser(account);
    }
    return {};
  }
}

function parse(text: string): Record<string, unknown> {
  let request: unknown;
  try {
    request = JSON.parse(text);
  } catch {
    refuse(-1102, "The request is no JSON.");
  }
  if (typeof request !== "object" || request === null || Array.isArray(request)) {
    refuse(-1102, "The request is no JSON object.");
  }
  return request as Record<string, unknown>;
}

function isRequestId(id: unknown): boolean {
  return Number.isSafeInteger(id) || (typeof id === "string" && id.length <= 36);
}
