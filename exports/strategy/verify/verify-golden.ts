/**
 * Holds a bundle against the golden vectors that it carries.
 *
 *   what it is     name, instruments, account, parameters, limits, features, models: as manifest and vectors say
 *   feature rows   bit for bit, warm-up bars included
 *   predictions    by onnxruntime from the bundle's own files, within each model's tolerance: processors differ
 *   signals, state, shared memory, random position   exactly, given the recorded account and predictions
 *   orders         exactly, by this process's own engine, given the recorded signals and the engine's state before
 */
import type { Golden, GoldenDecision, GoldenInstrument } from "#backtest";
import { decodeValue, encodeValue, fail, timeText } from "#core";
import { loadPredictor } from "#ml";
import { factsOf, GOLDEN, type Manifest, type ManifestModel, modelFile, SCRIPT } from "../bundle/manifest.ts";
import type { BundleFiles } from "../bundle/read-bundle.ts";
import type { Ask, Decided, Push, Start } from "../link/machine.ts";
import { barAt } from "./bar-at.ts";
import { type Difference, firstDifference } from "./difference.ts";
import { loadScript, type Sandbox } from "./sandbox.ts";
import { verifyOrders } from "./verify-orders.ts";

export interface GoldenReport {
  readonly decisions: number;
  readonly rows: number;
  readonly signals: number;
  /** Orders that this process's own engine made again. */
  readonly orders: number;
  readonly predictions: number;
  /** Largest absolute difference of a prediction. */
  readonly maxPredictionError: number;
}

/** Errors: `bundle.golden-mismatch` and `bundle.other-engine` with the first difference, `bundle.script-failed`, `ml.bad-model`. */
export async function verifyGolden(files: BundleFiles, manifest: Manifest): Promise<GoldenReport> {
  const golden = decodeValue(textOf(files, GOLDEN)) as Golden;
  const script = loadScript(textOf(files, SCRIPT));
  const facts = script.call("describe");
  const difference =
    firstDifference(golden.facts, facts, "strategy") ?? firstDifference(factsOf(manifest), facts, "strategy");
  if (difference) mismatch("the strategy itself", golden.backtest.from, difference);
  const predicted = await checkPredictions(golden, files, manifest.models);
  const rows = replay(golden, script);
  const { orders, difference: other } = verifyOrders(golden);
  if (other) {
    const { decision, time, expected, actual } = other;
    fail("bundle.other-engine", {
      message: `decision ${decision}, ${timeText(time)}: the notebook's engine made of its signals the order ${expected}, and this one makes ${actual}`,
      hint: "Promote the strategy again with this version of tickbook, or trade with the version that promoted it.",
      fields: { decision, time, expected, actual },
    });
  }
  return {
    decisions: golden.decisions.length,
    rows,
    orders,
    signals: golden.decisions.reduce((sum, { signals }) => sum + signals.length, 0),
    ...predicted,
  };
}

function textOf(files: BundleFiles, name: string): string {
  const bytes = files.get(name);
  if (!bytes) fail("bundle.changed-file", { message: `the bundle has no ${name}`, fields: { file: name } });
  return new TextDecoder().decode(bytes);
}

/** @returns the rows that were compared. */
function replay(golden: Golden, script: Sandbox): number {
  const { instruments, decisions, memory } = golden;
  const start: Start = {
    memory,
    instruments: instruments.map(({ instrument, snapshot }) => ({
      instrument,
      ...(snapshot ? { snapshot } : {}),
    })),
  };
  call(script, "start", start);
  if (golden.published) call(script, "publish", golden.published);
  let rows = 0;
  const next = instruments.map(() => 0);
  const started = instruments.map((instrument) => (instrument.started ? 1 : 0));
  const push = (i: number, bars: number) => {
    pushBars(golden, script, i, next[i]!, bars);
    next[i]! += bars;
    rows += bars;
  };
  const see = (i: number, bars: number) => {
    if (golden.facts.features.reads.length > 0) call(script, "see", pushOf(golden, i, next[i]!, bars));
  };
  instruments.forEach(({ warmup }, i) => {
    see(i, warmup);
  });
  instruments.forEach(({ warmup }, i) => {
    push(i, warmup);
  });
  for (const decision of decisions) {
    decision.closed.forEach((closed, i) => {
      if (closed === 1) see(i, 1);
    });
    decision.closed.forEach((closed, i) => {
      if (closed === 0) return;
      push(i, 1);
      started[i] = 1;
    });
    const predictions = instruments.map((instrument, i) => predictionsAt(instrument, next[i]! - 1));
    const { closed, view } = decision;
    const ask: Ask = { closed, started, predictions, view };
    compareDecision(decision, call(script, "decide", ask) as Decided);
  }
  return rows;
}

