import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CommError } from "../../../kernel/lab/src/comm/client.ts";
import type { CheckStep, PromoteReview, StepProgress } from "../../../kernel/lab/src/comm/protocol.ts";
import { type PromotePorts, Promotion } from "../../../kernel/lab/src/promote/controller.ts";
import {
  blockedBy,
  capitalOf,
  chooseStage,
  firstChoice,
  isTightened,
  limitsOf,
  type PromoteState,
  refusalText,
} from "../../../kernel/lab/src/promote/state.ts";
import { advance, CHECKS, passed, share, waitingSteps } from "../../../kernel/lab/src/promote/steps.ts";

const review: PromoteReview = {
  run: "aa11",
  refusals: [],
  warnings: [],
  strategy: {
    name: "trend",
    instruments: ["BTC/USDT"],
    timeframe: "1h",
    handlers: ["onBar"],
    state: [],
    warmupBars: 14,
    params: {},
  },
  frozen: [
    { binding: "exit", kind: "value", goesLive: "1", goesLiveHash: "h1", openSession: "2", differs: true },
    { binding: "enter", kind: "value", goesLive: "1", goesLiveHash: "h1", openSession: "1", differs: false },
  ],
  stages: [
    { stage: "paper", accounts: [{ name: "paper-1" }] },
    { stage: "testnet", accounts: [] },
    { stage: "live", accounts: [{ name: "main" }] },
  ],
  currency: "USDT",
  capital: 10_000,
};

type Request = (
  method: string,
  params: unknown,
  options: { onProgress?(p: never): void },
) => Promise<unknown>;

function promotionWith(request: Request) {
  const settled: PromoteState[] = [];
  const kept: Record<string, number>[] = [];
  let saves = 0;
  const ports: PromotePorts = {
    connect: async () => ({ client: { request: request as never }, notebook: "trend.ipynb" }),
    save: async () => {
      saves += 1;
      return 14;
    },
    now: () => 1000,
    lastDurations: () => ({ run: 500 }),
    keepDurations: (ms) => kept.push(ms),
    onSettled: (state) => settled.push(state),
  };
  return { promotion: new Promotion(ports), settled, kept, saves: () => saves };
}

describe("steps", () => {
  const names = CHECKS.map(([name]) => name);
  const progress = fc.record<StepProgress<CheckStep>>(
    {
      step: fc.constantFrom(...names),
      state: fc.constantFrom("running", "passed", "refused"),
      done: fc.nat(100),
      total: fc.constant(100),
      ms: fc.nat(60_000),
    },
    { requiredKeys: ["step", "state"] },
  );

  it("never lose a step, and count no more than there are", () => {
    fc.assert(
      fc.property(fc.array(progress, { maxLength: 40 }), (messages) => {
        let steps = waitingSteps(CHECKS, {});
        for (const message of messages) {
          steps = advance(steps, message, 5);
          expect(steps.map(({ name }) => name)).toEqual(names);
          const part = share(steps, {});
          expect(part).toBeGreaterThanOrEqual(0);
          expect(part).toBeLessThanOrEqual(1);
        }
        const last = new Map(messages.map(({ step, state }) => [step, state]));
        expect(passed(steps)).toBe([...last.values()].filter((state) => state === "passed").length);
      }),
    );
  });

  it("fill the bar by last time's durations when all are known", () => {
    const lastMs = Object.fromEntries(names.map((name) => [name, name === "run" ? 9400 : 100]));
    const steps = advance(waitingSteps(CHECKS, lastMs), { step: "run", state: "passed", ms: 9000 }, 0);
    expect(share(steps, lastMs)).toBeCloseTo(0.94, 10);
    expect(share(steps, {})).toBeCloseTo(1 / 7, 10);
  });
});

