import { checkNames, fail, timeframeMs } from "#core";
import type { FeatureSet } from "#features";
import {
  type Account,
  account as checkAccount,
  checkLimits,
  type Limits,
  type ModelArtifact,
  type ParamRange,
  type Params,
  type ParamValue,
} from "#model";
import type { BarContext, MomentContext } from "./context.ts";
import { checkInference, type InferencePolicy } from "./inference.ts";

/** The value of a parameter: a number, or one of a choice's options. */
export type ValueOf<R extends ParamRange> = R extends { kind: "choice"; options: readonly (infer T)[] }
  ? T
  : number;
export type ValuesOf<P> = { readonly [K in keyof P]: P[K] extends ParamRange ? ValueOf<P[K]> : never };

/** What a strategy is made of. One instrument: `onBar`. Several that are looked at together: `onBars`. */
export interface StrategySpec<
  P extends Readonly<Record<string, ParamRange>>,
  F extends string,
  M extends Readonly<Record<string, ModelArtifact>>,
  S extends object,
  H extends object,
> {
  /** 1 to 16 of A-Z a-z 0-9 _ and -: it becomes part of every client order id. */
  readonly name: string;
  /** Symbols, each once: "BTC/USDT". */
  readonly instruments: readonly string[];
  readonly timeframe: string;
  readonly account: Account;
  /** Ranges of the parameters; `strategy.with(values)` sets them. */
  readonly params?: P;
  readonly features?: FeatureSet<F>;
  readonly models?: M;
  /** Initial memory of each instrument: JSON values and typed arrays. */
  readonly state?: S;
  /** Initial memory of the whole strategy. */
  readonly shared?: H;
  readonly limits?: Limits;
  /** Fraction of a target within which a new target changes nothing, in [0, 1). Default 0.1. */
  readonly rebalance?: number;
  /** Past bars that `ctx.history` may look at, 0 to 10,000. Default 0. */
  readonly history?: number;
  /** Seed of `ctx.random`. Default 1. */
  readonly seed?: number;
  /** What happens in live trading when a model fails or takes too long. Without it: trading halts. */
  readonly inference?: Partial<InferencePolicy>;
  /** Called for each instrument whose bar closed. */
  onBar?(ctx: BarContext<ValuesOf<P>, F, keyof M & string, S, H>): void;
  /** Called once for each close time, after `onBar`. */
  onBars?(ctx: MomentContext<ValuesOf<P>, F, keyof M & string, S, H>): void;
}

/** A spec with everything filled in, and its types set aside: what backtest, optimiser and daemon work with. */
export interface CheckedSpec {
  readonly name: string;
  readonly instruments: readonly string[];
  readonly timeframe: string;
  readonly account: Account;
  readonly params: Readonly<Record<string, ParamRange>>;
  readonly features: FeatureSet | undefined;
  readonly models: Readonly<Record<string, ModelArtifact>>;
  readonly state: object;
  readonly shared: object;
  readonly limits: Limits;
  readonly rebalance: number;
  readonly history: number;
  readonly seed: number;
  readonly inference: InferencePolicy | undefined;
  readonly onBar: ((ctx: BarContext) => unknown) | undefined;
  readonly onBars: ((ctx: MomentContext) => unknown) | undefined;
}

/** A strategy, with or without its parameters set. */
export interface Strategy<
  P extends Readonly<Record<string, ParamRange>> = Readonly<Record<string, ParamRange>>,
> {
  readonly kind: "strategy";
  readonly spec: CheckedSpec;
  /** Undefined until `with` sets them; an empty object if the strategy has none. */
  readonly params: Params | undefined;
  /** The same strategy with these parameters. Errors: `strategy.bad-param`. */
  with(params: ValuesOf<P>): Strategy<P>;
}

/** Checks a strategy once, where it is written. Errors: `strategy.bad-spec`, `core.bad-timeframe`, `model.bad-limits`. */
export function defineStrategy<
  const P extends Readonly<Record<string, ParamRange>> = Record<never, never>,
  F extends string = never,
  M extends Readonly<Record<string, ModelArtifact>> = Record<never, never>,
  S extends object = Record<never, never>,
  H extends object = Record<never, never>,
