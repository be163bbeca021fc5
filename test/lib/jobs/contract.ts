import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import type { JobQueue, NewRun, Outcome, QueuedRun, RepeatRule, Work } from "#jobs";

/** One queue, as many processes may open it. */
export interface QueuePlace {
  /** Another connection to the same queue. */
  open(): Promise<JobQueue>;
  /** What `worker-process.mjs` needs to open it. */
  readonly address: Readonly<Record<string, unknown>>;
  close(): Promise<void>;
}

const ONCE: RepeatRule = { restarts: 1, retries: 0, retryDelayMs: 0 };
const DONE: Outcome = { status: "done", result: { answer: 42 } };
const failure = (text: string): Outcome => ({
  status: "failed",
  result: { error: { name: "E", message: text } },
});

let count = 0;
function run(rule: Partial<RepeatRule> = {}, payload: NewRun["payload"] = {}): NewRun {
  return { id: `run-${process.pid}-${++count}`, payload, rule: { ...ONCE, ...rule } };
}

/** Waits until `see` gives something, and says what was there if it never does. */
export async function until<T>(see: () => Promise<T | undefined | false>, what: string): Promise<T> {
  for (let tries = 0; tries < 400; tries++) {
    const seen = await see();
    if (seen) return seen;
    await sleep(50);
  }
  throw new Error(`it never came to pass: ${what}`);
}

