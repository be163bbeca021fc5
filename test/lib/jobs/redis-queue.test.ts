import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isTickbookError } from "#core";
import { openRedisQueue } from "#jobs";
import { freePort } from "../../free-port.ts";
import { ROOT } from "../../tidy/sources.ts";
import { describeJobQueue, type QueuePlace, until } from "./contract.ts";
import { hasRedisServer, type RedisServer, startRedis } from "./redis-server.ts";

const LEASE_MS = 1000;

describe.runIf(hasRedisServer())("on Redis", () => {
  let server: RedisServer;
  let folder: string;
  let places = 0;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "tickbook-redis-"));
    server = await startRedis(folder);
  });
  afterAll(async () => {
    await server.kill();
    rmSync(folder, { recursive: true });
  });

  async function openPlace(): Promise<QueuePlace> {
    const redis = { url: server.url, prefix: `t${++places}`, leaseMs: LEASE_MS };
    return {
      address: { dist: join(ROOT, "dist"), redis },
      open: () => openRedisQueue(redis),
      close: async () => {},
    };
  }

  describeJobQueue("the queue on Redis", openPlace);

  it("is refused where the database is not there, the password is wrong, or TLS is not spoken", async () => {
    const problem = async (url: string) => {
      const error = await openRedisQueue({ url }).catch((caught: unknown) => caught);
      expect(isTickbookError(error) && error.code).toBe("jobs.unreachable");
      expect(String(error)).not.toContain("p@ss");
      return String(error);
    };
    expect(await problem(server.url.replace(/2$/, "99"))).toContain("out of range");
    expect(await problem(server.url.replace("p%40ss", "p%40ssp%40ss"))).toContain("WRONGPASS");
    await problem(server.url.replace("redis:", "rediss:"));
  });

  it("goes on after Redis was killed and came back", async () => {
    const place = await openPlace();
    const queue = await place.open();
    const errors: unknown[] = [];
    const starts: string[] = [];
    await queue.work({
      ...{ worker: "w", slots: 1, onError: (error) => errors.push(error) },
      async execute({ id }) {
        starts.push(id);
        if (id === "a") await new Promise((resolve) => setTimeout(resolve, 1500));
        return { status: "done", result: id };
      },
    });
    const rule = { restarts: 1, retries: 0, retryDelayMs: 0 };
    await queue.add({ id: "a", payload: null, rule });
    await queue.add({ id: "b", payload: null, rule });
    await until(async () => starts.length === 1, "the first run");
    await server.kill();
    const refused = await queue.get("a").catch((error: unknown) => error);
    expect(isTickbookError(refused) && refused.code).toBe("jobs.unreachable");
    expect(String(refused)).not.toContain("p@ss");
    await new Promise((resolve) => setTimeout(resolve, 1200));
    await server.start();
    for (const id of ["a", "b"])
      await until(
        async () => (await queue.get(id).catch(() => undefined))?.status === "done",
        `the end of ${id}`,
      );
    await queue.close();
  });
});

describe("the address of Redis", () => {
  const refusal = (url: string) =>
    openRedisQueue({ url }).then(
      () => "none",
      (error: unknown) => (isTickbookError(error) ? `${error.code}: ${error.message}` : String(error)),
    );

  it.each(["", "localhost:6379", "http://localhost", "redis://h/x"])("%j is refused", async (url) => {
    expect(await refusal(url)).toMatch(/^jobs\.bad-url/);
  });

  it("where nothing answers is told without the password", async () => {
    const text = await refusal(`redis://me:secret@127.0.0.1:${await freePort()}`);
    expect(text).toMatch(/^jobs\.unreachable: Redis at 127\.0\.0\.1:\d+ does not answer: .*ECONNREFUSED/);
    expect(text).not.toContain("secret");
  });
});
