import { defineFeature, type ParamSpecs } from "../define.ts";
import { generate } from "../drive/generate.ts";
import { type FeatureFactory, factory } from "../feature.ts";
import { eachTile, OUTPUT_LANES } from "../rolling/lanes.ts";
import type { Candles } from "./candle.ts";
import { candleLanes, type Extra, fillExtras, fillGaps, mayHaveGap } from "./candle-lanes.ts";

/** 100 for a bullish pattern that ends with bar i, -100 for a bearish one, 0 for none; TA-Lib's other numbers where it has them. */
export type Rule = (c: Candles, i: number, penetration: number) => number;

export interface PatternText {
  /** "three-inside"; the id is "pattern.three-inside". */
  readonly name: string;
  readonly talib: string;
  /** Bars before the first that can be judged. */
  readonly warmup: number;
  readonly summary: string;
  /** What it asks for on about every bar, so that a tile is best given it beforehand. */
  readonly extras?: readonly Extra[];
  /** It asks for a gap between the body of so many bars ago and that before it, and for the ends. */
  readonly gapAgo?: number;
  /** A quicker way over a tile, without the rule. */
  readonly whole?: (start: number, end: number) => void;
  /** A quicker way over a tile: first another rule for each bar, and for some before it, then what is made of those. */
  readonly tile?: {
    readonly rule: Rule;
    readonly before: number;
    /** @param out what the rule has said of the bars from start - before on, and what comes out. */
    finish(c: Candles, start: number, end: number, out: Float64Array): void;
  };
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
  { name, talib, warmup, summary, extras = [], tile: quick, gapAgo, whole }: PatternText,
  params: P,
  rule: Rule,
) {
  const candles = candleLanes(extras);
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
    tiled: true,
    batch(p, x, out) {
      judge ??= loopOf(name, quick?.rule ?? rule, candles);
      const loop = judge;
      const penetration = penetrationOf(p);
      const back = BACK + (quick?.before ?? 0);
      eachTile(x, out, back, ({ shift, start, end }) => {
        const first = Math.max(start, warmup - shift);
        fillExtras(extras, first, end);
        if (whole !== undefined) whole(first, end);
        else if (gapAgo !== undefined) loopOverGaps(loop, first, end, gapAgo, penetration);
        else loop(first - (quick?.before ?? 0), end, penetration);
        quick?.finish(candles, first, end, results);
      });
      out[0]!.fill(Number.NaN, 0, Math.min(warmup, out[0]!.length));
    },
  });
}

type Loop = (start: number, end: number, penetration: number) => void;

const [results] = OUTPUT_LANES;

/** Gaps are rare: bars are judged a few at a time, and only where there may be one. */
function loopOverGaps(loop: Loop, start: number, end: number, ago: number, penetration: number): void {
  fillGaps(start - ago, end);
  for (let from = start; from < end; from += FEW) {
    const to = Math.min(from + FEW, end);
    if (mayHaveGap(from - ago, to - ago)) loop(from, to, penetration);
    else results.fill(0, from, to);
  }
}

const FEW = 64;

/** A loop of its own for each rule, generated for the same reason as the drivers' loops, with candles that are constants. */
function loopOf(name: string, rule: Rule, candles: Candles): Loop {
  const make = generate<(rule: Rule, candles: Candles, results: Float64Array) => Loop>(
    name,
    ["rule", "candles", "results"],
    LOOP,
  );
  return make?.(rule, candles, results) ?? plainLoop(rule, candles);
}

const LOOP = `
  const judge = rule, c = candles, out = results;
  return (start, end, penetration) => {
    for (let i = start; i < end; i++) out[i] = judge(c, i, penetration);
  };`;

function plainLoop(rule: Rule, candles: Candles): Loop {
  return (start, end, penetration) => {
    for (let i = start; i < end; i++) results[i] = rule(candles, i, penetration);
  };
}

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
