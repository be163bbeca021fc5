import { resolve } from "node:path";
import type { Command } from "commander";
import { fail, timeframeMs } from "#core";
import {
  candleFiles,
  FILE_FORMATS,
  FIXES,
  type FileFormat,
  findDataFiles,
  formatOf,
  type Imported,
  importCapture,
  importTables,
  parseColumns,
  parseFixes,
  ROW_KINDS,
  type RowKind,
  type TableOptions,
  type WriteMode,
} from "#data";
import { terminalProgress } from "../progress.ts";
import { ingestAndPrint } from "./ingest-and-print.ts";
import { printReport } from "./report-text.ts";
import { printJson, type StoreFlags, withOpenStore, withStoreFlags } from "./store-flags.ts";

interface ImportFlags extends StoreFlags {
  readonly kind: string;
  readonly format?: string;
  readonly symbol?: string;
  readonly source?: string;
  readonly timeframe?: string;
  readonly tick?: string;
  readonly lot?: string;
  readonly weekdays?: boolean;
  readonly columns?: string;
  readonly timeFormat?: string;
  readonly timeZone?: string;
  /** False for --no-header. */
  readonly header?: boolean;
  readonly separator?: string;
  readonly lag?: string;
  readonly unit?: string;
  readonly fix?: string;
  readonly mode: string;
}

const MODES: Readonly<Record<WriteMode, string>> = {
  merge: "these rows join them, and a row that differs is refused",
  correct: "these rows join them, and are right where they differ",
  replace: "the dataset becomes these rows and no others",
};

const EXAMPLES = `
Files: CSV (plain, .gz, .zip; also Binance's public dumps, with and without header), Parquet, Arrow and Feather (LZ4
too), raw captures of an exchange's messages (.jsonl, --format capture). Several files, a folder or a pattern at once.

Examples:
  tickbook data import btc.csv --symbol BTC/USDT --timeframe 1h --tick 0.01 --lot 0.00001
  tickbook data import "BTCUSDT-1m-*.zip" --symbol BTC/USDT --timeframe 1m --tick 0.01 --lot 0.00001
  tickbook data import BTCUSDT-aggTrades-2024-08-08.zip --kind trades --symbol BTC/USDT
  tickbook data import prices.csv --symbol SPX/USD --timeframe 1d --tick 0.01 --lot 0.001 --weekdays \\
    --columns "time=Date,open=Open" --time-format DD/MM/YYYY --time-zone America/New_York
  tickbook data import vix.csv --kind series --symbol VIX --columns time=DATE,value=CLOSE --lag 1d
  tickbook data import shiller.csv --kind series --symbol SHILLER --columns "time=Date,value:pe=PE10,value:cpi=Consumer Price Index" --lag 90d
  tickbook data import splits.csv --kind factors --symbol AAPL/USD --columns time=date,split=ratio,dividend=cash
  tickbook data import btcusdt.gz --format capture --symbol BTC/USDT`;

export function addImportCommand(data: Command): void {
  const fixes = Object.entries(FIXES).map(([name, what]) => `${name}: ${what}`);
  withStoreFlags(data.command("import <files...>"))
    .description("store the rows of files")
    .option("--kind <kind>", `what the rows are: ${ROW_KINDS.join(", ")}`, "candles")
    .option("--format <format>", `${FILE_FORMATS.join(", ")} (default: by the file's name)`)
    .option("--symbol <symbol>", "such as BTC/USDT")
    .option("--source <name>", "name of the source in the store (default: the format)")
    .option("--timeframe <timeframe>", "length of the candles, such as 1h")
    .option("--tick <step>", "smallest price step of the candles, such as 0.01")
    .option("--lot <step>", "smallest quantity step of the candles, such as 0.00001")
    .option("--weekdays", "the market is closed on weekends and holidays")
    .option("--columns <mapping>", "which column holds which field: time=Date,open=Open")
    .option("--time-format <format>", "s, ms, us, ns, or a pattern such as DD/MM/YYYY HH:mm")
    .option(
      "--time-zone <zone>",
      "place whose clocks the file shows, such as America/New_York (default: UTC)",
    )
    .option("--header", "the first line of a CSV file has the names (default: seen from it)")
    .option("--no-header", "a CSV file has no names: its columns are 1, 2, 3 ...")
    .option("--separator <mark>", "between the cells of a CSV file (default: seen from the first line)")
    .option("--lag <time>", "series: time from a value's date to when anybody could know it, such as 1d")
    .option("--unit <unit>", "series: unit of the values")
    .option(
      "--fix <rules>",
      `candles: rules that may change rows (what they take out is kept in a file): ${fixes.join("; ")}`,
    )
    .option(
      "--mode <mode>",
      `where the store has rows already: ${Object.entries(MODES)
        .map(([name, what]) => `${name}: ${what}`)
        .join("; ")}`,
      "merge",
    )
    .addHelpText("after", EXAMPLES)
    .action((files: string[], flags: ImportFlags) => importData(files, flags));
}

