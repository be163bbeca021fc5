import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A real HTTP server on loopback that answers in JSON. */
export interface JsonServer {
  readonly origin: string;
  /** Path and query of each request, in order. */
  readonly requests: string[];
  /** The next so many requests are answered with this HTTP status and body. */
  failNext(count: number, status: number, body: unknown): void;
  close(): Promise<void>;
}

/** @param answer the body for a path and its query; undefined for an unknown path. */
export async function startJsonServer(
  answer: (path: string, query: URLSearchParams) => unknown,
): Promise<JsonServer> {
  const requests: string[] = [];
  const failing: { count: number; status: number; body: unknown } = { count: 0, status: 500, body: {} };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    requests.push(url.pathname + url.search);
    const send = (status: number, body: unknown) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    };
    if (failing.count > 0) {
      failing.count--;
      return send(failing.status, failing.body);
    }
    const body = answer(url.pathname, url.searchParams);
    return body === undefined ? send(404, { error: "no such path" }) : send(200, body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    failNext(count, status, body) {
      Object.assign(failing, { count, status, body });
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
