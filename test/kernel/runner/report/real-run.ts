/** A run with every kind of fact, each made by the room that makes it in a notebook. */
import { prepare, runPrepared } from "#backtest";
import { createRng, silentProgress } from "#core";
import { checkCandles, type DataReport } from "#data";
import { exportOnnx } from "#exports";
import { features, returns, rsi, sma, volatility } from "#features";
import { direction, loadPredictor, makeDataset, mlp, trainNet } from "#ml";
import { account, type Bars, bps, createInstrument, float, type Params } from "#model";
import type { JsonObject, NotebookDocument } from "#notebook";
import { runStudy, type StudyMethod } from "#optimize";
import type { RunResult } from "#runner";
import type { RunFact } from "#session";
import { defineStrategy } from "#strategy";
import { trainingFact } from "../../../../kernel/session/door/ml/train.ts";

const DAY_MS = 864e5;
const HASH = "e07c41d9".repeat(8);

/** Daily bars of a random walk whose drift comes and goes, so that following it pays a little. */
export function driftingBars(length: number, symbol = "BTC/USDT"): Bars {
  const rng = createRng(11);
  const instrument = createInstrument({ symbol, tick: "0.01", lot: "0.00001", minNotional: "5" });
  const column = () => new Float64Array(length);
  const bars = {
    time: column(),
    open: column(),
    high: column(),
    low: column(),
    close: column(),
    volume: column(),
  };
  const round = (price: number) => Math.round(price * 100) / 100;
  let price = 10_000;
  for (let i = 0; i < length; i++) {
    const next = price * Math.exp(0.0004 + 0.0014 * Math.sin(i / 90) + 0.012 * rng.nextNormal());
    bars.time[i] = Date.UTC(2010, 0, 1) + i * DAY_MS;
    bars.open[i] = round(price);
    bars.close[i] = round(next);
    bars.high[i] = round(Math.max(price, next) * (1 + 0.004 * rng.next()));
    bars.low[i] = round(Math.min(price, next) * (1 - 0.004 * rng.next()));
    bars.volume[i] = 500 + 1000 * rng.next();
    price = next;
  }
  return { ...bars, instrument, timeframe: "1d", timeframeMs: DAY_MS, length, hash: HASH };
}

export function crossStrategy(symbol = "BTC/USDT") {
  return defineStrategy({
    name: "cross",
    instruments: [symbol],
    timeframe: "1d",
    account: account({
      venue: "binance",
      kind: "cash",
      currency: "USDT",
      capital: 100_000,
      fees: bps(10),
      slippage: bps(2),
    }),
    params: { enter: float(-0.01, 0.03, { step: 0.005 }), exit: float(-0.03, 0.01, { step: 0.005 }) },
    features: features({ fast: sma(10), slow: sma(50) }),
    limits: { maxOrderNotional: 80_000 },
    onBar(ctx) {
      const gap = ctx.row.fast / ctx.row.slow - 1;
      if (ctx.position.isFlat && gap > ctx.params.enter) ctx.target({ weight: 0.5 });
      else if (!ctx.position.isFlat && gap < ctx.params.exit) ctx.target({ weight: 0 });
    },
  });
}

function dataFact({ instrument, time, open, high, low, close, volume, length, hash }: Bars): RunFact {
  const rows = { time, open, high, low, close, volume };
  const { checks } = checkCandles({ instrument, timeframe: "1d", rows });
  const value: DataReport = {
    symbol: instrument.symbol,
    timeframe: "1d",
    source: "csv",
    rows: length,
    from: time[0]!,
    to: time.at(-1)!,
    hash,
    checks,
  };
  return { kind: "data", value };
}

/** A small net on the bars up to 2015, and its export. */
async function modelFacts(bars: Bars): Promise<RunFact[]> {
  const set = features({ strength: rsi(14), ret: returns(5), vol: volatility(20) });
  const dataset = makeDataset({
    table: set.compute(bars),
    labels: direction(bars, { horizon: 5 }),
    to: "2014",
  });
  const net = await trainNet({ dataset, model: mlp({ hidden: [8] }), epochs: 12, patience: 12, seed: 7 });
  const { hash, inputs, parity } = await exportOnnx(net, { features: set });
  return [
    { kind: "training", value: trainingFact(net, dataset) },
    { kind: "export", value: { hash, inputs, parity } },
  ];
}

type Cross = ReturnType<typeof crossStrategy>;

async function studyFact(strategy: Cross, bars: Bars, method: StudyMethod, trials: number): Promise<RunFact> {
  const prepared = await prepare(strategy.spec, [bars], { from: "2015", to: "2017" }, loadPredictor);
  const study = await runStudy({
    space: strategy.spec.params,
    sampler: method,
    trials,
    seed: 11,
    objective: (params) =>
      runPrepared(strategy.with(params as { enter: number; exit: number }), prepared).performance.sharpe,
    startProgress: silentProgress,
  });
  const { timeline } = prepared;
  const span = { from: timeline[0]!, to: timeline.at(-1)! };
  return {
    kind: "study",
    value: { ...study, strategy: "cross", objective: "sharpe", ...span, seconds: 1.25 },
  };
}

async function backtestFact(
  strategy: Cross,
  params: Params,
  bars: Bars,
  from?: string,
  to?: string,
): Promise<RunFact> {
  const period = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  const prepared = await prepare(strategy.spec, [bars], period, loadPredictor);
  return {
    kind: "backtest",
    value: runPrepared(strategy.with(params as { enter: number; exit: number }), prepared),
  };
}

/** Trained to 2014, tuned to 2017, the whole, and 2018 on as the last. */
export async function allFacts(symbol = "BTC/USDT"): Promise<RunFact[]> {
  const bars = driftingBars(3900, symbol);
  const strategy = crossStrategy(symbol);
  const grid = await studyFact(strategy, bars, "grid", 81);
  const params = (grid.value as { best: { params: Params } }).best.params;
  return [
    dataFact(bars),
    ...(await modelFacts(bars)),
    grid,
    await studyFact(strategy, bars, "genetic", 40),
    await studyFact(strategy, bars, "bayesian", 40),
    await backtestFact(strategy, params, bars, undefined, "2014"),
    await backtestFact(strategy, params, bars, "2015", "2017"),
    await backtestFact(strategy, params, bars),
    await backtestFact(strategy, params, bars, "2018"),
  ];
}

/** The result of a run whose cells recorded these facts. */
export function runWith(facts: readonly RunFact[], more: Partial<RunResult> = {}): RunResult {
  const sources = [
    "// Load the data\nconst spx = 1",
    "// Train the net\nconst net = 2",
    "// Backtest\nconst r = 3",
  ];
  const document: NotebookDocument = {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: {} satisfies JsonObject,
    cells: sources.map((source, i) => ({
      cell_type: "code",
      id: `cell-${i}`,
      metadata: {},
      source,
      execution_count: i + 1,
      outputs: [],
    })),
  };
  const titles = ["Load the data", "Train the net", "Backtest"];
  return {
    status: "ok",
    exitCode: 0,
    document,
    notebookPath: "/home/quant/research/trend.ipynb",
    outputPath: "/home/quant/research/trend.executed.ipynb",
    parameters: { horizon: 5 },
    unknownParameters: [],
    cells: titles.map((title, index) => ({
      cell: index + 1,
      index,
      title,
      status: "ok",
      durationMs: 40 + 900 * index,
    })),
    facts: facts.map((fact) => ({ cell: 2, fact })),
    startedAt: Date.UTC(2026, 2, 10, 17, 42),
    endedAt: Date.UTC(2026, 2, 10, 17, 43, 12),
    ...more,
  };
}
