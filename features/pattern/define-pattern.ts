import { defineFeature, type ParamSpecs } from "../define.ts";
import { generate } from "../drive/generate.ts";
import { type FeatureFactory, factory } from "../feature.ts";
import { withScratch } from "../rolling/scratch.ts";
import type { Candles } from "./candle.ts";
import { meanSizes } from "./mean-columns.ts";

/** 100 for a bullish pattern that ends with bar i, -100 for a bearish one, 0 for none; TA-Lib's other numbers where it has them. */
export type Rule = (c: Candles, i: number, penetration: number) => number;

export interface PatternText {
  /** "three-inside"; the id is "pattern.three-inside". */
  readonly name: string;
  readonly talib: string;
  /** Bars before the first that can be judged. */
  readonly warmup: number;
  readonly summary: string;
  /** Means that it asks for on about every bar, so that whole columns are best given them beforehand. */
  readonly means?: readonly ("bodies" | "ranges")[];
  /** The same as the rule over whole columns from an index on, where it can be said faster. */
  readonly column?: (c: Candles, first: number, out: Float64Array) => void;
}

/** The farthest bar that a rule looks back: five candles, the first measured by the ten before it. */
const BACK = 14;
/** Bars kept: the oldest are dropped many at a time, so that a rule finds its bars side by side. */
const KEPT = 32;

/** What a stream keeps: the last bars in the order of time, and how many there are. */
type State = {
  open: Float64Array;
  high: Float64Array;
  low: Float64Array;
  close: Float64Array;
  count: number;
  /** Bars taken, at most the warm-up. */
  seen: number;
};

/** A pattern without parameters. */
export function pattern(text: PatternText, rule: Rule): FeatureFactory<[], "value"> {
  return factory(definePattern(text, {}, rule), () => ({}));
}

/** A pattern in which a candle must close so far into an earlier body, as a fraction of that body. */
export function piercingPattern(
  text: PatternText,
  penetration: number,
  rule: Rule,
): FeatureFactory<[penetration?: number], "value"> {
  const params = {
    penetration: { kind: "float", min: 0, max: 3, default: penetration, typical: [0, 1] },
  } as const;
  return factory(definePattern(text, params, rule), (given?: number) => ({ penetration: given }));
}

function definePattern<const P extends ParamSpecs>(
  { name, talib, warmup, summary, means = [], column }: PatternText,
  params: P,
  rule: Rule,
) {
  let judge: Loop | undefined;
  const penetrationOf = (p: unknown) => (p as { readonly penetration?: number }).penetration ?? 0;
  return defineFeature({
    id: `pattern.${name}`,
    version: 1,
    group: "pattern",
    talib,
    summary,
    source: `TA-Lib ${talib}, with its default candle settings. The trend before it is not looked at.`,
    inputs: ["open", "high", "low", "close"],
    params,
    outputs: ["value"],
    unit: "signal",
    warmup: () => warmup,
    init: createState,
    step(state, p, x, out) {
      pushCandle(state, x);
      if (state.seen < warmup) {
        state.seen++;
        out[0] = Number.NaN;
      } else out[0] = rule(state, state.count - 1, penetrationOf(p));
    },
    batch(p, x, out) {
      const [open, high, low, close] = x as [Float64Array, Float64Array, Float64Array, Float64Array];
      const to = out[0]!;
      const first = Math.min(warmup, to.length);
      to.fill(Number.NaN, 0, first);
      withScratch(means.length, to.length, (...columns) => {
        const [bodies, ranges] = [columns[means.indexOf("bodies")], columns[means.indexOf("ranges")]];
        if (bodies) meanSizes(close, open, true, bodies);
        if (ranges) meanSizes(high, low, false, ranges);
        const c = { open, high, low, close, bodies, ranges };
        if (column) {
          column(c, first, to);
          return;
        }
        judge ??= generate<Loop>(name, ["rule", "c", "first", "penetration", "out"], LOOP) ?? plainLoop;
        judge(rule, c, warmup, penetrationOf(p), to);
      });
    },
  });
}

type Loop = (rule: Rule, c: Candles, first: number, penetration: number, out: Float64Array) => void;

/** A loop of its own for each rule, generated for the same reason as the drivers' loops. */
const LOOP = "for (let i = first; i < out.length; i++) out[i] = rule(c, i, penetration);";

const plainLoop: Loop = (rule, c, first, penetration, out) => {
  for (let i = first; i < out.length; i++) out[i] = rule(c, i, penetration);
};

function createState(): State {
  const column = () => new Float64Array(KEPT);
  return { open: column(), high: column(), low: column(), close: column(), count: 0, seen: 0 };
}

function pushCandle(state: State, x: Float64Array): void {
  if (state.count === KEPT) {
    state.open.copyWithin(0, KEPT - BACK);
    state.high.copyWithin(0, KEPT - BACK);
    state.low.copyWithin(0, KEPT - BACK);
    state.close.copyWithin(0, KEPT - BACK);
    state.count = BACK;
  }
  const i = state.count++;
  state.open[i] = x[0]!;
  state.high[i] = x[1]!;
  state.low[i] = x[2]!;
  state.close[i] = x[3]!;
}