/** What every queue must do. @param leaseMs of the places that `openPlace` makes. */
export function describeJobQueue(name: string, openPlace: () => Promise<QueuePlace>): void {
  describe(name, () => {
    let place: QueuePlace;
    let queue: JobQueue;
    const errors: unknown[] = [];

    beforeEach(async () => {
      place = await openPlace();
      queue = await place.open();
    });
    afterEach(async () => {
      await queue.close();
      await place.close();
    });

    const work = (execute: (work: Work) => Promise<Outcome>, { slots = 1, on = queue, worker = "w" } = {}) =>
      on.work({ worker, slots, execute, onError: (error) => errors.push(error) });
    const over = (id: string, on = queue): Promise<QueuedRun> =>
      until(async () => {
        const now = await on.get(id);
        return now && !["queued", "running"].includes(now.status) && now;
      }, `the end of ${id}`);
    const started = (id: string, attempts = 1): Promise<QueuedRun> =>
      until(async () => {
        const now = await queue.get(id);
        return now?.status === "running" && now.attempts.length === attempts && now;
      }, `attempt ${attempts} of ${id}`);
    const process = (behaviour: Readonly<Record<string, unknown>>) => startWorker(place, behaviour);

    it("counts on from the attempts that another store has lost: what they say later is refused", async () => {
      const lost = { ...run({ retries: 1 }), attemptsBefore: 2 };
      await queue.add(lost);
      const numbers: number[][] = [];
      await work(async ({ id, attempt, fence }) => {
        numbers.push([attempt, fence]);
        for (const old of [1, 2]) expect(await queue.finish(id, old, DONE)).toBe(false);
        return numbers.length === 1 ? failure("no") : DONE;
      });
      expect((await over(lost.id)).status).toBe("done");
      expect(numbers).toEqual([
        [3, 3],
        [4, 4],
      ]);
    });

    it("gives each run to one worker, with its payload, and keeps the result", async () => {
      const runs = Array.from({ length: 12 }, (_, i) => run({}, { i, text: "ä \u2028" }));
      const got: string[] = [];
      const other = await place.open();
      onTestFinished(() => other.close());
      for (const on of [queue, other])
        await work(
          async ({ id, payload, attempt, fence }) => {
            got.push(id);
            expect([attempt, fence]).toEqual([1, 1]);
            return { status: "done", result: payload };
          },
          { slots: 3, on },
        );
      // In doubt whether it arrived, a caller adds a run again.
      for (const one of runs) await Promise.all([queue.add(one), other.add(one)]);
      for (const one of runs)
        expect(await over(one.id)).toMatchObject({ status: "done", result: one.payload, fence: 1 });
      await queue.add(runs[0]!);
      await sleep(300);
      expect(got.sort()).toEqual(runs.map(({ id }) => id).sort());
    });

    it("takes as many runs at once as a worker has slots", async () => {
      let atOnce = 0;
      let most = 0;
      await work(
        async () => {
          most = Math.max(most, ++atOnce);
          await sleep(150);
          atOnce--;
          return DONE;
        },
        { slots: 2 },
      );
      await until(async () => (await queue.freeSlots()) === 2, "two free slots");
      const runs = Array.from({ length: 6 }, () => run());
      for (const one of runs) await queue.add(one);
      for (const one of runs) await over(one.id);
      expect(most).toBe(2);
    });

    it("repeats what failed as often as asked, later each time, and keeps every attempt", async () => {
      const at: number[] = [];
      await work(async ({ attempt }) => {
        at.push(performance.now());
        return attempt < 3 ? failure(`no ${attempt}`) : DONE;
      });
      const good = run({ retries: 2, retryDelayMs: 200 });
      await queue.add(good);
      const end = await over(good.id);
      expect(end.attempts.map(({ status, fence }) => [status, fence])).toEqual([
        ["failed", 1],
        ["failed", 2],
        ["done", 3],
      ]);
      expect(at[1]! - at[0]!).toBeGreaterThanOrEqual(195);
      expect(at[2]! - at[1]!).toBeGreaterThanOrEqual(395);
      const bad = run({ retries: 1 });
      await queue.add(bad);
      expect(await over(bad.id)).toMatchObject({ status: "failed", result: failure("no 2").result });
    });

    it("repeats an attempt that was cut short once, whatever was asked for failures", async () => {
      await work(async ({ payload, attempt }) =>
        payload === "always" || attempt === 1 ? { status: "dead", result: null } : DONE,
      );
      const [once, always, never] = [run(), run({ retries: 5 }, "always"), run({ restarts: 0 })];
      for (const one of [once, always, never]) await queue.add(one);
      expect((await over(once.id)).attempts.map(({ status }) => status)).toEqual(["dead", "done"]);
      expect((await over(always.id)).attempts.map(({ status }) => status)).toEqual(["dead", "dead"]);
      expect((await over(always.id)).status).toBe("dead");
      expect((await over(never.id)).attempts).toHaveLength(1);
    });

    it("cancels what waits, what works and what waits for its repetition", async () => {
      const waiting = run();
      await queue.add(waiting);
      await queue.cancel(waiting.id);
      expect(await queue.get(waiting.id)).toMatchObject({ status: "cancelled", attempts: [] });
      const reasons: unknown[] = [];
      await work(async ({ signal, payload }) => {
        if (payload === "fails") return failure("x");
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        reasons.push(signal.reason);
        return { status: "cancelled", result: null };
      });
      const working = run({ retries: 3 });
      await queue.add(working);
      await started(working.id);
      await queue.cancel(working.id);
      expect(await over(working.id)).toMatchObject({
        status: "cancelled",
        attempts: [{ status: "cancelled" }],
      });
      expect(reasons).toEqual(["cancelled"]);
      const repeated = run({ retries: 3, retryDelayMs: 60_000 }, "fails");
      await queue.add(repeated);
      await until(async () => (await queue.get(repeated.id))?.attempts[0]?.endedAt, "the first failure");
      await queue.cancel(repeated.id);
      expect((await over(repeated.id)).status).toBe("cancelled");
      // Once more changes nothing, nor does one that is unknown.
      await queue.cancel(repeated.id);
      await queue.cancel("unknown");
      expect((await queue.get(repeated.id))?.attempts).toHaveLength(1);
    });

    it("shows progress, and gives a run back when its worker is closed", async () => {
      const other = await place.open();
      onTestFinished(() => other.close());
      const worker = await work(
        async ({ signal, progress }) => {
          progress({ cell: 3 });
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
          return { status: "cancelled", result: null };
        },
        { on: other },
      );
      const one = run({ restarts: 0 });
      await queue.add(one);
      await until(async () => (await queue.get(one.id))?.progress, "progress");
      expect((await queue.get(one.id))?.progress).toEqual({ cell: 3 });
      await worker.close();
      const back = await queue.get(one.id);
      expect(back).toMatchObject({ status: "queued", attempts: [{ status: "dead", isGivenBack: true }] });
      await work(async ({ attempt }) => ({ status: "done", result: attempt }));
      expect(await over(one.id)).toMatchObject({ status: "done", result: 2, fence: 2 });
    });

    it("takes the end of a run from its newest attempt only, and once", async () => {
      const one = run({ retries: 1 });
      await work(async ({ attempt, signal }) => {
        if (attempt === 1) return failure("first");
        await new Promise((resolve) => {
          signal.addEventListener("abort", resolve);
          setTimeout(resolve, 600);
        });
        return { status: "done", result: "second" };
      });
      await queue.add(one);
      await started(one.id, 2);
      expect(await queue.finish(one.id, 1, { status: "done", result: "late" })).toBe(false);
      expect(await queue.finish(one.id, 3, { status: "done", result: "early" })).toBe(false);
      expect(await over(one.id)).toMatchObject({ status: "done", result: "second" });
      expect(await queue.finish(one.id, 2, { status: "done", result: "again" })).toBe(false);
      expect(await queue.get(one.id)).toMatchObject({ result: "second" });
      await queue.forget(one.id);
      expect(await queue.get(one.id)).toBeUndefined();
    });

    it("repeats elsewhere what a killed worker had, under the same rule", async () => {
      const first = process({ says: "held", hangs: true });
      const [once, never] = [run(), run({ restarts: 0 })];
      await queue.add(once);
      await queue.add(never);
      await started(once.id);
      await started(never.id);
      await first.kill();
      await work(async ({ attempt }) => ({ status: "done", result: attempt }), { slots: 2 });
      expect(await over(once.id)).toMatchObject({
        ...{ status: "done", result: 2, fence: 2 },
        attempts: [{ status: "dead" }, { status: "done" }],
      });
      expect(await over(never.id)).toMatchObject({ status: "dead", attempts: [{ status: "dead" }] });
    });

    it("refuses what a worker says that was given up and comes back to life", async () => {
      const frozen = process({ says: "late", sleepMs: 3000 });
      const one = run();
      await queue.add(one);
      await started(one.id);
      frozen.child.kill("SIGSTOP");
      await work(async ({ attempt }) => ({ status: "done", result: `attempt ${attempt}` }));
      expect(await over(one.id)).toMatchObject({ status: "done", result: "attempt 2" });
      frozen.child.kill("SIGCONT");
      await frozen.line("ended");
      await sleep(500);
      expect(await queue.get(one.id)).toMatchObject({ status: "done", result: "attempt 2", fence: 2 });
    });
  });
}

interface WorkerProcess {
  readonly child: ChildProcess;
  kill(): Promise<void>;
  line(text: string): Promise<unknown>;
}

function startWorker({ address }: QueuePlace, behaviour: Readonly<Record<string, unknown>>): WorkerProcess {
  const script = join(import.meta.dirname, "worker-process.mjs");
  const child = spawn(process.execPath, [script, JSON.stringify({ address, behaviour })], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let printed = "";
  child.stdout!.on("data", (text) => {
    printed += text;
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  return {
    child,
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
    line: (text) => until(async () => printed.includes(text), `"${text}" of the worker`),
  };
}
