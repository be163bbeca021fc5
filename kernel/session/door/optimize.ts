import { performance } from "node:perf_hooks";
import { type Figure, studyFigure } from "#analysis";
import { type BacktestResult, type Period, prepare, runPrepared } from "#backtest";
import { checkNames, countText, fail, numberText, shortText, suggest } from "#core";
import { loadPredictor } from "#ml";
import type { ParamRange } from "#model";
import { runStudy, type Study, type StudyMethod } from "#optimize";
import type { Strategy, ValuesOf } from "#strategy";
import { barsInputs, CodeInputs, seriesInputs } from "../memo/inputs.ts";
import { type MemoInputs, memoised } from "../memo/memo.ts";
import type { Session, SessionCode } from "../ports.ts";
import { type BarsInput, barsList } from "./backtest.ts";
import { currentSession } from "./current-session.ts";
import { present } from "./present.ts";

const OBJECTIVES = ["sharpe", "sortino", "calmar", "totalReturn"] as const;
export type ObjectiveName = (typeof OBJECTIVES)[number];

export interface OptimizeOptions extends Period {
  readonly method: StudyMethod;
  /** What to maximise. Default "sharpe". */
  readonly objective?: ObjectiveName | ((result: BacktestResult) => number);
  /** Backtests at most. */
  readonly trials: number;
  /** Default 1. */
  readonly seed?: number;
  /** For "grid": how many values of a parameter are tried. */
  readonly points?: Readonly<Record<string, number>>;
}

/** A study of a strategy: what was tried, and the best of it. */
export interface StrategyStudy<P> extends Omit<Study, "best"> {
  readonly strategy: string;
  readonly objective: string;
  readonly seconds: number;
  readonly best: Omit<Study["best"], "params"> & { readonly params: P };
  /** All trials over two parameters. Default: the first two that are numbers. */
  plot(x?: keyof P & string, y?: keyof P & string): Figure;
}

/**
 * Searches a strategy's parameters by backtests over one period. Features and predictions are computed once. Seeded: a
 * notebook gets the study of an earlier run with the same strategy, bars and options, where their code can be cut out
 * of it by the rules of promotion.
 * Errors: `optimize.unknown-objective`, `optimize.no-result`, and those of a backtest.
 */
export async function optimize<P extends Readonly<Record<string, ParamRange>>>(
  strategy: Strategy<P>,
  bars: BarsInput,
  options: OptimizeOptions,
): Promise<StrategyStudy<ValuesOf<P>>> {
  checkNames("optimize.bad-setting", "optimize options", options, OPTION_NAMES);
  const session = currentSession();
  const compute = () => search(session, strategy, bars, options);
  const found = session.code
    ? await memoised(session, "optimize", {
        inputs: await inputsOf(session.code(), strategy, bars, options),
        compute,
      })
    : await compute();
  session.record({ kind: "study", value: found });
  const best = Object.entries(found.best.params).map(
    ([name, value]) => `${name} ${typeof value === "number" ? shortText(value, 4) : value}`,
  );
  return present(
    { ...found },
    {
      plot: (x?: string, y?: string) => trialsFigure(found, x, y),
      title: `${methodName(options.method)} search of ${found.strategy}: ${countText(found.trials.length)} trials`,
      rows: [
        [`Best ${found.objective}`, numberText(found.best.value)],
        ["At", best.join(", ")],
        ["Failed trials", countText(found.trials.filter(({ state }) => state === "failed").length)],
      ],
    },
  ) as unknown as StrategyStudy<ValuesOf<P>>;
}

/** What a study follows from. */
async function inputsOf(
  code: SessionCode,
  strategy: Strategy,
  bars: BarsInput,
  { objective, ...options }: OptimizeOptions,
): Promise<MemoInputs> {
  const functions = typeof objective === "function" ? [objective] : [];
  const ofCode = await new CodeInputs(code).of(strategy, functions);
  if (!ofCode.ok) return ofCode;
  const { from, to, series = {}, ...others } = options;
  return {
    ok: true,
    inputs: {
      code: ofCode.inputs,
      bars: barsList(bars).map(barsInputs),
      ...(Object.keys(series).length > 0 && { series: seriesInputs(series) }),
      objective: typeof objective === "function" ? { name: objective.name } : objective,
      period: [from, to].map((time) => (time instanceof Date ? time.getTime() : (time ?? null))),
      options: others,
    },
  };
}

async function search<P extends Readonly<Record<string, ParamRange>>>(
  { startProgress }: Session,
  strategy: Strategy<P>,
  bars: BarsInput,
  options: OptimizeOptions,
) {
  const objective = options.objective ?? "sharpe";
  const score = typeof objective === "function" ? objective : objectiveByName(objective);
  const start = performance.now();
  const prepared = await prepare(strategy.spec, barsList(bars), options, loadPredictor);
  const study = await runStudy({
    space: strategy.spec.params,
    sampler: options.method,
    trials: options.trials,
    seed: options.seed ?? 1,
    ...(options.points ? { points: options.points } : {}),
    objective: (params) => {
      const result = runPrepared(strategy.with(params as ValuesOf<P>), prepared);
      const value = score(result);
      if (!Number.isFinite(value)) throw new Error(whyNoValue(result));
      return value;
    },
    startProgress,
    label: `${options.method} search`,
  });
  return {
    ...study,
    strategy: strategy.spec.name,
    objective: typeof objective === "function" ? objective.name || "custom" : objective,
    from: prepared.timeline[0]!,
    to: prepared.timeline.at(-1)!,
    seconds: (performance.now() - start) / 1000,
  };
}

const OPTION_NAMES: readonly (keyof OptimizeOptions)[] = [
  "method",
  "objective",
  "trials",
  "seed",
  "points",
  "from",
  "to",
  "series",
];

/** What a trial without a finite score has to say for itself. */
function whyNoValue({ fills, refusals }: BacktestResult): string {
  if (fills.length > 0) return "the objective is not a finite number";
  if (refusals.length === 0) return "it made no trade";
  return `it made no trade: ${countText(refusals.length)} refused, the first with ${refusals[0]!.code}`;
}

function objectiveByName(name: string): (result: BacktestResult) => number {
  const known = OBJECTIVES.find((objective) => objective === name);
  if (known) return (result) => result.performance[known];
  const near = suggest(name, OBJECTIVES);
  return fail("optimize.unknown-objective", {
    message: `there is no objective "${name}"`,
    hint: near
      ? `Did you mean "${near}"?`
      : `Use ${OBJECTIVES.join(", ")}, or a function of the backtest's result.`,
    fields: { name },
  });
}

function trialsFigure(study: Study & { objective: string }, x?: string, y?: string): Figure {
  const names = Object.keys(study.space).filter((name) => study.space[name]!.kind !== "choice");
  const [xName = names[0] ?? "", yName = names.find((name) => name !== xName)] = [x, y];
  const points = study.trials
    .filter(({ state }) => state === "complete")
    .map(({ params, value }) => ({
      x: Number(params[xName]),
      // A single parameter is drawn against its score.
      y: yName === undefined ? value : Number(params[yName]),
      value,
    }));
  const title = `${methodName(study.method)} search, ${countText(study.trials.length)} trials`;
  return studyFigure(points, { title, x: xName, y: yName ?? study.objective, value: study.objective });
}

function methodName(method: StudyMethod): string {
  return method === "grid" ? "Grid" : method === "genetic" ? "Genetic" : "Bayesian (TPE)";
}
