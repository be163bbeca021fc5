import { join } from "node:path";
import { expect, it } from "vitest";
import { EMBEDDED_QUEUE_SCHEMA, openEmbeddedQueue } from "#jobs";
import { lookFor, openSqlite, type ProcessIdentity, type SqliteDatabase } from "#storage";
import { temporaryFolder } from "../../temporary-folder.ts";
import { ROOT } from "../../tidy/sources.ts";
import { describeJobQueue, type QueuePlace, until } from "./contract.ts";

const LEASE_MS = 1000;
const isWorkerGone = (worker: string) =>
  worker.startsWith("{") && lookFor(JSON.parse(worker) as ProcessIdentity) === "gone";

async function openPlace(now?: () => number): Promise<QueuePlace> {
  const path = join(temporaryFolder(), "queue.sqlite");
  const migrations = [EMBEDDED_QUEUE_SCHEMA];
  const opened: SqliteDatabase[] = [];
  return {
    address: { dist: join(ROOT, "dist"), path, migrations, leaseMs: LEASE_MS },
    async open() {
      const database = await openSqlite(path, { migrations });
      opened.push(database);
      const options = { isWorkerGone, leaseMs: LEASE_MS, pollMs: 20 };
      return openEmbeddedQueue(database, now ? { ...options, now } : options);
    },
    async close() {
      for (const database of opened) database.close();
    },
  };
}

describeJobQueue("the embedded queue", openPlace);

it("a clock that is set back makes no repetition wait, one set forward doubles nothing", async () => {
  let shift = 0;
  const place = await openPlace(() => Date.now() + shift);
  const queue = await place.open();
  const starts: number[] = [];
  await queue.work({
    ...{ worker: "w", slots: 1, onError: () => {} },
    async execute({ attempt }) {
      starts.push(attempt);
      if (attempt === 1) return { status: "failed", result: null };
      // A laptop that slept: by its clock the lease is long over.
      shift += 12 * 36e5;
      await new Promise((resolve) => setTimeout(resolve, 300));
      return { status: "done", result: null };
    },
  });
  await queue.add({ id: "a", payload: null, rule: { restarts: 1, retries: 1, retryDelayMs: 60_000 } });
  await until(async () => (await queue.get("a"))?.attempts[0]?.endedAt, "the failure");
  shift = -3 * 36e5;
  await until(async () => (await queue.get("a"))?.status === "done", "the end");
  expect(starts).toEqual([1, 2]);
  await queue.close();
  await place.close();
});
