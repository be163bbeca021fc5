import fc from "fast-check";
import { expect, it } from "vitest";
import {
  attemptsMax,
  cancelAsked,
  claimed,
  finished,
  givenUp,
  isOver,
  newRun,
  type QueuedRun,
  waitMs,
} from "../../../lib/jobs/run-state.ts";

const status = fc.constantFrom("done", "failed", "timed-out", "cancelled", "dead");
const move = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("claim" as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      ...{ kind: fc.constant("finish" as const), status, isGivenBack: fc.boolean() },
      /** Of which attempt, counted back from the newest. */
      back: fc.constantFrom(0, 0, 0, 1, 2, -1),
    }),
  },
  fc.record({ kind: fc.constant("give-up" as const) }),
  fc.record({ kind: fc.constant("cancel" as const) }),
);
const rule = fc.record({
  ...{ restarts: fc.nat({ max: 2 }), retries: fc.nat({ max: 3 }), retryDelayMs: fc.nat({ max: 1000 }) },
});

it("whatever happens: numbers only grow, ends stay, and no attempt is one too many", () => {
  fc.assert(
    fc.property(
      rule,
      fc.array(fc.tuple(move, fc.integer({ min: -5000, max: 5000 })), { maxLength: 40 }),
      (rules, moves) => {
        let now = 1e6;
        let run: QueuedRun = newRun({ id: "a", payload: null, rule: rules }, now);
        for (const [step, passed] of moves) {
          now += passed;
          const before = run;
          const fence = step.kind === "finish" ? before.fence - step.back : 0;
          const next =
            step.kind === "claim"
              ? claimed(run, "w", now)
              : step.kind === "give-up"
                ? givenUp(run, now)
                : step.kind === "cancel"
                  ? cancelAsked(run)
                  : finished(
                      run,
                      fence,
                      {
                        status: step.status,
                        result: now,
                        isGivenBack: step.status === "dead" && step.isGivenBack,
                      },
                      now,
                    );
          if (step.kind === "finish" && (fence !== before.fence || before.status !== "running"))
            expect(next).toBeUndefined();
          run = next ?? run;
          // An end is an end.
          if (isOver(before)) expect(run).toBe(before);
          expect(run.attempts.map((attempt) => attempt.fence)).toEqual(run.attempts.map((_, i) => i + 1));
          expect(run.fence).toBe(run.attempts.length);
          expect(run.attempts.filter((attempt) => attempt.status === "running")).toHaveLength(
            run.status === "running" ? 1 : 0,
          );
          expect(run.attempts.length).toBeLessThanOrEqual(attemptsMax(run));
          const cutShort = run.attempts.filter(
            (attempt) => attempt.status === "dead" && !attempt.isGivenBack,
          ).length;
          const failures = run.attempts.filter((attempt) => /failed|timed-out/.test(attempt.status)).length;
          expect(cutShort).toBeLessThanOrEqual(rules.restarts + 1);
          expect(failures).toBeLessThanOrEqual(rules.retries + 1);
          if (run.status === "dead") expect(cutShort).toBe(rules.restarts + 1);
          if (run.status === "failed" || run.status === "timed-out") expect(failures).toBe(rules.retries + 1);
          if (run.status === "cancelled" && !run.attempts.some((one) => one.status === "cancelled"))
            expect(run.isCancelAsked).toBe(true);
          // No clock makes a run wait longer than its longest pause.
          if (run.status === "queued") expect(waitMs(run, now)).toBeLessThanOrEqual(1000 * 2 ** 3);
        }
      },
    ),
    { numRuns: 500 },
  );
});
