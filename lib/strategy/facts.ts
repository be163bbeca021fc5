import { fail } from "#core";
import type { Account, Limits, Params } from "#model";
import type { Strategy } from "./define.ts";
import type { InferencePolicy } from "./inference.ts";

/** A strategy as data, without its handlers: what a bundle's manifest states and golden vectors are recorded for. */
export interface StrategyFacts {
  readonly name: string;
  readonly instruments: readonly string[];
  readonly timeframe: string;
  readonly account: Account;
  readonly params: Params;
  readonly limits: Limits;
  readonly rebalance: number;
  readonly history: number;
  readonly seed: number;
  /** Where the strategy says what happens when a model fails; without it trading halts. */
  readonly inference?: InferencePolicy;
  /** Names, definitions with versions, and the bars before the first whole row; empty lists without features. */
  readonly features: {
    readonly names: readonly string[];
    readonly ids: readonly string[];
    readonly warmup: number;
    /** Instruments whose bars features read beside those of their own. */
    readonly reads: readonly string[];
    /** Series whose values features read; missing where they read none. */
    readonly series?: readonly string[];
  };
  readonly models: Readonly<
    Record<
      string,
      {
        readonly hash: string;
        readonly inputs: readonly string[];
        readonly features: readonly string[];
        /** Rows that one prediction looks at, if more than one. */
        readonly window?: number;
      }
    >
  >;
}

/** Errors: `backtest.no-params` for a strategy whose parameters are not set. */
export function strategyFacts({ spec, params }: Strategy): StrategyFacts {
  if (params === undefined) {
    fail("backtest.no-params", {
      message: `strategy "${spec.name}" has no values for ${Object.keys(spec.params).join(", ")}`,
      hint: "Set them: strategy.with({ ... }).",
    });
  }
  const { name, instruments, timeframe, account, rebalance, history, seed, inference } = spec;
  const models = Object.entries(spec.models).map(([model, { hash, inputs, features, window }]) => [
    model,
    { hash, inputs, features, ...(window === undefined || window === 1 ? {} : { window }) },
  ]);
  return {
    name,
    instruments,
    timeframe,
    account,
    params,
    limits: definedFields(spec.limits),
    rebalance,
    history,
    seed,
    ...(inference ? { inference } : {}),
    features: {
      names: spec.features?.names ?? [],
      ids: spec.features?.ids ?? [],
      warmup: spec.features?.warmupOn(spec.timeframe) ?? 0,
      reads: spec.features?.needs.symbols ?? [],
      ...(spec.features?.needs.series.length ? { series: spec.features.needs.series } : {}),
    },
    models: Object.fromEntries(models),
  };
}

/** Bars that must have come before the first decision. */
export function warmupBars(facts: Pick<StrategyFacts, "features" | "history" | "models">): number {
  return Math.max(facts.features.warmup + modelRows(facts) - 1, facts.history);
}

/** Feature rows that the models look at, the newest included: at least 1. */
export function modelRows({
  models,
}: {
  readonly models: Readonly<Record<string, { readonly window?: number }>>;
}): number {
  return Math.max(1, ...Object.values(models).map(({ window = 1 }) => window));
}

/** A copy without the fields that are undefined, which the canonical text has no word for. */
export function definedFields<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;
}
