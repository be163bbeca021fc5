import { type LoopResult, prepare, runLoop, viewOf } from "#backtest";
import { encodeValue, fail, type Millis } from "#core";
import type { Published } from "#features";
import { loadPredictor } from "#ml";
import {
  type Account,
  type Bars,
  indexAtTime,
  type Limits,
  type Predictor,
  type Signal,
  sliceBars,
} from "#model";
import type { AccountView, CheckedSpec } from "#strategy";
import { type Manifest, modelFile, SCRIPT } from "../bundle/manifest.ts";
import type { Bundle } from "../bundle/read-bundle.ts";
import type { Ask, Decided, Push, Start } from "../link/machine.ts";
import { barAt } from "./bar-at.ts";
import { loadScript, type Sandbox } from "./sandbox.ts";

export interface BundleBacktestOptions {
  /** One history an instrument, in the strategy's order; all of it up to the end of the backtest. */
  readonly bars: readonly Bars[];
  /** Start of the first bar that is traded on. Features warm up from exactly the bundle's `warmupBars` before it. */
  readonly from: Millis;
  /** The limits in force, in place of the bundle's. */
  readonly limits: Limits;
  /** What is traded with, in place of the bundle's. */
  readonly account?: Account;
  /** What the series told that its features read. */
  readonly published?: Published;
}

/** What a strategy asked for, and when. */
export interface DecisionMade {
  /** Venue time. */
  readonly time: Millis;
  readonly signals: readonly Signal[];
}

export interface BundleBacktest extends LoopResult {
  /** Every decision, also those that asked for nothing. */
  readonly decisions: readonly DecisionMade[];
}

/**
 * Backtests a bundle's own script, as a live process runs it: rows from its feature drivers, predictions from its
 * models, decisions from its handlers, orders from the engine. Only for a bundle whose key is trusted: its code runs.
 * Errors: `backtest.no-bars` for too short a history, `bundle.script-failed`, the strategy's own.
 */
export async function backtestBundle(
  { manifest, files }: Pick<Bundle, "manifest" | "files">,
  { bars, from, limits, account = manifest.account, published = {} }: BundleBacktestOptions,
): Promise<BundleBacktest> {
  const script = loadScript(new TextDecoder().decode(files.get(SCRIPT)));
  const history = bars.map((all) => sliceBars(all, warmupStart(all, from, manifest.warmupBars), all.length));
  const rows = featureRows(manifest, script, history, published);
  const predictions = await predict(manifest, files, rows);
  const spec = specOf({ ...manifest, account }, limits);
  const prepared = await prepare(spec, history, { from }, () => Promise.reject(new Error("no models")));
  start(manifest, script, published);
  const started = history.map(() => 0);
  // The bars before the first decision.
  const { reads } = manifest.features;
  prepared.columns.forEach(({ first }, i) => {
    if (reads.length > 0) see(script, i, history[i]!, 0, first);
  });
  prepared.columns.forEach(({ first }, i) => {
    push(script, i, history[i]!, 0, first);
  });
  const decisions: DecisionMade[] = [];
  const result = runLoop(spec, manifest.params, prepared, (_, account) => ({
    decide: (closed, next) => {
      closed.forEach((flag, i) => {
        if (flag === 1 && reads.length > 0) see(script, i, history[i]!, next[i]! - 1, 1);
      });
      closed.forEach((flag, i) => {
        if (flag === 0) return;
        push(script, i, history[i]!, next[i]! - 1, 1);
        started[i] = 1;
      });
      const signals = decide(script, account, [...closed], [...started], predictionsAt(predictions, next));
      decisions.push({ time: account.now(), signals });
      return signals;
    },
  }));
  return { ...result, decisions };
}

function warmupStart(bars: Bars, from: Millis, warmupBars: number): number {
  const start = indexAtTime(bars, from) - warmupBars;
  if (start >= 0) return start;
  return fail("backtest.no-bars", {
    message: `${bars.instrument.symbol} has ${start + warmupBars} bars before the first one traded on; the bundle warms up from ${warmupBars}`,
    fields: { symbol: bars.instrument.symbol, warmupBars },
  });
}

/** The strategy as the engine's loop wants it; its handlers are in the script. */
function specOf(manifest: Manifest, limits: Limits): CheckedSpec {
  const { name, timeframe, account, rebalance, history, seed } = manifest;
  return {
    name,
    instruments: manifest.instruments.map(({ symbol }) => symbol),
    timeframe,
    account,
    params: {},
    features: undefined,
    models: {},
    state: {},
    shared: {},
    limits,
    rebalance,
    history,
    seed,
    inference: undefined,
    onBar: () => {},
    onBars: undefined,
  };
}

/** By instrument, by feature: one value a bar. */
function featureRows(
  manifest: Manifest,
  script: Sandbox,
  history: readonly Bars[],
  published: Published,
): Float64Array[][] {
  start(manifest, script, published);
  const { names, reads } = manifest.features;
  if (reads.length > 0) for (const [i, bars] of history.entries()) see(script, i, bars, 0, bars.length);
  return history.map((bars, i) => {
    const values = push(script, i, bars, 0, bars.length);
    return names.map((_, k) =>
      Float64Array.from({ length: bars.length }, (_, at) => values[at * names.length + k]!),
    );
  });
}

/** By instrument, by model: one value a bar. */
async function predict(
  { models, features }: Manifest,
  files: Bundle["files"],
  rows: readonly Float64Array[][],
): Promise<Record<string, Float64Array>[]> {
  const found: Record<string, Float64Array>[] = rows.map(() => ({}));
  for (const [name, { hash, inputs }] of Object.entries(models)) {
    const predictor: Predictor = await loadPredictor({ bytes: files.get(modelFile(hash))!, inputs });
    try {
      for (const [i, columns] of rows.entries())
        found[i]![name] = await predictor.predict(
          inputs.map((input) => columns[features.names.indexOf(input)]!),
        );
    } finally {
      await predictor.close();
    }
  }
  return found;
}

function predictionsAt(
  predictions: readonly Record<string, Float64Array>[],
  next: Int32Array,
): Ask["predictions"] {
  return predictions.map((models, i) =>
    next[i] === 0
      ? {}
      : Object.fromEntries(Object.entries(models).map(([name, column]) => [name, column[next[i]! - 1]!])),
  );
}

function start({ instruments, features }: Manifest, script: Sandbox, published: Published): void {
  const begin: Start = { instruments: instruments.map((instrument) => ({ instrument })) };
  script.call("start", encodeValue(begin));
  if (features.series) script.call("publish", encodeValue(published));
}

function push(script: Sandbox, instrument: number, bars: Bars, at: number, count: number): Float64Array {
  return script.call("push", pushText(instrument, bars, at, count)) as Float64Array;
}

/** What features of other instruments read. */
function see(script: Sandbox, instrument: number, bars: Bars, at: number, count: number): void {
  script.call("see", pushText(instrument, bars, at, count));
}

function pushText(instrument: number, bars: Bars, at: number, count: number): string {
  const text: Push = { instrument, bars: Array.from({ length: count }, (_, n) => barAt(bars, at + n)) };
  return encodeValue(text);
}

function decide(
  script: Sandbox,
  account: AccountView,
  closed: readonly number[],
  started: readonly number[],
  predictions: Ask["predictions"],
): readonly Signal[] {
  const ask: Ask = { closed, started, predictions, view: viewOf(account) };
  return (script.call("decide", encodeValue(ask)) as Decided).signals;
}
