import { createHmac } from "node:crypto";
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";
import type { ExchangeKey } from "#exchange";
import { type Answer, signedParams } from "./follower.ts";

export type Values = Readonly<Record<string, string | number>>;

export interface RestAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** A signed request over HTTP. @param change alters what is sent after it was signed. */
export async function rest(
  origin: string,
  key: ExchangeKey,
  method: string,
  path: string,
  values: Values,
  change: (form: string) => string = (form) => form,
): Promise<RestAnswer> {
  const texts = Object.entries({ timestamp: Date.now(), ...values }).map(
    ([name, value]): [string, string] => [name, String(value)],
  );
  const form = new URLSearchParams(texts).toString();
  const signature = createHmac("sha256", key.secret).update(form).digest("hex");
  const full = change(`${form}&signature=${signature}`);
  const headers = { "x-mbx-apikey": key.apiKey, "content-type": "application/x-www-form-urlencoded" };
  const response = await (method === "POST"
    ? fetch(`${origin}${path}`, { method, headers, body: full })
    : fetch(`${origin}${path}?${full}`, { method, headers }));
  return { status: response.status, body: await response.json() };
}

/** A connection that is closed when the test ends. */
export async function socketTo(address: string): Promise<WebSocket> {
  const socket = new WebSocket(address);
  onTestFinished(() => socket.terminate());
  await new Promise<void>((resolve, reject) => {
    socket.once("open", () => resolve());
    socket.once("error", reject);
  });
  return socket;
}

/** Sends a text and gives back what comes next; undefined if the connection ends instead. */
export function exchangeMessages(socket: WebSocket, text: string | Buffer): Promise<unknown> {
  return new Promise((resolve) => {
    const finish = (value: unknown) => {
      socket.off("message", onMessage);
      socket.off("close", onClose);
      resolve(value);
    };
    const onMessage = (data: unknown) => finish(JSON.parse(String(data)));
    const onClose = () => finish(undefined);
    socket.once("message", onMessage);
    socket.once("close", onClose);
    socket.send(text, () => {});
  });
}

/** A signed request of the WebSocket API. */
export async function api(
  socket: WebSocket,
  key: ExchangeKey,
  method: string,
  values: Values,
): Promise<Answer> {
  const params = signedParams(key, values);
  return (await exchangeMessages(socket, JSON.stringify({ id: "1", method, params }))) as Answer;
}
