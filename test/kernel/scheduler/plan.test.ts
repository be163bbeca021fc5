import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadCron } from "../../../kernel/scheduler/cron/cron.ts";
import { MADE_UP_MAX, type MissedPolicy, ON_TIME_MS } from "../../../kernel/scheduler/plan.ts";
import { planJobs as planAll } from "../../../kernel/scheduler/plan-jobs.ts";
import { addJob, setPaused } from "../../../kernel/scheduler/state/jobs.ts";
import { openState } from "../../../kernel/scheduler/state/open-state.ts";
import { runsOf } from "../../../kernel/scheduler/state/runs.ts";
import type { JobSpec } from "../../../kernel/scheduler/state/types.ts";

const cron = await loadCron();
const planJobs = (state: Parameters<typeof planAll>[0], reader: Parameters<typeof planAll>[1], now: number) =>
  planAll(state, reader, now, (error) => {
    throw error;
  });
const START = Date.UTC(2026, 2, 7, 12);
const HOUR = 36e5;

const spec = (text: string, missed: MissedPolicy, more: Partial<JobSpec> = {}): JobSpec => ({
  ...{ notebook: "/n.ipynb", parameters: {}, cron: text, zone: "America/New_York", missed, overlap: "allow" },
  ...{ retries: 0, retryDelaySeconds: 0, timeoutSeconds: 0, memoryMb: 0, keep: 10 },
  ...more,
});

/** A state on disk, opened anew by `restart` as after kill -9. */
async function withState(work: (open: () => ReturnType<typeof openState>) => Promise<void>): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), "tickbook-plan-"));
  const opened: Awaited<ReturnType<typeof openState>>[] = [];
  try {
    await work(async () => {
      for (const state of opened) state.close();
      const state = await openState(home);
      opened.push(state);
      return state;
    });
  } finally {
    for (const state of opened) state.close();
    rmSync(home, { recursive: true });
  }
}

const steps = fc.array(
  fc.oneof(
    // What a scheduler at work does: looks again after a while that is no outage.
    {
      weight: 10,
      arbitrary: fc.record({
        kind: fc.constant("tick" as const),
        ms: fc.integer({ min: 1, max: ON_TIME_MS }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("restart" as const),
        ms: fc.integer({ min: 0, max: 6 * HOUR }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("set" as const),
        ms: fc.integer({ min: -5 * HOUR, max: 5 * HOUR }),
      }),
    },
  ),
  { minLength: 5, maxLength: 60 },
);

describe("planning", () => {
  it.each(["skip", "once", "all"] as const)(
    "runs no moment twice and loses none, across restarts and steps of the clock (missed: %s)",
    async (policy) => {
      const text = fc.constantFrom("* * * * *", "*/5 * * * *", "17 * * * *", "30 2 * * *", "0,30 1,2 * * *");
      await fc.assert(
        fc.asyncProperty(text, steps, async (expression, moves) => {
          await withState(async (open) => {
            let state = await open();
            let now = START;
            const job = addJob(state, spec(expression, policy), now);
            const times = cron.read(expression, "America/New_York");
            const onTime = new Set<number>();
            const late = new Set<number>();
            for (const { kind, ms } of moves) {
              const before = now;
              now += ms;
              if (kind === "restart") state = await open();
              planJobs(state, cron, now);
              // Killed between planning and the next look, it plans again.
              if (kind === "restart") planJobs(state, cron, now);
              if (now <= before) continue;
              for (const at of times.between(before, now, 400))
                (now - at <= ON_TIME_MS ? onTime : late).add(at);
            }
            const runs = runsOf(state, job.id, 1e6);
            const planned = runs
              .filter(({ status }) => status === "queued")
              .map(({ plannedAt }) => plannedAt!);
            expect(new Set(planned).size).toBe(planned.length);
            expect(new Set(runs.map(({ number }) => number)).size).toBe(runs.length);
            const known = new Set(planned);
            const noted = new Set(runs.map(({ plannedAt }) => plannedAt));
            for (const at of onTime) {
              // One that was noted as missed, when the clock stood ahead, has had its turn.
              if (!noted.has(at)) throw new Error(`${new Date(at).toISOString()} was lost`);
            }
            for (const at of known)
              if (!onTime.has(at) && !late.has(at)) throw new Error("no moment of the cron");
            if (policy === "skip") for (const at of known) expect(onTime.has(at)).toBe(true);
            if (policy === "all" && late.size <= MADE_UP_MAX)
              for (const at of late) expect(known.has(at)).toBe(true);
          });
        }),
        { numRuns: 15 },
      );
    },
  );

  it("makes up for what an outage left out as it was asked to, and says so", async () => {
    const outcome = async (policy: MissedPolicy, hours: number) => {
      let found: unknown;
      await withState(async (open) => {
        const state = await open();
        const job = addJob(state, spec("30 * * * *", policy), START);
        planJobs(state, cron, START + hours * HOUR);
        const runs = runsOf(state, job.id, 1e6);
        found = {
          queued: runs.filter(({ status }) => status === "queued").length,
          notes: runs.filter(({ status }) => status === "skipped").map(({ note }) => note),
        };
      });
      return found;
    };
    expect(await outcome("skip", 5)).toEqual({
      queued: 0,
      notes: ["5 runs were missed: no scheduler at work"],
    });
    expect(await outcome("once", 5)).toEqual({
      queued: 1,
      notes: ["4 runs were missed: no scheduler at work"],
    });
    expect(await outcome("all", 5)).toEqual({ queued: 5, notes: [] });
    expect(await outcome("all", 500)).toMatchObject({ queued: MADE_UP_MAX });
    expect(await outcome("skip", 0.25)).toEqual({ queued: 0, notes: [] });
  });

  it("leaves out what is due while the run before works, or lets it wait, as asked", async () => {
    await withState(async (open) => {
      const state = await open();
      const skip = addJob(state, spec("* * * * *", "once", { overlap: "skip" }), START);
      const queue = addJob(state, spec("* * * * *", "once", { overlap: "queue" }), START);
      for (let minute = 1; minute <= 3; minute++) planJobs(state, cron, START + minute * 6e4);
      const statuses = (job: string) => runsOf(state, job, 10).map(({ status }) => status);
      expect(statuses(skip.id)).toEqual(["skipped", "skipped", "queued"]);
      expect(runsOf(state, skip.id, 10)[0]!.note).toBe("1 was still running");
      expect(statuses(queue.id)).toEqual(["queued", "queued", "queued"]);
      for (let minute = 4; minute <= 150; minute++) planJobs(state, cron, START + minute * 6e4);
      expect(statuses(queue.id).length).toBeGreaterThan(0);
      expect(runsOf(state, queue.id, 1)[0]).toMatchObject({
        status: "skipped",
        note: "100 runs were waiting already",
      });
    });
  });

  it("counts nothing as missed that a pause left out", async () => {
    await withState(async (open) => {
      const state = await open();
      const job = addJob(state, spec("*/10 * * * *", "all"), START);
      setPaused(state, job.id, true, START);
      planJobs(state, cron, START + 5 * HOUR);
      setPaused(state, job.id, false, START + 5 * HOUR);
      planJobs(state, cron, START + 5 * HOUR + 1000);
      expect(runsOf(state, job.id, 10)).toEqual([]);
      planJobs(state, cron, START + 5 * HOUR + 10 * 6e4);
      expect(runsOf(state, job.id, 10)).toHaveLength(1);
    });
  });
});
