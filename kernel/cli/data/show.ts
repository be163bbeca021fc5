import { resolve } from "node:path";
import type { Command } from "commander";
import { countText, fail, shortText, timeText } from "#core";
import type { DatasetVersion, Store } from "#data";
import { writeAtomic } from "#storage";
import { bytesText } from "./bytes-text.ts";
import { chartPage } from "./chart-page.ts";
import { type ColumnStatistics, createColumnStatistics } from "./column-statistics.ts";
import { keyOf, mainColumn, scanStored } from "./read-stored.ts";
import { printReport } from "./report-text.ts";
import { Sparkline } from "./sparkline.ts";
import { printJson, type StoreFlags, withOpenStore, withStoreFlags } from "./store-flags.ts";
import { table } from "./table.ts";
import { DATASET_ARGUMENT, findDataset } from "./which.ts";

interface ShowFlags extends StoreFlags {
  readonly rows: string;
  readonly chart?: string;
}

type Row = readonly number[];

const SPARKLINE_WIDTH = 72;
const CHART_WIDTH = 900;
/** Columns that hold UTC milliseconds. */
const TIMES = ["time", "received", "published"];

export function addShowCommand(data: Command): void {
  withStoreFlags(data.command(`show ${DATASET_ARGUMENT}`))
    .description("show a dataset: first and last rows, statistics, its report")
    .option("--rows <n>", "so many rows of each end", "5")
    .option("--chart <file>", "also draw its main column into an HTML page")
    .addHelpText(
      "after",
      "\nA dataset is a version that `tickbook data ls` shows, or source, symbol and kind.\n" +
        "\nExamples:\n  tickbook data show binance BTC/USDT 1h\n  tickbook data show 3f2a9c01 --chart btc.html",
    )
    .action((words: string[], flags: ShowFlags) =>
      withOpenStore(flags, async (store) => showData(store, await findDataset(store, words), flags)),
    );
}

/** What one pass over a dataset tells. */
interface Overview {
  readonly names: readonly string[];
  readonly first: readonly Row[];
  readonly last: readonly Row[];
  readonly statistics: readonly ColumnStatistics[];
  readonly main: string;
  readonly sparkline: string;
  /** Means of the main column over equal stretches of rows. */
  readonly chart: Float64Array;
}

async function showData(store: Store, version: DatasetVersion, flags: ShowFlags): Promise<void> {
  const count = countOf(flags.rows);
  const overview = await lookOver(store, version, count);
  const report = await store.report(version.hash, keyOf(version));
  const chart = flags.chart === undefined ? undefined : resolve(flags.chart);
  if (chart !== undefined) await writeAtomic(chart, chartPage(version, overview.main, overview.chart));
  if (flags.json) {
    const { names, first, last, statistics } = overview;
    const { periods } = await store.ranges(keyOf(version));
    const records = (rows: readonly Row[]) =>
      rows.map((row) => Object.fromEntries(names.map((name, k) => [name, row[k]])));
    printJson({
      ...report,
      periods,
      statistics,
      first: records(first),
      last: records(last),
      ...(chart && { chart }),
    });
    return;
  }
  printReport(report, {});
  const left = version.rows - overview.first.length - overview.last.length;
  const lines = [...overview.first.map(cells), ...(left > 0 ? [["…"]] : []), ...overview.last.map(cells)];
  const wide = lines.map((line) => overview.names.map((_, k) => line[k] ?? ""));
  process.stdout.write(
    [
      `\n${table([overview.names, ...wide])}`,
      `${countText(version.rows)} rows, ${bytesText(version.bytes)}\n`,
      table([
        ["COLUMN", "KNOWN", "MISSING", "LEAST", "MEAN", "MOST", "DEVIATION"],
        ...statisticsRows(overview),
      ]),
      `\n${overview.main.padEnd(8)}${overview.sparkline}`,
      ...(chart ? [`chart   ${chart}`] : []),
      "",
    ].join("\n"),
  );

  function cells(row: Row): string[] {
    return row.map((value, k) => cellText(overview.names[k]!, value));
  }
}

function countOf(text: string): number {
  if (/^\d{1,4}$/.test(text) && Number(text) <= 1000) return Number(text);
  return fail("cli.bad-option", {
    message: `--rows ${text} is no number of rows`,
    hint: "Give a whole number from 0 to 1000.",
    fields: { rows: text },
  });
}

async function lookOver(store: Store, version: DatasetVersion, count: number): Promise<Overview> {
  const first: Row[] = [];
  let last: Row[] = [];
  let names: string[] = [];
  let statistics: ReturnType<typeof createColumnStatistics>[] = [];
  const sparkline = new Sparkline(version.rows, SPARKLINE_WIDTH);
  const chart = new Sparkline(version.rows, CHART_WIDTH);
  for await (const batch of scanStored(store, version)) {
    if (names.length === 0) {
      names = Object.keys(batch);
      statistics = names.map(createColumnStatistics);
    }
    const rows = batch.time!.length;
    for (const [k, name] of names.entries()) statistics[k]!.add(batch[name]!);
    const rowAt = (row: number): Row => names.map((name) => batch[name]![row]!);
    for (let row = 0; row < rows && first.length < count; row++) first.push(rowAt(row));
    const tail = Array.from({ length: Math.min(count, rows) }, (_, k) =>
      rowAt(rows - Math.min(count, rows) + k),
    );
    last = [...last, ...tail].slice(last.length + tail.length - Math.min(count, last.length + tail.length));
    const main = batch[mainColumn(names)]!;
    sparkline.add(main);
    chart.add(main);
  }
  return {
    names,
    first,
    last: last.slice(Math.max(0, last.length - Math.max(0, version.rows - first.length))),
    statistics: statistics.map((each) => each.result()),
    main: mainColumn(names),
    sparkline: sparkline.text(),
    chart: chart.means(),
  };
}

function statisticsRows({ statistics }: Overview): string[][] {
  return statistics.map(({ name, count, missing, min, mean, max, deviation }) => {
    const text = (value: number) => cellText(name, value);
    const spread = TIMES.includes(name) ? "" : shortText(deviation);
    return [name, countText(count), countText(missing), text(min), text(mean), text(max), spread];
  });
}

function cellText(name: string, value: number): string {
  if (!TIMES.includes(name)) return shortText(value, 10);
  const text = timeText(value);
  return Number.isFinite(value) && value % 1000 !== 0 ? `${new Date(value).toISOString()}` : text;
}
