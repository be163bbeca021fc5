import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type ControlAddress, removeControlAddress, writeControlAddress } from "../account-folder.ts";
import { hasToken } from "./token.ts";

export const CONTROL_ACTIONS = ["halt", "flatten", "resume", "stop"] as const;
export type ControlAction = (typeof CONTROL_ACTIONS)[number];

export interface ControlHandlers {
  status(): object;
  act(action: ControlAction): void;
}

export interface ControlServer {
  close(): Promise<void>;
}

/** Listens on loopback for whoever may read the account's folder: each request carries the token that stands there. */
export async function startControl(folder: string, handlers: ControlHandlers): Promise<ControlServer> {
  const token = randomBytes(32).toString("hex");
  const server = createServer((request, response) => {
    request.resume();
    let [status, body]: [number, object] = [500, {}];
    try {
      [status, body] = answer(request, token, handlers);
    } catch (error) {
      // Whatever a command meets, the daemon that trades goes on.
      body = { error: (error as Error).message };
    }
    send(response, status, body);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address: ControlAddress = { port: (server.address() as AddressInfo).port, token, pid: process.pid };
  await writeControlAddress(folder, address);
  return {
    async close() {
      // Who looks for the daemon sees that it ended, and was not cut off.
      await removeControlAddress(folder);
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

function answer(request: IncomingMessage, token: string, handlers: ControlHandlers): [number, object] {
  if (!hasToken(request, token)) return [401, { error: "the token is missing or wrong" }];
  const action = CONTROL_ACTIONS.find((name) => request.url === `/${name}`);
  if (request.method === "GET" && request.url === "/status") return [200, handlers.status()];
  if (request.method !== "POST" || !action)
    return [404, { error: `there is no ${request.method} ${request.url}` }];
  handlers.act(action);
  return [202, { accepted: action }];
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