function pushOf(golden: Golden, i: number, at: number, count: number): Push {
  const { bars } = golden.instruments[i]!;
  return { instrument: i, bars: Array.from({ length: count }, (_, n) => barAt(bars, at + n)) };
}

/** Feeds bars from `at` on and compares their rows. */
function pushBars(golden: Golden, script: Sandbox, i: number, at: number, count: number): void {
  const { bars, rows } = golden.instruments[i]!;
  const { names } = golden.facts.features;
  const actual = call(script, "push", pushOf(golden, i, at, count)) as Float64Array;
  const named = (values: ArrayLike<number>) => Object.fromEntries(names.map((name, k) => [name, values[k]]));
  for (let n = 0; n < count; n++) {
    const row = actual.subarray(n * names.length, (n + 1) * names.length);
    const expected = rows.map((column) => column[at + n]!);
    if (expected.every((value, k) => Object.is(value, row[k]))) continue;
    const difference = firstDifference(named(expected), named(row), "row");
    if (difference) {
      mismatch(`bar ${at + n + 1} of ${golden.facts.instruments[i]}`, bars.time[at + n]!, difference);
    }
  }
}

function predictionsAt({ predictions }: GoldenInstrument, at: number): Readonly<Record<string, number>> {
  if (at < 0) return {};
  return Object.fromEntries(Object.entries(predictions).map(([name, column]) => [name, column[at]!]));
}

function compareDecision({ number, view, signals, after }: GoldenDecision, actual: Decided): void {
  const difference =
    firstDifference(signals, actual.signals, "signals") ??
    firstDifference(after.state, actual.memory.state, "state") ??
    firstDifference(after.shared, actual.memory.shared, "shared") ??
    firstDifference(after.random, actual.memory.random, "random position");
  if (difference) mismatch(`decision ${number}`, view.now, difference);
}

async function checkPredictions(
  golden: Golden,
  files: BundleFiles,
  models: Readonly<Record<string, ManifestModel>>,
): Promise<{ readonly predictions: number; readonly maxPredictionError: number }> {
  let predictions = 0;
  let maxPredictionError = 0;
  const { names } = golden.facts.features;
  for (const [name, { hash, inputs, tolerance }] of Object.entries(models)) {
    const bytes = files.get(modelFile(hash));
    if (!bytes) fail("bundle.changed-file", { message: `the bundle has no ${modelFile(hash)}` });
    const predictor = await loadPredictor({ bytes, inputs });
    try {
      for (const [i, { rows, predictions: recorded, bars }] of golden.instruments.entries()) {
        const actual = await predictor.predict(inputs.map((input) => rows[names.indexOf(input)]!));
        const expected = recorded[name]!;
        // The first rows lack those before them, which the recorded predictions saw.
        for (let at = predictor.window - 1; at < actual.length; at++) {
          const error = errorOf(expected[at]!, actual[at]!);
          maxPredictionError = Math.max(maxPredictionError, error);
          if (error <= tolerance) continue;
          mismatch(`bar ${at + 1} of ${golden.facts.instruments[i]}`, bars.time[at]!, {
            field: `prediction of ${name} (tolerance ${tolerance})`,
            expected: String(expected[at]),
            actual: String(actual[at]),
          });
        }
        predictions += actual.length;
      }
    } finally {
      await predictor.close();
    }
  }
  return { predictions, maxPredictionError };
}

function errorOf(expected: number, actual: number): number {
  if (Object.is(expected, actual)) return 0;
  const error = Math.abs(expected - actual) / Math.max(1, Math.abs(expected));
  return Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
}

function mismatch(where: string, time: number, { field, expected, actual }: Difference): never {
  fail("bundle.golden-mismatch", {
    message: `${where}, ${timeText(time)}: ${field} was ${expected} in the notebook's backtest, and is ${actual} in the bundle`,
    hint: "What would run live is not what was researched. A handler that uses what other code changes is the usual cause.",
    fields: { where, time, field, expected, actual },
  });
}

function call(
  script: Sandbox,
  name: "start" | "see" | "publish" | "push" | "decide",
  input: object,
): unknown {
  return script.call(name, encodeValue(input));
}
