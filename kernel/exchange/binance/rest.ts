import type { IncomingMessage, ServerResponse } from "node:http";
import type { Delay } from "../jitter.ts";
import { accountCommission, accountStatus } from "./account.ts";
import type { Desk, Operation } from "./desk.ts";
import {
  aggTrades,
  depth,
  exchangeInfo,
  klines,
  ping,
  serverTime,
  tickerBook,
  tickerPrice,
  trades,
} from "./market-data.ts";
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
import { Refusal, refuse, UNKNOWN_ERROR } from "./refusal.ts";
import { authenticate } from "./sign.ts";

const BODY_BYTES_MAX = 2 ** 16;
const PUBLIC: Readonly<Record<string, Operation>> = {
  "GET /api/v3/ping": ping,
  "GET /api/v3/time": serverTime,
  "GET /api/v3/exchangeInfo": exchangeInfo,
  "GET /api/v3/klines": klines,
  "GET /api/v3/depth": depth,
  "GET /api/v3/trades": trades,
  "GET /api/v3/historicalTrades": trades,
  "GET /api/v3/aggTrades": aggTrades,
  "GET /api/v3/ticker/price": tickerPrice,
  "GET /api/v3/ticker/bookTicker": tickerBook,
};
const SIGNED: Readonly<Record<string, Operation>> = {
  "GET /api/v3/account": accountStatus,
  "GET /api/v3/account/commission": accountCommission,
  "POST /api/v3/order": placeOrder,
  "GET /api/v3/order": queryOrder,
  "DELETE /api/v3/order": cancelOrder,
  "GET /api/v3/openOrders": openOrders,
  "DELETE /api/v3/openOrders": cancelAllOrders,
  "GET /api/v3/allOrders": allOrders,
  "GET /api/v3/myTrades": myTrades,
};

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Answers one HTTP request. Never rejects: a request that cannot be read is refused, a lost client forgotten. */
export async function answerHttp(
  desk: Desk,
  request: IncomingMessage,
  response: ServerResponse,
  delay: Delay | undefined,
  onBug: (error: unknown) => void,
): Promise<void> {
  // Heard from the start: a client that goes while we work is told by no later event.
  const gone = new Promise<void>((resolve) => response.once("close", resolve));
  let answer: Answer;
  try {
    answer = { status: 200, body: run(desk, request, await readBody(request)) };
  } catch (error) {
    const isRefusal = error instanceof Refusal;
    if (!isRefusal && !request.destroyed) onBug(error);
    const refusal = isRefusal ? error : UNKNOWN_ERROR;
    answer = { status: refusal.status, body: refusal };
  }
  await delay?.();
  await Promise.race([gone, send(response, answer)]);
}

function run(desk: Desk, request: IncomingMessage, body: string): unknown {
  const [path = "", query = ""] = splitOnce(request.url ?? "", "?");
  const route = `${request.method} ${path}`;
  const params = Params.fromForm([query, body].filter(Boolean).join("&"));
  const open = Object.hasOwn(PUBLIC, route) ? PUBLIC[route] : undefined;
  if (open) return open(desk, params, -1);
  const signed = Object.hasOwn(SIGNED, route) ? SIGNED[route] : undefined;
  if (!signed) refuse(-1000, `There is no ${route.slice(0, 100)}.`, 404);
  const apiKey = request.headers["x-mbx-apikey"];
  // The query and the body are signed as they were sent, one behind the other.
  const payload = (query + body).replace(/(^|&)signature=[^&]*/, "");
  const account = authenticate(desk.keys, String(apiKey ?? ""), payload, params);
  return signed(desk, params, account);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > BODY_BYTES_MAX) refuse(-1000, `The body has more than ${BODY_BYTES_MAX} bytes.`, 413);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** Resolves when the answer is with the socket; never if the client has gone. */
function send(response: ServerResponse, { status, body }: Answer): Promise<void> {
  return new Promise((resolve) => {
    const headers = { "content-type": "application/json;charset=UTF-8" };
    // A body that was not read to its end leaves the connection unusable.
    response.writeHead(status, status === 413 ? { ...headers, connection: "close" } : headers);
    response.end(JSON.stringify(body), resolve);
  });
}

function splitOnce(text: string, mark: string): string[] {
  const at = text.indexOf(mark);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + mark.length)];
}
