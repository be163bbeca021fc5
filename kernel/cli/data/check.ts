import { resolve } from "node:path";
import type { Command } from "commander";
import { fail } from "#core";
import { createSequenceCheck, type DataCheck, type DatasetVersion, type Store } from "#data";
import type { Bars, TableKind } from "#model";
import { figurePage } from "#runner";
import { qualityFigure, withFreshChecks } from "#session";
import { writeAtomic } from "#storage";
import { keyOf, scanStored } from "./read-stored.ts";
import { printReport, reportText } from "./report-text.ts";
import { type StoreFlags, withOpenStore, withStoreFlags } from "./store-flags.ts";
import { DATASET_ARGUMENT, findDataset } from "./which.ts";

interface CheckFlags extends StoreFlags {
  readonly chart?: string;
}

export function addCheckCommand(data: Command): void {
  withStoreFlags(data.command(`check ${DATASET_ARGUMENT}`))
    .description("show what was found in a dataset, what was done and what was left")
    .option("--chart <file>", "also draw bars, with gaps and findings, into an HTML page")
    .addHelpText(
      "after",
      "\nA dataset is a version that `tickbook data ls` shows, or source, symbol and kind.\n" +
        "\nExamples:\n  tickbook data check binance BTC/USDT 1h\n  tickbook data check 3f2a9c01 --chart btc.html",
    )
    .action((words: string[], flags: CheckFlags) =>
      withOpenStore(flags, async (store) => checkData(store, await findDataset(store, words), flags)),
    );
}

async function checkData(store: Store, version: DatasetVersion, flags: CheckFlags): Promise<void> {
  const stored = await store.report(version.hash, keyOf(version));
  const bars = await barsOf(store, version);
  // A dataset may have been stored before a check was there.
  const checks = bars
    ? withFreshChecks(stored.checks, bars)
    : await withSequence(store, version, stored.checks);
  const report = { ...stored, checks };
  if (flags.chart !== undefined) {
    if (!bars) {
      fail("cli.bad-option", {
        message: `--chart draws bars, and ${version.symbol} ${version.kind} has none`,
        hint: "For a column of any dataset: tickbook data show ... --chart file.html",
        fields: { kind: version.kind },
      });
    }
    const title = `${version.symbol} ${version.kind} from ${version.source}`;
    await writeAtomic(
      resolve(flags.chart),
      await figurePage(title, qualityFigure(title, bars), reportText(report)),
    );
  }
  printReport(report, flags);
}

/** What is missing between rows shows only in all of them: they came in pieces, and late ones may have filled gaps. */
async function withSequence(
  store: Store,
  version: DatasetVersion,
  checks: readonly DataCheck[],
): Promise<readonly DataCheck[]> {
  const sequence = createSequenceCheck(version.kind as TableKind);
  for await (const columns of scanStored(store, version)) sequence.add(columns);
  const fresh = sequence.result();
  const old = checks.filter(({ name }) => !fresh.some((each) => each.name === name));
  return [...old, ...fresh];
}

async function barsOf(
  store: Store,
  { source, symbol, kind, hash }: DatasetVersion,
): Promise<Bars | undefined> {
  const isBars = /^\d/.test(kind);
  return isBars ? store.read({ source, symbol, timeframe: kind, version: hash }) : undefined;
}