describe("the choice", () => {
  it("starts at the tamest stage that has an account", () => {
    expect(firstChoice(review)).toMatchObject({
      stage: "paper",
      account: "paper-1",
      capital: "10000",
      accepted: false,
    });
    const liveOnly = { ...review, stages: review.stages!.slice(1) };
    expect(firstChoice(liveOnly)).toMatchObject({ stage: "live", account: "main" });
  });

  it("is blocked until differences are accepted, and real money until the name is typed", () => {
    let choice = firstChoice(review);
    expect(blockedBy({ review, choice })).toBe("Accept the 1 differing value first.");
    choice = { ...choice, accepted: true };
    expect(blockedBy({ review, choice })).toBeNull();
    choice = chooseStage({ ...choice, typedName: "trend", isAsking: true }, "live", review.stages!);
    expect(choice).toMatchObject({ account: "main", typedName: "", isAsking: false });
    expect(blockedBy({ review, choice })).toBe("Type trend to trade real money.");
    expect(blockedBy({ review, choice: { ...choice, typedName: "Trend" } })).not.toBeNull();
    expect(blockedBy({ review, choice: { ...choice, typedName: "trend" } })).toBeNull();
    expect(blockedBy({ review, choice: chooseStage(choice, "testnet", review.stages!) })).toMatch(
      /no account/,
    );
    expect(blockedBy({ review, choice: { ...choice, capital: "ten" } })).toMatch(/got ten/);
  });

  it("reads the capital as it is grouped, and nothing that is not above zero", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), (value) => {
        expect(capitalOf(value.toLocaleString("en-US"))).toBe(value);
      }),
    );
    expect(["", "0", "-5", "1e5", "1.2.3", "NaN"].map(capitalOf)).toEqual(Array(6).fill(null));
  });

  it("shows the limits of the chosen account's operator", () => {
    const row = {
      name: "Daily loss",
      asked: "3 %",
      operator: null,
      inForce: "3 %",
      setBy: "bundle" as const,
    };
    const own = { ...row, operator: "2 %", inForce: "2 %", setBy: "operator" as const };
    const stages = [
      { stage: "paper" as const, accounts: [{ name: "paper-1" }] },
      { stage: "live" as const, accounts: [{ name: "main", limits: [own] }] },
    ];
    const both = { ...review, limits: [row], stages };
    const choice = firstChoice(both);
    expect(limitsOf(both, choice)).toEqual([row]);
    expect(limitsOf(both, chooseStage(choice, "live", stages))).toEqual([own]);
  });

  it("marks a limit only where the operator's is the tighter one", () => {
    const row = { name: "Daily loss", asked: "3 %", operator: "2 %", inForce: "2 %" };
    expect(isTightened({ ...row, setBy: "operator" })).toBe(true);
    expect(isTightened({ ...row, setBy: "bundle" })).toBe(false);
    expect(isTightened({ ...row, asked: null, setBy: "operator" })).toBe(false);
  });
});

describe("a promotion", () => {
  it("saves before it asks, ends in review, and sends what was accepted", async () => {
    const asked: [string, unknown][] = [];
    const status = { currency: "USDT" };
    const { promotion, settled, kept, saves } = promotionWith(async (method, params, { onProgress }) => {
      asked.push([method, params]);
      onProgress?.({ step: "run", state: "passed", ms: 700 } as never);
      return method === "promote.check" ? review : { strategy: "trend", stage: "paper", status };
    });
    await promotion.check();
    expect(saves()).toBe(1);
    expect(kept).toEqual([expect.objectContaining({ run: 700, saved: 0 })]);
    await promotion.start();
    expect(asked[1]![1]).toMatchObject({ accepted: [], capital: 10_000, run: "aa11", account: "paper-1" });
    expect(settled.map(({ phase }) => phase)).toEqual(["review", "done"]);

    await promotion.check();
    promotion.choose((choice) => ({ ...choice, accepted: true, capital: "2,500" }));
    await promotion.start();
    expect(asked[3]).toEqual([
      "promote.start",
      {
        notebook: "trend.ipynb",
        run: "aa11",
        stage: "paper",
        account: "paper-1",
        capital: 2500,
        accepted: ["exit"],
      },
    ]);
  });

  it("shows refusals, and keeps the review when the start fails", async () => {
    const refusal = {
      code: "exports.outer-write",
      message: "writes outside",
      remedy: "use state",
      cell: 9,
      line: 4,
      column: 5,
      sourceLine: "  x = 1;",
    };
    const refused = promotionWith(async () => ({ ...review, refusals: [refusal] }));
    await refused.promotion.check();
    expect(refused.promotion.state.get().phase).toBe("refused");
    expect(refusalText({ ...review, refusals: [refusal] }, "a.ipynb")).toBe(
      "a.ipynb, cell 9, line 4, column 5: writes outside (exports.outer-write)\n    x = 1;\nuse state",
    );

    const failing = promotionWith(async (method) => {
      if (method === "promote.check") return review;
      throw new CommError({ code: "promote.differs-from-session", message: "exit differs" });
    });
    await failing.promotion.check();
    failing.promotion.choose((choice) => ({ ...choice, capital: "77", isAsking: true }));
    await failing.promotion.start();
    expect(failing.promotion.state.get()).toMatchObject({
      phase: "review",
      choice: { capital: "77", isAsking: false },
      error: { code: "promote.differs-from-session" },
    });
    expect(failing.promotion.state.get()).not.toHaveProperty("starting");
  });

  it("says why the checks could not run, and tells nobody of a cancel", async () => {
    const failed = promotionWith(async () => Promise.reject(new Error("disk full")));
    await failed.promotion.check();
    expect(failed.promotion.state.get()).toMatchObject({ phase: "failed", error: { message: "disk full" } });
    const cancelled = promotionWith(async () =>
      Promise.reject(new CommError({ code: "lab.cancelled", message: "Cancelled." })),
    );
    await cancelled.promotion.check();
    expect(cancelled.settled).toEqual([]);
  });
});
