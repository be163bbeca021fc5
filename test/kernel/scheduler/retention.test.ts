import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { addJob } from "../../../kernel/scheduler/state/jobs.ts";
import { openState } from "../../../kernel/scheduler/state/open-state.ts";
import { addRun, markPruned, prunable, runsOf, trimHistory } from "../../../kernel/scheduler/state/runs.ts";
import type { JobSpec } from "../../../kernel/scheduler/state/types.ts";
import { temporaryFolder } from "../../temporary-folder.ts";

const SPEC: JobSpec = {
  ...{
    notebook: "/n.ipynb",
    parameters: {},
    cron: "0 0 1 1 *",
    zone: "UTC",
    missed: "once",
    overlap: "allow",
  },
  ...{ retries: 0, retryDelaySeconds: 0, timeoutSeconds: 0, memoryMb: 0, keep: 10 },
};

it("clears away what is older than the newest N, and never a run at work, one that something is to follow, or the newest", async () => {
  const state = await openState(join(temporaryFolder(), ".tickbook"));
  const kind = fc.constantFrom("open", "over", "skipped", "pending");
  fc.assert(
    fc.property(
      fc.array(kind, { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 1, max: 8 }),
      (kinds, keep) => {
        const job = addJob(state, SPEC, 0);
        const ids = kinds.map((one) => {
          const status = one === "skipped" ? "skipped" : "queued";
          const { id } = state.transaction(() =>
            addRun(state, { job: job.id, plannedAt: null, status, attempts: 1 }, 0),
          )!;
          if (one === "over" || one === "pending")
            state.run(
              "UPDATE runs SET status = 'done', is_over = 1, action = ? WHERE id = ?",
              one === "over" ? "none" : "pending",
              id,
            );
          return id;
        });
        const cleared = prunable(state, job.id, keep).map(({ id }) => id);
        // However many wait: what they will leave is not there yet.
        const runs = ids.filter((_, i) => kinds[i] === "over" || kinds[i] === "pending");
        const newest = new Set(runs.slice(-keep));
        for (const [i, id] of ids.entries()) {
          const mayGo = kinds[i] === "skipped" || (kinds[i] === "over" && !newest.has(id));
          expect(cleared.includes(id)).toBe(mayGo);
        }
        for (const id of cleared) markPruned(state, id);
        trimHistory(state, job.id, 5, 1);
        const left = runsOf(state, job.id, 100).map(({ id }) => id);
        expect(left.slice(0, 5)).toEqual(ids.toReversed().slice(0, 5));
        for (const id of ids) if (!cleared.includes(id)) expect(left).toContain(id);
      },
    ),
    { numRuns: 60 },
  );
  state.close();
});
