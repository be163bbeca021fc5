import { resolve } from "node:path";
import type { Command } from "commander";
import { countText, fail, parseTime, parseTimeEnd, shortText, timeText } from "#core";
import { csvSource, type DataReport, ingest, openStore, parquetSource, type Store, vegaSource } from "#data";
import type { CandleSource } from "#model";
import { ccxtSource } from "#venue";
import { terminalProgress } from "./progress.ts";

interface StoreFlags {
  readonly home: string;
  readonly json?: boolean;
}

interface FetchFlags extends StoreFlags {
  readonly from: string;
  readonly since?: string;
  readonly until?: string;
  readonly origin?: string;
}

interface ImportFlags extends StoreFlags {
  readonly symbol: string;
  readonly timeframe: string;
  readonly tick: string;
  readonly lot: string;
  readonly weekdays?: boolean;
}

export function addDataCommands(program: Command): void {
  const data = program.command("data").description("bring market data in, check it, list it");
  const withStore = (command: Command) =>
    command
      .option("--home <folder>", "the .tickbook folder whose data is meant", ".tickbook")
      .option("--json", "print JSON on standard output");

  withStore(data.command("fetch <symbol> <timeframe>"))
    .description("fetch candles and store them")
    .requiredOption("--from <source>", "binance, coinbase or vega")
    .option("--since <time>", "first bar, such as 2023-01 (default: two years before the end)")
    .option("--until <time>", "last bar, such as 2024 for all of 2024 (default: now)")
    .option("--origin <url>", "send an exchange's requests here instead (a proxy, a simulated exchange)")
    .addHelpText("after", "\nExample:\n  tickbook data fetch BTC/USDT 1h --from binance --since 2023-01")
    .action((symbol: string, timeframe: string, flags: FetchFlags) => fetchData(symbol, timeframe, flags));

  withStore(data.command("import <file>"))
    .description("store the bars of a CSV or Parquet file")
    .requiredOption("--symbol <symbol>", "such as BTC/USDT")
    .requiredOption("--timeframe <timeframe>", "such as 1h")
    .requiredOption("--tick <step>", "smallest price step, such as 0.01")
    .requiredOption("--lot <step>", "smallest quantity step, such as 0.00001")
    .option("--weekdays", "the market is closed on weekends and holidays")
    .addHelpText(
      "after",
      "\nExample:\n  tickbook data import btc.csv --symbol BTC/USDT --timeframe 1h --tick 0.01 --lot 0.00001",
    )
    .action((file: string, flags: ImportFlags) => importData(file, flags));

  withStore(data.command("ls"))
    .description("list the stored datasets")
    .action((flags: StoreFlags) => withOpenStore(flags, (store) => listData(store, flags)));

  withStore(data.command("check <version>"))
    .description("show what was found when a dataset was stored")
    .action((version: string, flags: StoreFlags) =>
      withOpenStore(flags, async (store) => printReport(await store.report(version), flags)),
    );
}

/** A candle source by name. @param origin where an exchange's requests go instead of to the exchange. */
export function sourceByName(name: string, root: string, origin?: string): CandleSource {
  if (name === "vega") return vegaSource({ resolveFrom: root });
  if (name === "binance" || name === "coinbase") {
    return ccxtSource({ exchange: name, ...(origin === undefined ? {} : { origin }) });
  }
  return fail("cli.bad-option", {
    message: `there is no data source "${name}"`,
    hint: "Use binance, coinbase or vega; for a file: tickbook data import.",
    fields: { name },
  });
}

const TWO_YEARS_MS = 2 * 365 * 864e5;

async function fetchData(symbol: string, timeframe: string, flags: FetchFlags): Promise<void> {
  const isBundled = flags.from === "vega";
  const to = flags.until === undefined ? (isBundled ? undefined : Date.now()) : parseTimeEnd(flags.until);
  const from =
    flags.since === undefined ? (to === undefined ? undefined : to - TWO_YEARS_MS) : parseTime(flags.since);
  const source = sourceByName(flags.from, process.cwd(), flags.origin);
  const range = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  await ingestAndPrint(source, symbol, timeframe, range, flags);
}

async function importData(file: string, flags: ImportFlags): Promise<void> {
  const { symbol, timeframe, tick, lot } = flags;
  const calendar = flags.weekdays ? ("weekdays" as const) : ("always" as const);
  const options = { path: resolve(file), symbol, tick, lot, calendar };
  const source = /\.(parquet|pq)$/i.test(file) ? parquetSource(options) : csvSource(options);
  await ingestAndPrint(source, symbol, timeframe, {}, flags);
}

async function ingestAndPrint(
  source: CandleSource,
  symbol: string,
  timeframe: string,
  range: { readonly from?: number; readonly to?: number },
  flags: StoreFlags,
): Promise<void> {
  try {
    await withOpenStore(flags, async (store) => {
      const startProgress = await terminalProgress();
      const { report } = await ingest({ source, store, symbol, timeframe, ...range, startProgress });
      printReport(report, flags);
    });
  } finally {
    await source.close();
  }
}

async function withOpenStore<T>(flags: StoreFlags, work: (store: Store) => Promise<T>): Promise<T> {
  const store = openStore(resolve(flags.home, "data"));
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

async function listData(store: Store, flags: StoreFlags): Promise<void> {
  const versions = await store.list();
  if (flags.json) {
    printJson(versions);
    return;
  }
  if (versions.length === 0) {
    process.stdout.write("No datasets yet. Add one: tickbook data fetch BTC/USDT 1h --from binance\n");
    return;
  }
  const rows = versions.map(({ source, symbol, timeframe, rows: count, from, to, hash }) => [
    source,
    symbol,
    timeframe,
    `${countText(count)} bars`,
    `${timeText(from)} to ${timeText(to)}`,
    hash.slice(0, 8),
  ]);
  process.stdout.write(`${table([["SOURCE", "SYMBOL", "BARS OF", "LENGTH", "SPAN", "VERSION"], ...rows])}\n`);
}

/** The checks of a dataset as a table. */
export function printReport(report: DataReport, flags: { readonly json?: boolean }): void {
  if (flags.json) {
    printJson(report);
    return;
  }
  const { source, symbol, timeframe, rows, from, to, hash } = report;
  process.stdout.write(
    `${symbol} ${timeframe} from ${source}: ${countText(rows)} bars, ` +
      `${timeText(from)} to ${timeText(to)}, version ${hash.slice(0, 8)}\n`,
  );
  const lines = report.checks
    .map(checkTexts)
    .map(({ name, found, allowed, verdict, where }) => [`  ${verdict}`, found, name, allowed, where]);
  process.stdout.write(`${table([["  VERDICT", "FOUND", "CHECK", "ALLOWED", "WHERE"], ...lines])}\n`);
}

function checkTexts({ name, found, unit, allowed, where, verdict }: DataReport["checks"][number]) {
  const text = (value: number) => `${shortText(value)} ${unit}`;
  return {
    name,
    found: text(found),
    allowed: allowed === undefined ? "–" : text(allowed),
    verdict,
    where: where.join(", "),
  };
}

function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/**
 * Columns padded to their widest entry; on a terminal, lines are cut at its width.
 * @param isWhole nothing is cut: for paths and hashes, which people copy.
 */
export function table(rows: readonly (readonly string[])[], isWhole = false): string {
  const width = (!isWhole && process.stdout.columns) || Number.POSITIVE_INFINITY;
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join("  ")
        .trimEnd(),
    )
    .map((line) => (line.length > width ? `${line.slice(0, width - 1)}…` : line))
    .join("\n");
}
