import { fail, type StartProgress } from "#core";
import type { ParamSpace, Params } from "#model";
import { createBayesSampler } from "../bayes/bayes-sampler.ts";
import { createGeneticSampler } from "../genetic/genetic-sampler.ts";
import { createGridSampler } from "../grid/grid-sampler.ts";
import type { Sampler } from "../space/sampler.ts";

export type StudyMethod = "grid" | "genetic" | "bayesian";

export interface StudyRequest {
  readonly space: ParamSpace;
  readonly sampler: StudyMethod;
  /** Trials at most, at least 1. A grid ends when all its points are tried. */
  readonly trials: number;
  /** Integer. The same seed, space and objective give the same trials. */
  readonly seed: number;
  /** Higher is better. A value that is not finite, or an error, makes the trial fail; the study goes on. */
  readonly objective: (params: Params, trialNumber: number) => number | Promise<number>;
  /** For "grid": how many values of a parameter are tried. */
  readonly points?: Readonly<Record<string, number>>;
  readonly startProgress: StartProgress;
  /** Ends the study after the trial that runs; what was tried is returned. */
  readonly signal?: AbortSignal;
  /** Name on the progress line. Default: the method. */
  readonly label?: string;
}

export interface Trial {
  /** From 0, in the order of trying. */
  readonly number: number;
  readonly params: Params;
  /** NaN if the trial failed. */
  readonly value: number;
  readonly state: "complete" | "failed";
  /** What the objective threw. */
  readonly error?: string;
  /** Number of the trial that had the same parameters; its value was taken. */
  readonly sameAs?: number;
}

export interface Study {
  readonly method: StudyMethod;
  readonly seed: number;
  readonly space: ParamSpace;
  readonly trials: readonly Trial[];
  /** The first of the complete trials with the highest value. */
  readonly best: Trial;
}

/**
 * Searches a space for the point with the highest objective. Points that come again (in spaces of few values) are
 * not evaluated again. Errors: `optimize.bad-setting`, `optimize.no-result` if no trial gave a finite value.
 */
export async function runStudy(request: StudyRequest): Promise<Study> {
  const { space, sampler: method, trials: most, seed, startProgress, signal } = request;
  const sampler = createSampler(request);
  const progress = startProgress(request.label ?? method, most);
  const trials: Trial[] = [];
  const firstWith = new Map<string, Trial>();
  let best: Trial | undefined;
  try {
    while (trials.length < most && !signal?.aborted) {
      const params = sampler.ask();
      if (!params) break;
      const key = JSON.stringify(params);
      const known = firstWith.get(key);
      const trial: Trial = known
        ? { ...known, number: trials.length, sameAs: known.number }
        : await evaluate(request.objective, params, trials.length);
      if (!known) firstWith.set(key, trial);
      trials.push(trial);
      sampler.tell(trial);
      if (trial.state === "complete" && !(best && best.value >= trial.value)) best = trial;
      progress.update(trials.length, best ? `best ${Number(best.value.toPrecision(5))}` : "no result yet");
    }
  } finally {
    progress.end();
  }
  return { method, seed, space, trials, best: best ?? noResult(trials) };
}

function createSampler(request: StudyRequest): Sampler {
  const { sampler: method, trials, seed } = request;
  const settings = { trials, seed };
  for (const [name, value, least] of [
    ["trials", trials, 1],
    ["seed", seed, -Infinity],
  ] as const) {
    if (Number.isSafeInteger(value) && value >= least) continue;
    fail("optimize.bad-setting", {
      message: `${name} of a study is ${value}: a whole number${least === 1 ? " of at least 1" : ""} is needed`,
      fields: settings,
    });
  }
  switch (method) {
    case "grid":
      return createGridSampler(request);
    case "genetic":
      return createGeneticSampler(request);
    case "bayesian":
      return createBayesSampler(request);
    default:
      // A notebook can pass any text: its types are checked beside the run, not before.
      return fail("optimize.bad-setting", {
        message: `"${String(method)}" is not a method of search`,
        hint: 'Use "grid", "genetic" or "bayesian".',
        fields: { method },
      });
  }
}

async function evaluate(
  objective: StudyRequest["objective"],
  params: Params,
  number: number,
): Promise<Trial> {
  try {
    const value = await objective(params, number);
    if (Number.isFinite(value)) return { number, params, value, state: "complete" };
    return { number, params, value: Number.NaN, state: "failed" };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return { number, params, value: Number.NaN, state: "failed", error: text };
  }
}

function noResult(trials: readonly Trial[]): never {
  const failed = trials.find(({ error }) => error !== undefined);
  fail("optimize.no-result", {
    message:
      trials.length === 0
        ? "the search was stopped before its first trial"
        : `none of ${trials.length} trials gave a finite value${failed ? `; trial ${failed.number} stopped with: ${failed.error}` : ""}`,
    hint: "Evaluate the objective once by hand for one point of the space.",
    fields: { trials: trials.length, params: trials[0]?.params },
  });
}