async function importData(files: readonly string[], flags: ImportFlags): Promise<void> {
  const kind = oneOf("--kind", flags.kind, ROW_KINDS) as RowKind;
  const given =
    flags.format === undefined ? undefined : (oneOf("--format", flags.format, FILE_FORMATS) as FileFormat);
  const options = tableOptions(flags, given);
  const fixes = flags.fix === undefined ? [] : parseFixes(flags.fix);
  const mode = oneOf("--mode", flags.mode, Object.keys(MODES)) as WriteMode;
  const paths = await findDataFiles(files.map((file) => resolve(file)));
  const format = given ?? formatOf(paths[0]!);
  if (format === "capture") return importAsCapture(paths, mode, flags);
  const symbol = needed(flags.symbol, "--symbol", kind);
  if (kind === "candles") {
    const timeframe = needed(flags.timeframe, "--timeframe", kind);
    const [tick, lot] = [needed(flags.tick, "--tick", kind), needed(flags.lot, "--lot", kind)];
    const spec = {
      symbol,
      tick,
      lot,
      calendar: flags.weekdays ? ("weekdays" as const) : ("always" as const),
    };
    const name = flags.source === undefined ? {} : { name: flags.source };
    const source = candleFiles({ paths, spec, ...name, ...options });
    return ingestAndPrint(source, symbol, timeframe, { fixes, mode }, flags);
  }
  await withOpenStore(flags, async (store) => {
    const imported = await importTables({
      ...options,
      store,
      paths,
      kind,
      symbol,
      mode,
      source: flags.source ?? format,
      startProgress: await terminalProgress(),
      ...(flags.lag === undefined ? {} : { lagMs: timeframeMs(flags.lag) }),
      ...(flags.unit === undefined ? {} : { unit: flags.unit }),
    });
    printImported(imported, flags);
  });
}

async function importAsCapture(paths: readonly string[], mode: WriteMode, flags: ImportFlags): Promise<void> {
  await withOpenStore(flags, async (store) => {
    const imported = await importCapture({
      store,
      paths,
      mode,
      source: flags.source ?? "capture",
      startProgress: await terminalProgress(),
      ...(flags.symbol === undefined ? {} : { symbol: flags.symbol }),
    });
    printImported(imported, flags);
  });
}

function tableOptions(flags: ImportFlags, format: FileFormat | undefined): TableOptions {
  const { columns, timeFormat, timeZone, header, separator } = flags;
  return {
    ...(format === undefined ? {} : { format }),
    ...(columns === undefined ? {} : { columns: parseColumns(columns) }),
    // Commander has true for an option that is only declared as --no-header.
    ...(header === undefined ? {} : { header }),
    ...(separator === undefined ? {} : { separator: separator === "\\t" ? "\t" : separator }),
    time: {
      ...(timeFormat === undefined ? {} : { format: timeFormat }),
      ...(timeZone === undefined ? {} : { zone: timeZone }),
    },
  };
}

function printImported(imported: readonly Imported[], flags: ImportFlags): void {
  const reports = imported.map(({ version, checks }) => ({ ...version, checks }));
  if (flags.json) printJson(reports.length === 1 ? reports[0] : reports);
  else for (const report of reports) printReport(report, {});
}

function oneOf(option: string, value: string, known: readonly string[]): string {
  if (known.includes(value)) return value;
  return fail("cli.bad-option", {
    message: `${option} ${value}: there is no such ${option.slice(2)}`,
    hint: `Use one of ${known.join(", ")}.`,
    fields: { option, value },
  });
}

function needed(value: string | undefined, option: string, kind: string): string {
  if (value !== undefined) return value;
  return fail("cli.bad-option", {
    message: `${kind} can't be imported without ${option}`,
    hint: "See tickbook data import --help.",
    fields: { option, kind },
  });
}
