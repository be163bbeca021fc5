import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { fail } from "#core";
import type { Delay } from "../jitter.ts";
import type { MarketEvent } from "../market.ts";
import { Connection } from "./connection.ts";
import type { Desk } from "./desk.ts";
import { answerHttp } from "./rest.ts";
import { MarketStreams } from "./streams.ts";
import { WebSocketApi } from "./ws-api.ts";

const MESSAGE_BYTES_MAX = 2 ** 16;
const SOCKETS_MAX = 100;
const CONNECTIONS_MAX = 250;
const LOOPBACK = "ws://127.0.0.1";

/** Binance's spot protocol on one port of loopback. */
export class BinanceServer {
  origin = "";
  private readonly nextDelay: () => Delay | undefined;
  private readonly onBug: (error: unknown) => void;
  private readonly http: Server;
  private readonly sockets: WebSocketServer;
  private readonly streams: MarketStreams;
  private readonly api: WebSocketApi;

  /** @param onBug is told of what goes wrong here by our own fault; the client gets an answer anyway. */
  constructor(desk: Desk, nextDelay: () => Delay | undefined, onBug: (error: unknown) => void) {
    this.nextDelay = nextDelay;
    this.onBug = onBug;
    this.streams = new MarketStreams(desk);
    this.api = new WebSocketApi(desk, onBug);
    this.sockets = new WebSocketServer({ noServer: true, maxPayload: MESSAGE_BYTES_MAX });
    this.http = createServer((request, response) => {
      void desk.audience.during(() => answerHttp(desk, request, response, nextDelay(), onBug));
    });
    this.http.maxConnections = CONNECTIONS_MAX;
    this.http.on("upgrade", (request, socket, head) => this.upgrade(request, socket, head));
    this.http.on("clientError", (_, socket) => void socket.destroy());
  }

  /** Errors: `exchange.port-in-use`. */
  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.http.once("error", reject);
      this.http.listen(port, "127.0.0.1", resolve);
    }).catch((cause: unknown) =>
      fail("exchange.port-in-use", {
        message: `the exchange cannot listen on port ${port}: ${(cause as Error).message}`,
        hint: "Give another port, or stop the program that listens there; port 0 takes any free one.",
        fields: { port },
        cause,
      }),
    );
    this.http.on("error", this.onBug);
    this.origin = `http://127.0.0.1:${(this.http.address() as AddressInfo).port}`;
  }

  /** Tells everybody who listens. */
  send(event: MarketEvent): void {
    this.streams.send(event);
    this.api.send(event);
  }

  async close(): Promise<void> {
    for (const socket of this.sockets.clients) socket.terminate();
    await new Promise<void>((resolve) => {
      this.http.close(() => resolve());
      this.http.closeAllConnections();
    });
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => socket.destroy());
    const address = request.url ?? "";
    const connect = URL.canParse(address, LOOPBACK) ? this.connector(new URL(address, LOOPBACK)) : undefined;
    if (!connect || this.sockets.clients.size >= SOCKETS_MAX) {
      socket.end(
        `HTTP/1.1 ${connect ? "503 Service Unavailable" : "404 Not Found"}\r\nconnection: close\r\n\r\n`,
      );
      return;
    }
    this.sockets.handleUpgrade(request, socket, head, (client: WebSocket) => {
      client.on("error", () => client.terminate());
      connect(new Connection(client, this.nextDelay()));
    });
  }

  /** /ws-api/v3; /ws/<stream>/<stream> for bare messages; /stream?streams=<stream>/<stream> for wrapped ones. */
  private connector({ pathname, searchParams }: URL): ((connection: Connection) => void) | undefined {
    if (/^\/ws-api\/v3\/?$/.test(pathname)) return (connection) => this.api.connect(connection);
    const match = /^(?:\/stream)?\/ws(\/.*)?$/.exec(pathname);
    if (!match && !/^\/stream\/?$/.test(pathname)) return undefined;
    const names = (match ? (match[1] ?? "") : (searchParams.get("streams") ?? "")).split("/").filter(Boolean);
    return (connection) => this.streams.connect(connection, !match, names);
  }
}
