import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { freePort } from "../../free-port.ts";

/** Whether a redis-server can be started here. With TICKBOOK_REQUIRE_REDIS=1 a missing one is an error. */
export function hasRedisServer(): boolean {
  const isThere = spawnSync("redis-server", ["--version"], { stdio: "ignore" }).status === 0;
  if (!isThere && process.env.TICKBOOK_REQUIRE_REDIS === "1")
    throw new Error("TICKBOOK_REQUIRE_REDIS is 1, and there is no redis-server on the PATH");
  if (!isThere)
    console.warn(
      "no redis-server on the PATH: the tests of the queue on Redis are skipped (apt install redis-server)",
    );
  return isThere;
}

export interface RedisServer {
  readonly url: string;
  /** kill -9; what it wrote stays. */
  kill(): Promise<void>;
  /** Again on the same port, with what was written. */
  start(): Promise<void>;
}

/** A Redis of its own on loopback, with a password and every write in a file. */
export async function startRedis(folder: string): Promise<RedisServer> {
  const port = await freePort();
  const password = "p@ss/word";
  let child: ChildProcess | undefined;
  const server: RedisServer = {
    url: `redis://:${encodeURIComponent(password)}@127.0.0.1:${port}/2`,
    async kill() {
      const ended = new Promise((resolve) => child?.once("exit", resolve));
      child?.kill("SIGKILL");
      await ended;
    },
    async start() {
      const options = { port, bind: "127.0.0.1", dir: folder, requirepass: password, appendonly: "yes" };
      const args = Object.entries({ ...options, appendfsync: "always", save: "" });
      child = spawn(
        "redis-server",
        args.flatMap(([name, value]) => [`--${name}`, String(value)]),
        {
          stdio: ["ignore", "pipe", "inherit"],
        },
      );
      await new Promise<void>((resolve, reject) => {
        let printed = "";
        child!.once("exit", (code) => reject(new Error(`redis-server ended with ${code}: ${printed}`)));
        child!.stdout!.on("data", (text) => {
          printed += text;
          if (/Ready to accept connections/.test(printed)) resolve();
        });
      });
    },
  };
  await server.start();
  return server;
}
