import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Job, Parameter, Run, RunStatus } from "../../../kernel/lab/src/comm/protocol.ts";
import { ScheduleDraft } from "../../../kernel/lab/src/schedule/controller.ts";
import {
  firstForm,
  PRESETS,
  parametersText,
  parseValue,
  presetOf,
  problems,
  requestOf,
  textOf,
  zones,
} from "../../../kernel/lab/src/schedule/form.ts";
import {
  durationShare,
  historyText,
  jobNow,
  markOf,
  statusLook,
} from "../../../kernel/lab/src/schedule/model.ts";
import { ScheduleWatch } from "../../../kernel/lab/src/schedule/watch.ts";

const parameter = fc.oneof(
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .map((value) => make("number", Object.is(value, -0) ? 0 : value)),
  fc.string().map((value) => make("string", value)),
  fc.boolean().map((value) => make("boolean", value)),
  fc
    .constantFrom("1h", "4h", "1d")
    .map((value) => ({ ...make("choice", value), choices: ["1h", "4h", "1d"] })),
  fc.constantFrom(1, 2).map((value) => ({ ...make("choice", value), choices: ["1", "2"] })),
  fc
    .date({ noInvalidDate: true, min: new Date("1990-01-01"), max: new Date("2099-12-31") })
    .map((value) => make("date", value.toISOString().slice(0, 10))),
  fc.jsonValue().map((value) => make("json", JSON.parse(JSON.stringify(value)))),
);

function make(kind: Parameter["kind"], value: unknown): Parameter {
  return { name: "p", type: kind, kind, default: value };
}

describe("parameters", () => {
  it("a default that is shown and read again is the same value, and is not sent", () => {
    fc.assert(
      fc.property(parameter, (one) => {
        expect(parseValue(one, textOf(one, one.default))).toEqual({ value: one.default });
        const form = firstForm([one], "UTC");
        expect(problems([one], form)).toEqual({});
        expect(requestOf("a.ipynb", [one], form).parameters).toEqual({});
      }),
    );
  });

  it("whatever is typed is either a value of the kind, or a problem that names it", () => {
    fc.assert(
      fc.property(parameter, fc.string(), (one, text) => {
        const parsed = parseValue(one, text);
        if ("problem" in parsed) {
          expect(parsed.problem).toMatch(/^Expected .+, got .+\.$/s);
          return;
        }
        const type = typeof parsed.value;
        if (one.kind === "number") expect(Number.isFinite(parsed.value)).toBe(true);
        if (one.kind === "boolean") expect(type).toBe("boolean");
        if (one.kind === "string") expect(parsed.value).toBe(text);
        if (one.kind === "choice") expect(one.choices).toContain(String(parsed.value));
      }),
    );
  });

  it("says what was expected and what was seen", () => {
    expect(parseValue(make("number", 200), "200x")).toEqual({ problem: "Expected a number, got 200x." });
    expect(parseValue(make("number", 1), "")).toEqual({ problem: "Expected a number, got nothing." });
    expect(parseValue(make("number", 1), "1_000")).toEqual({ value: 1000 });
    expect(parseValue(make("date", "2019-01-01"), "2019-02-30")).toHaveProperty("problem");
    expect(parseValue(make("json", []), "[1,")).toHaveProperty("problem");
  });
});

describe("the form", () => {
  const form = firstForm([], "America/New_York");

  it("becomes the request, in the kernel's units", () => {
    const typed = { ...form, memoryGb: "1.5", timeoutMinutes: "0.5", onSuccess: "paper" as const };
    expect(requestOf("a.ipynb", [], typed)).toEqual({
      notebook: "a.ipynb",
      parameters: {},
      cron: "30 16 * * 1-5",
      zone: "America/New_York",
      retries: 1,
      retryDelaySeconds: 60,
      timeoutSeconds: 30,
      memoryMb: 1536,
      missed: "once",
      overlap: "skip",
      keep: 20,
      onSuccess: { promote: "paper" },
    });
    expect(requestOf("a.ipynb", [], { ...form, webhook: " https://x.y/z " }).onFailure).toEqual({
      webhook: "https://x.y/z",
    });
  });

  it("finds each field that is out of range, and no other", () => {
    for (const [field, text] of [
      ["retries", "-1"],
      ["retries", "1.5"],
      ["keep", "0"],
      ["memoryGb", ""],
      ["timeoutMinutes", "soon"],
      ["webhook", "ftp://x"],
      ["zone", "Mars/Base"],
      ["cron", " "],
    ] as const)
      expect(Object.keys(problems([], { ...form, [field]: text }))).toEqual([field]);
  });

  it("knows its presets, and calls anything else custom", () => {
    for (const { name, cron } of PRESETS) expect(presetOf(cron)).toBe(name);
    expect(presetOf("15  9 * * 1-5 ")).toBe("Weekdays");
    expect(["*/5 * * * *", "0 6 1 * *", ""].map(presetOf)).toEqual(["Custom", "Custom", "Custom"]);
  });

  it("offers each time zone once, the user's own first", () => {
    const list = zones("Asia/Kolkata");
    expect(list[0]).toBe("Asia/Kolkata");
    expect(new Set(list).size).toBe(list.length);
    expect(list).toContain("UTC");
  });
});

