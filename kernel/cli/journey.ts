import { mkdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import type { BacktestResult } from "#backtest";
import { countText, dateText, fail, shortText, timeText } from "#core";
import { type DataReport, ingest, openStore } from "#data";
import { type OnnxExport, type VerifiedBundle, verifyBundle } from "#exports";
import { drawRun, type RunResult, renderReport, runNotebook } from "#runner";
import { writeAtomic } from "#storage";
import { verdictText } from "./bundle.ts";
import { printReport, sourceByName, table } from "./data.ts";
import { backtestRows } from "./figures.ts";
import { terminalProgress } from "./progress.ts";
import { promoteRun, refusalText } from "./promote.ts";
import { interruptSignal } from "./run.ts";
import { packageRoot } from "./version.ts";

interface JourneyFlags {
  readonly exchange?: string;
  readonly symbol?: string;
  readonly timeframe?: string;
  readonly origin?: string;
  readonly out: string;
}

/** The road is walked as far as it is built. */
const ROAD_ENDS = "stops here: no exchange yet";
const EXIT_ROAD_ENDS = 3;

export function addJourneyCommand(program: Command): void {
  program
    .command("journey")
    .description("walk the whole road once: data, notebook, promotion, and on (what npm start runs)")
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

Exit codes: 0 done and every verdict holds, 1 something failed, 2 wrong use, 3 the road stops before its end.`,
    )
    .action(journey);
}

async function journey(flags: JourneyFlags): Promise<void> {
  const out = resolve(flags.out);
  const seconds: Record<string, number> = {};
  const stage = async <T>(number: number, title: string, work: () => Promise<T>): Promise<T> => {
    process.stdout.write(`\n${number}. ${title}\n`);
    const start = performance.now();
    try {
      return await work();
    } finally {
      seconds[title.toLowerCase()] = Number(((performance.now() - start) / 1000).toFixed(2));
    }
  };
  if (!flags.exchange && (flags.symbol || flags.timeframe || flags.origin)) {
    fail("cli.bad-option", {
      message: "--symbol, --timeframe and --origin are of an exchange's candles, and no --exchange is named",
      hint: "For example: npm start -- --exchange binance --symbol ETH/USDT",
    });
  }
  await makeFolder(out);
  await rm(join(out, "summary.json"), { force: true });

  const report = await stage(1, "Data", () => ingestData(flags, join(out, "home")));
  const page = join(out, "report.html");
  const run = await stage(2, "Notebook", () => runTrend(report, out, page));
  const outputs = `report     ${page}\nnotebook   ${run.outputPath}\n`;
  if (run.status !== "ok") {
    process.stdout.write(`\n${outputs}`);
    process.exitCode = run.exitCode;
    return;
  }
  const bundle = await stage(3, "Promotion", () => promoteTrend(join(out, "home"), run));
  const found = summary(report, run, bundle, seconds);
  await writeAtomic(join(out, "summary.json"), `${JSON.stringify(found, null, 2)}\n`);
  if (bundle) process.stdout.write(`\n4. Exchange\n  ${ROAD_ENDS}.\n`);
  printSummary(report, run, seconds);
  process.stdout.write(`\n${outputs}${bundle ? `bundle     ${bundle.path}\n` : ""}`);
  process.exitCode = bundle ? EXIT_ROAD_ENDS : 1;
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

async function runTrend(report: DataReport, out: string, page: string): Promise<RunResult> {
  const verdicts = ["Parity", "Reconciled", "Replayed"].map(
    (name) => ({ name, state: "not-run", text: `The road ${ROAD_ENDS}.` }) as const,
  );
  return runNotebook({
    path: fileURLToPath(new URL("notebooks/trend.ipynb", packageRoot)),
    output: join(out, "trend.ipynb"),
    home: join(out, "home"),
    parameters: report.source === "vega" ? {} : parametersFor(report),
    signal: interruptSignal().signal,
    report: { path: page, render: (run) => renderReport({ run, verdicts }) },
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

function lastFact<T>(run: RunResult, kind: string): T | undefined {
  return run.facts.findLast(({ fact }) => fact.kind === kind)?.fact.value as T | undefined;
}

function summary(
  report: DataReport,
  run: RunResult,
  promotion: Promotion | undefined,
  seconds: Record<string, number>,
): object {
  const backtest = lastFact<BacktestResult>(run, "backtest");
  const model = lastFact<Pick<OnnxExport, "hash" | "parity">>(run, "export");
  return {
    dataRows: report.rows,
    dataHash: report.hash,
    modelParityError: model?.parity.maxAbsolute,
    backtest: backtest && {
      from: timeText(backtest.from),
      to: timeText(backtest.to),
      ...backtest.performance,
      trades: backtest.trades.length,
      fees: backtest.costs.fees,
    },
    orders: backtest?.orders.length,
    fills: backtest?.fills.length,
    promotion: promotion ? promotion.bundle.golden : null,
    // Null until the road gets there: a verdict that was not reached is neither true nor false.
    live: null,
    parity: null,
    reconciled: null,
    replayed: null,
    seconds,
    stopsAt: promotion ? "exchange" : "promotion",
  };
}

function printSummary(report: DataReport, run: RunResult, seconds: Record<string, number>): void {
  const backtest = lastFact<BacktestResult>(run, "backtest");
  const model = lastFact<Pick<OnnxExport, "parity">>(run, "export");
  const rows = [
    ["data", `${countText(report.rows)} bars of ${report.symbol}`],
    ...(model ? [["model", `largest error against the trainer ${shortText(model.parity.maxAbsolute)}`]] : []),
    ...(backtest ? backtestRows(backtest) : []),
    [
      "seconds",
      Object.entries(seconds)
        .map(([name, value]) => `${name} ${value}`)
        .join(", "),
    ],
  ];
  process.stdout.write(`\n${table(rows)}\n`);
}