>(spec: StrategySpec<P, F, M, S, H>): Strategy<P> {
  checkNames("strategy.bad-spec", `strategy "${spec.name}"`, spec, SPEC_NAMES);
  const checked: CheckedSpec = {
    name: spec.name,
    instruments: Object.freeze([...spec.instruments]),
    timeframe: spec.timeframe,
    account: checkAccount(spec.account),
    params: spec.params ?? {},
    features: spec.features as FeatureSet | undefined,
    models: spec.models ?? {},
    state: spec.state ?? {},
    shared: spec.shared ?? {},
    limits: checkLimits(spec.limits ?? {}),
    rebalance: spec.rebalance ?? 0.1,
    history: spec.history ?? 0,
    seed: spec.seed ?? 1,
    inference: checkInference(`strategy "${spec.name}"`, spec.inference),
    onBar: spec.onBar as CheckedSpec["onBar"],
    onBars: spec.onBars as CheckedSpec["onBars"],
  };
  checkSpec(checked);
  return bind(checked, Object.keys(checked.params).length === 0 ? {} : undefined);
}

function bind<P extends Readonly<Record<string, ParamRange>>>(
  spec: CheckedSpec,
  params: Params | undefined,
): Strategy<P> {
  return {
    kind: "strategy",
    spec,
    params,
    with(values) {
      checkParams(spec, values as Params);
      return bind(spec, Object.freeze({ ...(values as Params) }));
    },
  };
}

const SPEC_NAMES: readonly (keyof CheckedSpec)[] = [
  "name",
  "instruments",
  "timeframe",
  "account",
  "params",
  "features",
  "models",
  "state",
  "shared",
  "limits",
  "rebalance",
  "history",
  "seed",
  "inference",
  "onBar",
  "onBars",
];

function checkSpec(spec: CheckedSpec): void {
  const bad = (message: string, hint?: string) =>
    fail("strategy.bad-spec", { message: `strategy "${spec.name}": ${message}`, ...(hint ? { hint } : {}) });
  timeframeMs(spec.timeframe);
  if (!/^[\w-]{1,16}$/.test(spec.name)) bad("the name must be 1 to 16 of A-Z a-z 0-9 _ and -");
  if (spec.instruments.length === 0)
    bad("it trades no instrument", 'Give symbols: instruments: ["BTC/USDT"].');
  if (new Set(spec.instruments).size !== spec.instruments.length) bad("an instrument is listed twice");
  if (!spec.onBar && !spec.onBars) bad("it has no handler", "Give onBar(ctx) or onBars(ctx).");
  if (!(spec.rebalance >= 0 && spec.rebalance < 1)) bad(`rebalance is ${spec.rebalance}: it lies in [0, 1)`);
  if (!Number.isInteger(spec.history) || spec.history < 0 || spec.history > 10_000) {
    bad(`history is ${spec.history}: a whole number of bars, 0 to 10000`);
  }
  const { symbols = [] } = spec.features?.needs ?? {};
  const unknown = symbols.filter((symbol) => !spec.instruments.includes(symbol));
  if (unknown.length > 0)
    bad(`its features read ${unknown.join(", ")}, which it does not trade`, "Add it to instruments.");
  const names = spec.features?.names ?? [];
  for (const [name, model] of Object.entries(spec.models)) {
    for (const input of model.inputs) {
      if (!names.includes(input)) {
        bad(
          `model "${name}" needs the feature "${input}", which the strategy does not have`,
          "Add it to features.",
        );
      }
    }
  }
}

function checkParams(spec: CheckedSpec, params: Params): void {
  const names = Object.keys(spec.params);
  checkNames("strategy.bad-param", `parameters of strategy "${spec.name}"`, params, names);
  for (const name of names) {
    const value = params[name];
    if (!fits(spec.params[name]!, value)) {
      fail("strategy.bad-param", {
        message: `strategy "${spec.name}": parameter ${name} is ${String(value)}, outside its range`,
        hint: `It was declared as ${JSON.stringify(spec.params[name])}.`,
        fields: { name, value },
      });
    }
  }
}

function fits(range: ParamRange, value: ParamValue | undefined): boolean {
  if (value === undefined) return false;
  if (range.kind === "choice") return range.options.includes(value);
  return (
    typeof value === "number" &&
    value >= range.min &&
    value <= range.max &&
    (range.kind === "float" || Number.isInteger(value))
  );
}
