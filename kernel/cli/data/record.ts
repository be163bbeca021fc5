import { resolve } from "node:path";
import type { Command } from "commander";
import { fail, timeframeMs } from "#core";
import { recordMarket } from "#data";
import type { RecordedKind } from "#model";
import { binanceRecorder } from "#venue";
import { terminalProgress } from "../progress.ts";
import { keyOf } from "./read-stored.ts";
import { printReport } from "./report-text.ts";
import { printJson, type StoreFlags, withOpenStore, withStoreFlags } from "./store-flags.ts";

interface RecordFlags extends StoreFlags {
  readonly from: string;
  readonly kinds: string;
  readonly for?: string;
  readonly every: string;
  readonly origin?: string;
}

const KINDS: readonly RecordedKind[] = ["trades", "depth"];

export function addRecordCommand(data: Command): void {
  withStoreFlags(data.command("record <symbol>"))
    .description("record live trades and changes of the order book until it is interrupted")
    .requiredOption("--from <exchange>", "binance")
    .option("--kinds <kinds>", "trades, depth, or both", "trades,depth")
    .option("--for <time>", "stop after 10m, 1h, 1d")
    .option("--every <time>", "write to the store this often", "10s")
    .option("--origin <url>", "connect here instead (a simulated exchange)")
    .addHelpText(
      "after",
      "\nSequence numbers and both times are kept. A lost connection is made anew; a gap in the book is reported, and a\n" +
        "new snapshot follows. Killed, it loses the message it was writing: the next recording stores the rest.\n" +
        "\nExample:\n  tickbook data record BTC/USDT --from binance --kinds trades,depth --for 1h",
    )
    .action((symbol: string, flags: RecordFlags) => recordData(symbol, flags));
}

async function recordData(symbol: string, flags: RecordFlags): Promise<void> {
  const kinds = kindsOf(flags.kinds);
  if (flags.from !== "binance") {
    fail("cli.bad-option", {
      message: `${flags.from} can't be recorded`,
      hint: "Use --from binance.",
      fields: { from: flags.from },
    });
  }
  const forMs = flags.for === undefined ? undefined : timeframeMs(flags.for);
  const flushMs = timeframeMs(flags.every);
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  process.once("SIGINT", onSignal).once("SIGTERM", onSignal);
  const timer = forMs === undefined ? undefined : setTimeout(onSignal, forMs);
  try {
    await withOpenStore(flags, async (store) => {
      const {
        versions,
        kinds: told,
        lost,
      } = await recordMarket({
        recorder: binanceRecorder(flags.origin === undefined ? {} : { origin: flags.origin }),
        store,
        folder: resolve(flags.home, "record", flags.from, encodeURIComponent(symbol)),
        symbol,
        kinds,
        flushMs,
        signal: stop.signal,
        startProgress: await terminalProgress(),
      });
      const reports = [];
      for (const version of versions) reports.push(await store.report(version.hash, keyOf(version)));
      if (flags.json) printJson({ recorded: told, lost, reports });
      else for (const report of reports) printReport(report, flags);
    });
  } finally {
    clearTimeout(timer);
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  }
}

function kindsOf(text: string): RecordedKind[] {
  const names = [...new Set(text.split(",").map((name) => name.trim()))];
  const unknown = names.find((name) => !KINDS.includes(name as RecordedKind));
  if (unknown === undefined) return names as RecordedKind[];
  return fail("cli.bad-option", {
    message: `"${unknown}" can't be recorded`,
    hint: "Use --kinds trades, --kinds depth or --kinds trades,depth.",
    fields: { kinds: text },
  });
}
