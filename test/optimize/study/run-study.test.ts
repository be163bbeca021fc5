import { describe, expect, it } from "vitest";
import { type StartProgress, silentProgress } from "#core";
import { choice, float, int, type Params } from "#model";
import { runStudy, type StudyMethod, type StudyRequest } from "#optimize";

const space = { x: float(-3, 3), n: int(1, 4), kind: choice(["a", "b"]) };
const score = ({ x, n, kind }: Params) => -((x as number) ** 2) + (n as number) + (kind === "b" ? 1 : 0);
const request = (changes: Partial<StudyRequest> = {}): StudyRequest => ({
  space,
  sampler: "bayesian",
  trials: 60,
  seed: 1,
  objective: score,
  startProgress: silentProgress,
  ...changes,
});
const methods: StudyMethod[] = ["grid", "genetic", "bayesian"];

describe("runStudy", () => {
  it.each(methods)("finds the best of its trials by %s, the same every time", async (sampler) => {
    const study = await runStudy(request({ sampler }));
    const values = study.trials.map(({ value }) => value);
    expect(study.best.value).toBe(Math.max(...values));
    expect(study.best.value).toBe(score(study.best.params));
    expect(study.best.value).toBeGreaterThan(4);
    expect(study.trials.map(({ number }) => number)).toEqual(values.map((_, i) => i));
    expect(study).toMatchObject({ method: sampler, seed: 1, space });
    expect(await runStudy(request({ sampler, objective: async (params) => score(params) }))).toEqual(study);
  });

  it("evaluates no point twice", async () => {
    const seen: string[] = [];
    const study = await runStudy(
      request({
        space: { n: int(1, 4), kind: choice(["a", "b"]) },
        objective(params) {
          seen.push(JSON.stringify(params));
          return (params.n as number) * (params.kind === "b" ? 2 : 1);
        },
      }),
    );
    expect(study.trials.length).toBe(60);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBeLessThanOrEqual(8);
    expect(study.best).toMatchObject({ params: { n: 4, kind: "b" }, value: 8 });
    for (const trial of study.trials) {
      if (trial.sameAs === undefined) continue;
      expect(trial).toMatchObject({
        params: study.trials[trial.sameAs]!.params,
        value: study.trials[trial.sameAs]!.value,
      });
    }
  });

  it.each(methods)("goes on after failed trials and never calls one the best (%s)", async (sampler) => {
    const objective = (params: Params, trial: number) => {
      if (trial % 3 === 0) throw new Error("no data");
      return trial % 3 === 1 ? score(params) : [Infinity, Number.NaN][trial % 2]!;
    };
    const { trials, best } = await runStudy(request({ sampler, objective }));
    expect(trials[0]).toMatchObject({ state: "failed", value: Number.NaN, error: "no data" });
    expect(best.state).toBe("complete");
    expect(Number.isFinite(best.value)).toBe(true);
    expect(best.value).toBe(
      Math.max(...trials.flatMap(({ state, value }) => (state === "complete" ? [value] : []))),
    );
  });

  it("says so if no trial gave a value, with the first error", async () => {
    const objective = () => {
      throw new Error("the model has no weights");
    };
    await expect(runStudy(request({ objective, trials: 12 }))).rejects.toMatchObject({
      code: "optimize.no-result",
      message: "none of 12 trials gave a finite value; trial 0 stopped with: the model has no weights",
    });
  });

  it("returns what was tried when it is stopped, and refuses if that is nothing", async () => {
    const control = new AbortController();
    const objective = (params: Params, trial: number) => {
      if (trial === 6) control.abort();
      return score(params);
    };
    const stopped = await runStudy(request({ objective, signal: control.signal }));
    const whole = await runStudy(request());
    expect(stopped.trials).toEqual(whole.trials.slice(0, 7));
    await expect(runStudy(request({ signal: control.signal }))).rejects.toMatchObject({
      code: "optimize.no-result",
    });
  });

  it("tells how far it is and the best so far", async () => {
    const told: string[] = [];
    const startProgress: StartProgress = (label, total) => {
      told.push(`${label} ${total}`);
      return { update: (done, note) => told.push(`${done} ${note}`), end: () => told.push("end") };
    };
    const objective = (_: Params, trial: number) => [Number.NaN, 1, 0.5, 2][trial]!;
    await runStudy(request({ objective, trials: 4, startProgress, label: "trend" }));
    expect(told).toEqual(["trend 4", "1 no result yet", "2 best 1", "3 best 1", "4 best 2", "end"]);
  });

  it("passes points to the grid", async () => {
    const { trials } = await runStudy(request({ sampler: "grid", points: { x: 2, n: 2 } }));
    expect(trials.map(({ params }) => [params.x, params.n, params.kind].join(" "))).toEqual([
      ...["-3 1 a", "-3 1 b", "-3 4 a", "-3 4 b"],
      ...["3 1 a", "3 1 b", "3 4 a", "3 4 b"],
    ]);
  });

  it.each<[string, Partial<StudyRequest>]>([
    ["no trials", { trials: 0 }],
    ["half a trial", { trials: 1.5 }],
    ["a seed that is no whole number", { seed: 0.5 }],
    ["an empty space", { space: {} }],
    ["an unknown method", { sampler: "annealing" as StudyMethod }],
  ])("refuses %s", async (_, changes) => {
    await expect(runStudy(request(changes))).rejects.toMatchObject({ code: "optimize.bad-setting" });
  });
});
