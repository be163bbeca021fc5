import { resolve } from "node:path";
import type { Command } from "commander";
import { fail, parseTime, parseTimeEnd, timeframeMs } from "#core";
import { FIXES, fetchHistory, parseFixes, vegaSource } from "#data";
import type { CandleSource, HistoryKind } from "#model";
import { ccxtHistory, ccxtSource } from "#venue";
import { terminalProgress } from "../progress.ts";
import { ingestAndPrint } from "./ingest-and-print.ts";
import { printReport } from "./report-text.ts";
import { printJson, type StoreFlags, withOpenStore, withStoreFlags } from "./store-flags.ts";

interface FetchFlags extends StoreFlags {
  readonly from: string;
  readonly since?: string;
  readonly until?: string;
  readonly origin?: string;
  readonly again?: boolean;
  readonly fix?: string;
}

export function addFetchCommand(data: Command): void {
  withStoreFlags(data.command("fetch <symbol> <what>"))
    .description(
      "fetch candles (1m, 1h, 1d ...), trades or funding and store them; what is stored is not asked for again",
    )
    .requiredOption("--from <source>", "binance, coinbase or vega")
    .option(
      "--since <time>",
      "first row, such as 2023-01 (default: two years before the end, one day for trades)",
    )
    .option("--until <time>", "last row, such as 2024 for all of 2024 (default: now)")
    .option("--again", "ask for the whole range again and take the new answers")
    .option("--fix <rules>", `candles: rules that may change rows: ${Object.keys(FIXES).join(", ")}`)
    .option("--origin <url>", "send an exchange's requests here instead (a proxy, a simulated exchange)")
    .addHelpText(
      "after",
      "\nA fetch that was stopped goes on where it was.\n" +
        "\nExamples:\n  tickbook data fetch BTC/USDT 1h --from binance --since 2023-01\n" +
        "  tickbook data fetch BTC/USDT trades --from binance --since 2024-08-08 --until 2024-08-08\n" +
        "  tickbook data fetch BTC/USDT:USDT funding --from binance --since 2023",
    )
    .action((symbol: string, what: string, flags: FetchFlags) => fetchData(symbol, what, flags));
}

/** A candle source by name. @param origin where an exchange's requests go instead of to the exchange. */
export function sourceByName(name: string, root: string, origin?: string): CandleSource {
  if (name === "vega") return vegaSource({ resolveFrom: root });
  if (isExchange(name)) return ccxtSource({ exchange: name, ...(origin === undefined ? {} : { origin }) });
  return fail("cli.bad-option", {
    message: `there is no data source "${name}"`,
    hint: "Use binance, coinbase or vega; for a file: tickbook data import.",
    fields: { name },
  });
}

function isExchange(name: string): name is "binance" | "coinbase" {
  return name === "binance" || name === "coinbase";
}

const DAY_MS = 864e5;
const TWO_YEARS_MS = 2 * 365 * DAY_MS;

async function fetchData(symbol: string, what: string, flags: FetchFlags): Promise<void> {
  const { from: name, since, until, origin } = flags;
  const isTable = what === "trades" || what === "funding";
  if (!isTable) timeframeMs(what);
  if (!isExchange(name)) {
    const source = sourceByName(name, process.cwd(), origin);
    const to = until === undefined ? {} : { to: parseTimeEnd(until) };
    const from =
      since === undefined
        ? until === undefined
          ? {}
          : { from: to.to! - TWO_YEARS_MS }
        : { from: parseTime(since) };
    return ingestAndPrint(source, symbol, what, { ...from, ...to }, flags);
  }
  const fixes = flags.fix === undefined ? [] : parseFixes(flags.fix);
  const kind: HistoryKind = isTable ? what : "candles";
  const to = until === undefined ? Date.now() : parseTimeEnd(until);
  const from = since === undefined ? to - (kind === "trades" ? DAY_MS : TWO_YEARS_MS) : parseTime(since);
  const source = ccxtHistory({ exchange: name, ...(origin === undefined ? {} : { origin }) });
  try {
    await withOpenStore(flags, async (store) => {
      const { report, rows, pages } = await fetchHistory({
        source,
        store,
        folder: resolve(flags.home, "fetch", name, encodeURIComponent(symbol), what),
        symbol,
        kind,
        ...(isTable ? {} : { timeframe: what }),
        from,
        to,
        now: Date.now(),
        startProgress: await terminalProgress(),
        isAgain: flags.again ?? false,
        fixes,
      });
      if (flags.json) printJson({ ...report, fetched: { rows, pages } });
      else printReport(report, flags);
    });
  } finally {
    await source.close();
  }
}