describe("a draft", () => {
  it("asks what the cron means after a pause, and only the newest answer counts", async () => {
    const answers: ((text: string) => void)[] = [];
    const waiting: (() => void)[] = [];
    const draft = new ScheduleDraft({
      zone: "UTC",
      later: (callback) => waiting.push(callback),
      onAdded: () => undefined,
      onRun: () => undefined,
      connect: async () => ({
        notebook: "a.ipynb",
        client: {
          request: ((method: string) =>
            method === "schedule.parameters"
              ? Promise.resolve({ parameters: [] })
              : new Promise((resolve) => answers.push((text) => resolve({ text, next: [] })))) as never,
        },
      }),
    });
    void draft.load();
    await settle();
    draft.change({ cron: "0 7 * * *" });
    draft.change({ keep: "5" });
    expect(waiting).toHaveLength(1);
    waiting[0]!();
    await settle();
    answers[1]!("new");
    await settle();
    answers[0]!("old");
    await settle();
    expect(draft.state.get().echo?.text).toBe("new");
  });

  it("sends nothing while a value is wrong", async () => {
    const asked: string[] = [];
    const draft = new ScheduleDraft({
      zone: "UTC",
      later: () => undefined,
      onAdded: () => undefined,
      onRun: () => undefined,
      connect: async () => ({
        notebook: "a.ipynb",
        client: {
          request: (async (method: string) => {
            asked.push(method);
            return { parameters: [make("number", 3)], text: "", next: [], job: {} };
          }) as never,
        },
      }),
    });
    await draft.load();
    draft.setValue("p", "three");
    await draft.submit("add");
    expect(asked).not.toContain("schedule.add");
    draft.setValue("p", "4");
    await draft.submit("add");
    expect(asked).toContain("schedule.add");
  });
});

const STATUSES: readonly RunStatus[] = [
  "queued",
  "running",
  "done",
  "failed",
  "timed-out",
  "cancelled",
  "dead",
  "skipped",
];

describe("the list", () => {
  it("tells statuses apart by word, and the marks of good and bad runs by shape", () => {
    expect(new Set(STATUSES.map((status) => statusLook(status)[2])).size).toBe(STATUSES.length);
    expect(new Set((["done", "failed", "timed-out", "running", "skipped"] as const).map(markOf)).size).toBe(
      5,
    );
    expect(historyText(["done", "done", "failed"])).toBe("Last 3 runs, newest right: 2 done, 1 failed");
    expect(parametersText({ timeframe: "1h", fees: 10 })).toBe("timeframe=1h fees=10");
  });

  it("says what a job does now, running before paused before failed", () => {
    const job = { failedInARow: 3, isPaused: true, running: { run: "r", startedAt: 0 } } as Job;
    expect(jobNow(job, 114_000)?.[2]).toBe("running 1:54");
    const { running: _, ...rest } = job;
    expect(jobNow(rest, 0)?.[2]).toBe("paused");
    expect(jobNow({ ...rest, isPaused: false }, 0)?.[2]).toBe("failed 3 in a row");
    expect(jobNow({ ...rest, isPaused: false, failedInARow: 0 }, 0)).toBeNull();
  });

  it("draws durations against the longest", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(100_000), { minLength: 1 }), (lengths) => {
        const runs = lengths.map((endedAt) => ({ startedAt: 0, endedAt }) as Run);
        const shares = runs.map((run) => durationShare(run, runs, 0));
        expect(Math.max(...shares)).toBe(Math.max(...lengths) > 0 ? 1 : 0);
        expect(shares.every((part) => part >= 0 && part <= 1)).toBe(true);
      }),
    );
  });

  it("keeps the selected job selected, takes the first when it is gone, and releases its line", async () => {
    let jobs = ["a", "b"];
    let held = 0;
    const watch = new ScheduleWatch({
      zone: "UTC",
      after: () => () => undefined,
      connect: async () => {
        held += 1;
        return {
          release: () => {
            held -= 1;
          },
          client: {
            isClosed: false,
            request: (async (method: string, { job }: { job?: string }) =>
              method === "schedule.list"
                ? { scheduler: { isRunning: true, workersFree: 1 }, jobs: jobs.map((id) => ({ id })) }
                : { runs: [{ number: 1 }, { number: 2 }].map((run) => ({ ...run, job })) }) as never,
          },
        };
      },
    });
    watch.start();
    await settle();
    expect(watch.state.get().selected).toBe("a");
    watch.select("b");
    await settle();
    expect(watch.state.get().runs.map(({ job, number }) => [job, number])).toEqual([
      ["b", 2],
      ["b", 1],
    ]);
    jobs = ["c"];
    await watch.refresh();
    expect(watch.state.get().selected).toBe("c");
    expect(held).toBe(1);
    watch.stop();
    expect(held).toBe(0);
  });
});

function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}
