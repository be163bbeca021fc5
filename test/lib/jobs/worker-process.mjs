// A worker in a process of its own, on the built code. Arguments: where the queue is, and how to behave.
import { setTimeout as sleep } from "node:timers/promises";

const { address, behaviour } = JSON.parse(process.argv[2]);
const { openEmbeddedQueue, openRedisQueue } = await import(`${address.dist}/lib/jobs/index.js`);
const { lookFor, openSqlite, ownIdentity } = await import(`${address.dist}/lib/storage/index.js`);

const queue = address.redis
  ? await openRedisQueue(address.redis)
  : openEmbeddedQueue(await openSqlite(address.path, { migrations: address.migrations }), {
      ...{ isWorkerGone: (worker) => lookFor(JSON.parse(worker)) === "gone" },
      leaseMs: address.leaseMs,
    });
await queue.work({
  worker: JSON.stringify(ownIdentity()),
  slots: 2,
  onError: () => {},
  async execute({ signal }) {
    console.log("started");
    if (behaviour.hangs) await new Promise((resolve) => signal.addEventListener("abort", resolve));
    else await sleep(behaviour.sleepMs);
    console.log("ended");
    return { status: "done", result: behaviour.says };
  },
});
