import { mkdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import type { BacktestResult } from "#backtest";
import { dateText, fail } from "#core";
import { type DataReport, ingest, openStore } from "#data";
import { type VerifiedBundle, verifyBundle } from "#exports";
import { drawRun, type RunResult, renderReport, runNotebook } from "#runner";
import { writeAtomic } from "#storage";
import { verdictText } from "../bundle.ts";
import { printReport, sourceByName, table } from "../data/index.ts";
import { proofRows } from "../live.ts";
import { terminalProgress } from "../progress.ts";
import { promoteRun, refusalText } from "../promote/promote-run.ts";
import { interruptSignal } from "../run.ts";
import { packageRoot } from "../version.ts";
import { lastFact, liveResult, summaryOf, summaryRows, verdictsOf } from "./summary.ts";
import { proveTrading, startExchange, type TradeOptions, trade } from "./trade.ts";

interface JourneyFlags {
  readonly exchange?: string;
  readonly symbol?: string;
  readonly timeframe?: string;
  readonly origin?: string;
  readonly out: string;
}

export function addJourneyCommand(program: Command): void {
  program
    .command("journey")
    .description("walk the whole road once, from data to live trading, and prove it (what npm start runs)")
    .option("--exchange <name>", "fetch candles from binance or coinbase instead of the S&P 500 file")
    .option("--symbol <symbol>", "with --exchange: what to fetch (default BTC/USDT)")
    .option("--timeframe <timeframe>", "with --exchange: length of a bar (default 1h)")
    .option("--origin <url>", "with --exchange: send its requests here instead")
    .option("--out <folder>", "where everything it makes goes", "var/journey")
    .addHelpText(
      "after",
      `
Examples:
  npm start
  npm start -- --exchange binance --symbol BTC/USDT --timeframe 1h

Exit codes: 0 done and every verdict holds, 1 something failed or a verdict does not hold, 2 wrong use.`,
    )
    .action(journey);
}

async function journey(flags: JourneyFlags): Promise<void> {
  const out = resolve(flags.out);
  const home = join(out, "home");
  const stages = new Stages();
  if (!flags.exchange && (flags.symbol || flags.timeframe || flags.origin)) {
    fail("cli.bad-option", {
      message: "--symbol, --timeframe and --origin are of an exchange's candles, and no --exchange is named",
      hint: "For example: npm start -- --exchange binance --symbol ETH/USDT",
    });
  }
  await makeFolder(out);
  await rm(join(out, "summary.json"), { force: true });

  const data = await stages.run("Data", () => ingestData(flags, home));
  const run = await stages.run("Notebook", () => runTrend(data, out));
  if (run.status !== "ok") {
    process.stdout.write(`\nnotebook   ${run.outputPath}\n`);
    process.exitCode = run.exitCode;
    return;
  }
  const promotion = await stages.run("Promotion", () => promoteTrend(home, run));
  if (!promotion) {
    process.exitCode = 1;
    return;
  }
  const tested = lastFact<BacktestResult>(run, "backtest")!;
  const { bundle, path: bundlePath } = promotion;
  const { source, to } = data;
  const startProgress = await terminalProgress();
  const request: TradeOptions = { out, bundlePath, bundle, source, from: tested.from, to, startProgress };
  const exchange = await stages.run("Exchange", async () => {
    const started = await startExchange(request);
    process.stdout.write(`  replays ${dateText(request.from)} to ${dateText(to)} at ${started.origin}\n`);
    return started;
  });
  try {
    const traded = await stages.run("Trading", () => trade(exchange, request));
    const proven = await stages.run("Proof", async () => {
      const found = await proveTrading(traded, request);
      process.stdout.write(`${table(proofRows(found.proof))}\n`);
      return found;
    });
    const live = liveResult(proven.proof.replay.core, tested.barsPerYear);
    const found = { data, run, bundle, live, traded, ...proven, seconds: stages.seconds };
    const verdicts = verdictsOf(found);
    await writeAtomic(join(out, "summary.json"), `${JSON.stringify(summaryOf(found), null, 2)}\n`);
    const page = join(out, "report.html");
    const promoted = { bundle: bundle.hash, signedBy: bundle.fingerprint, journal: proven.proof.journal };
    await writeAtomic(page, await renderReport({ run, verdicts, promoted }));
    process.stdout.write(`\n${table(summaryRows(found, verdicts))}\n`);
    process.stdout.write(
      `\nreport     ${page}\nnotebook   ${run.outputPath}\nbundle     ${bundlePath}\njournal    ${join(out, "account")}\n`,
    );
    process.exitCode = verdicts.every(({ state }) => state === "holds") ? 0 : 1;
  } finally {
    await exchange.process.stop();
  }
}

/** Numbers the stages and takes their time. */
class Stages {
  readonly seconds: Record<string, number> = {};
  #count = 0;

  async run<T>(title: string, work: () => Promise<T>): Promise<T> {
    process.stdout.write(`\n${++this.#count}. ${title}\n`);
    const start = performance.now();
    try {
      return await work();
    } finally {
      this.seconds[title.toLowerCase()] = Number(((performance.now() - start) / 1000).toFixed(2));
    }
  }
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (cause) {
    fail("storage.unwritable", {
      message: `the folder ${path} cannot be made: ${(cause as Error).message}`,
      hint: "Give another one with --out.",
      fields: { path },
      cause,
    });
  }
}

interface Promotion {
  readonly path: string;
  readonly bundle: VerifiedBundle;
}

/** Compiles the run's strategy to a bundle, and checks that as one who receives it would. */
async function promoteTrend(home: string, { recordHash }: RunResult): Promise<Promotion | undefined> {
  const outcome = await promoteRun({ home, ...(recordHash === undefined ? {} : { run: recordHash }) });
  if (!outcome.ok) {
    process.stderr.write(refusalText(outcome.refusals));
    return undefined;
  }
  const { path, fingerprint } = outcome.promoted;
  const bundle = await verifyBundle(path, [fingerprint]);
  process.stdout.write(`${verdictText(bundle.hash, bundle.fingerprint, bundle.golden)}\n`);
  return { path, bundle };
}

const TWO_YEARS_MS = 2 * 365 * 864e5;

async function ingestData(flags: JourneyFlags, home: string): Promise<DataReport> {
  const name = flags.exchange ?? "vega";
  const source = sourceByName(name, fileURLToPath(new URL("notebooks/", packageRoot)), flags.origin);
  const store = openStore(join(home, "data"));
  try {
    const now = Date.now();
    const request = flags.exchange
      ? {
          symbol: flags.symbol ?? "BTC/USDT",
          timeframe: flags.timeframe ?? "1h",
          from: now - TWO_YEARS_MS,
          to: now,
        }
      : { symbol: "SPX/USD", timeframe: "1d" };
    const { report } = await ingest({ source, store, ...request, startProgress: await terminalProgress() });
    printReport(report, {});
    return report;
  } finally {
    await store.close();
    await source.close();
  }
}

async function runTrend(report: DataReport, out: string): Promise<RunResult> {
  return runNotebook({
    path: fileURLToPath(new URL("notebooks/trend.ipynb", packageRoot)),
    output: join(out, "trend.ipynb"),
    home: join(out, "home"),
    parameters: report.source === "vega" ? {} : parametersFor(report),
    signal: interruptSignal().signal,
    // Of the research alone; what was proven of the trading stands in a report of its own.
    report: { path: join(out, "research.html"), render: (run) => renderReport({ run }) },
    onEvent: await drawRun(),
  });
}

/** Splits other histories as the example splits its own: four fifths to train, an eighth to tune, the rest unseen. */
function parametersFor({ source, symbol, timeframe, from, to }: DataReport): Record<string, string> {
  const at = (share: number) => dateText(from + share * (to - from));
  const dayAfter = (share: number) => dateText(from + share * (to - from) + 864e5);
  return {
    source,
    symbol,
    timeframe,
    trainTo: at(0.8),
    tuneFrom: dayAfter(0.8),
    tuneTo: at(0.925),
    testFrom: dayAfter(0.925),
  };
}
