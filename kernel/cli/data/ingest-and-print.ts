import { resolve } from "node:path";
import { type Fix, type IngestResult, ingest, type RemovedRow, type WriteMode } from "#data";
import type { CandleSource } from "#model";
import { writeAtomic } from "#storage";
import { terminalProgress } from "../progress.ts";
import { printReport } from "./report-text.ts";
import { type StoreFlags, withOpenStore } from "./store-flags.ts";

/** Stores what the source has, closes it, prints the report; rows that a rule took out are kept in a file. */
export async function ingestAndPrint(
  source: CandleSource,
  symbol: string,
  timeframe: string,
  range: {
    readonly from?: number;
    readonly to?: number;
    readonly fixes?: readonly Fix[];
    readonly mode?: WriteMode;
  },
  flags: StoreFlags,
): Promise<void> {
  try {
    await withOpenStore(flags, async (store) => {
      const startProgress = await terminalProgress();
      const result = await ingest({
        source,
        store,
        symbol,
        timeframe,
        mode: "merge",
        ...range,
        startProgress,
      });
      if (result.removed.length > 0) await keepRemoved(result, flags);
      printReport(result.report, flags);
    });
  } finally {
    await source.close();
  }
}

async function keepRemoved({ report, removed }: IngestResult, flags: StoreFlags): Promise<void> {
  const { source, symbol, timeframe, hash } = report;
  const name = `${[source, symbol, timeframe].map(encodeURIComponent).join(" ")} ${hash.slice(0, 8)}.csv`;
  const path = resolve(flags.home, "removed", name);
  const line = ({ fix, row }: RemovedRow) => [fix, ...row].join(",");
  await writeAtomic(path, `fix,time,open,high,low,close,volume\n${removed.map(line).join("\n")}\n`);
  process.stderr.write(`  ${removed.length} rows as they were before they were mended: ${path}\n`);
}
