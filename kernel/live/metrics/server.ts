import { randomBytes } from "node:crypto";
import { chmod, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { fail } from "#core";
import { openMetrics } from "#monitor";
import { writeAtomic } from "#storage";
import { hasToken } from "../control/token.ts";
import type { LiveStatus } from "../status.ts";
import { liveFigures } from "./figures.ts";

/** Its word, for Prometheus's `credentials_file`. It stays the same over restarts; mode 0600. */
export const TOKEN_FILE = "metrics.token";

export interface MetricsServer {
  close(): Promise<void>;
}

/**
 * Serves /metrics on loopback to whoever may read the account's folder.
 * @param port 1 to 65535. Errors: `live.port-in-use`.
 */
export async function serveMetrics(
  folder: string,
  port: number,
  status: () => LiveStatus,
): Promise<MetricsServer> {
  const token = await tokenOf(folder);
  const page = await openMetrics();
  const server = createServer((request, response) => {
    request.resume();
    const refuse = (code: number, why: string) => {
      response.writeHead(code, { "content-type": "text/plain" });
      response.end(`${why}\n`);
    };
    if (!hasToken(request, token))
      return refuse(401, `the token is missing or wrong; it is in ${TOKEN_FILE}`);
    if (request.method !== "GET" || request.url?.split("?")[0] !== "/metrics")
      return refuse(404, "there is /metrics");
    // Whatever a page meets, the daemon that trades goes on.
    void Promise.resolve()
      .then(() => page.text(liveFigures(status())))
      .then(
        (text) => {
          response.writeHead(200, { "content-type": page.contentType });
          response.end(text);
        },
        (error: Error) => refuse(500, error.message),
      );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  }).catch((cause: Error) =>
    fail("live.port-in-use", {
      message: `metrics cannot be served on 127.0.0.1:${port}: ${cause.message}`,
      hint: "Give another port: --metrics 9465.",
      fields: { port },
      cause,
    }),
  );
  return {
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function tokenOf(folder: string): Promise<string> {
  const path = join(folder, TOKEN_FILE);
  const found = await readFile(path, "utf8").catch(() => "");
  if (found.trim().length >= 32) {
    await chmod(path, 0o600);
    return found.trim();
  }
  const token = randomBytes(32).toString("hex");
  await writeAtomic(path, token, { mode: 0o600 });
  return token;
}
