import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { Command } from "commander";
import { countText, fail, parseTime, parseTimeEnd } from "#core";
import type { DatasetVersion, Store, TimeRange } from "#data";
import { toArrow } from "#session";
import { writeAtomic } from "#storage";
import { bytesText } from "./bytes-text.ts";
import { keyOf, readStored, scanStored } from "./read-stored.ts";
import { printJson, type StoreFlags, withOpenStore, withStoreFlags } from "./store-flags.ts";
import { DATASET_ARGUMENT, findDataset } from "./which.ts";

const FORMATS = ["csv", "parquet", "arrow", "jsonl"] as const;
type Format = (typeof FORMATS)[number];

interface ExportFlags extends StoreFlags {
  readonly to: string;
  readonly out?: string;
  readonly since?: string;
  readonly until?: string;
}

export function addExportCommand(data: Command): void {
  withStoreFlags(data.command(`export ${DATASET_ARGUMENT}`))
    .description("write a dataset to a file that other tools read")
    .requiredOption("--to <format>", FORMATS.join(", "))
    .option("--out <file>", "the file (default: source-symbol-kind.format here)")
    .option("--since <time>", "first time, such as 2023-01 (default: all)")
    .option("--until <time>", "last time, such as 2024 for all of 2024 (default: all)")
    .addHelpText(
      "after",
      "\nTimes are UTC milliseconds. What is not known is an empty cell in csv and null in jsonl.\n" +
        "\nExamples:\n  tickbook data export binance BTC/USDT 1h --to csv --since 2023\n" +
        "  tickbook data export 3f2a9c01 --to arrow --out btc.arrow",
    )
    .action((words: string[], flags: ExportFlags) =>
      withOpenStore(flags, async (store) => exportData(store, await findDataset(store, words), flags)),
    );
}

async function exportData(store: Store, version: DatasetVersion, flags: ExportFlags): Promise<void> {
  const format = formatOf(flags.to);
  const range: TimeRange = {
    ...(flags.since !== undefined && { from: parseTime(flags.since) }),
    ...(flags.until !== undefined && { to: parseTimeEnd(flags.until) }),
  };
  const { source, symbol, kind, hash } = version;
  const path = resolve(flags.out ?? `${source}-${symbol}-${kind}.${format}`.replaceAll(/[^\w.-]/g, "-"));
  const rows = await WRITERS[format](store, version, range, path);
  const { size: bytes } = await stat(path);
  if (flags.json) printJson({ path, format, rows, bytes, source, symbol, kind, hash });
  else process.stdout.write(`${path}: ${countText(rows)} rows, ${bytesText(bytes)}\n`);
}

function formatOf(text: string): Format {
  return (
    FORMATS.find((format) => format === text) ??
    fail("cli.bad-option", {
      message: `--to ${text} is no format`,
      hint: `Give one of ${FORMATS.join(", ")}.`,
      fields: { to: text },
    })
  );
}

type Writer = (store: Store, version: DatasetVersion, range: TimeRange, path: string) => Promise<number>;

const WRITERS: Readonly<Record<Format, Writer>> = {
  csv: textWriter(
    (names) => `${names.join(",")}\n`,
    (_names, row) => `${row.map((value) => (Number.isNaN(value) ? "" : numberAsText(value))).join(",")}\n`,
  ),
  jsonl: textWriter(
    () => "",
    (names, row) =>
      `{${names.map((name, k) => `"${name}":${Number.isFinite(row[k]) ? numberAsText(row[k]!) : "null"}`).join(",")}}\n`,
  ),
  parquet: (store, version, range, path) =>
    store.exportParquet({ ...keyOf(version), version: version.hash, ...range }, path),
  async arrow(store, version, range, path) {
    const columns = await readStored(store, version, range);
    await writeAtomic(path, await toArrow(columns));
    return columns.length;
  },
};

/** The shortest digits that give the same number when read again; -0 keeps its sign. */
function numberAsText(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

/** Writes line by line in bounded memory; the file takes its name when it is whole. */
function textWriter(
  head: (names: readonly string[]) => string,
  line: (names: readonly string[], row: readonly number[]) => string,
): Writer {
  return async (store, version, range, path) => {
    const draft = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
    const file = createWriteStream(draft, { flags: "wx", flush: true });
    // A disk that is full says so at any time, also while nobody waits for the file.
    let failure: Error | undefined;
    file.on("error", (cause) => {
      failure ??= cause;
    });
    const written = async (event: string) => {
      if (!failure) await once(file, event).catch((cause: Error) => refusePath(path, cause));
      if (failure) refusePath(path, failure);
    };
    let rows = 0;
    try {
      await written("open");
      for await (const batch of scanStored(store, version, range)) {
        const names = Object.keys(batch);
        const columns = Object.values(batch);
        const lines = Array.from(batch.time!, (_, row) =>
          line(
            names,
            columns.map((column) => column[row]!),
          ),
        );
        const text = (rows === 0 ? head(names) : "") + lines.join("");
        if (!file.write(text) || failure) await written("drain");
        rows += lines.length;
      }
      file.end();
      await written("close");
      if (rows === 0) refuseEmpty(version, range);
      await rename(draft, path);
      return rows;
    } finally {
      file.destroy();
      await rm(draft, { force: true });
    }
  };
}

function refusePath(path: string, cause: Error): never {
  fail("storage.unwritable", {
    message: `${path} cannot be written: ${cause.message}`,
    hint: "Give another path (--out), in a folder that is there, that you may write to and that has room.",
    fields: { path },
    cause,
  });
}

function refuseEmpty({ source, symbol, kind }: DatasetVersion, { from, to }: TimeRange): never {
  fail("data.no-rows", {
    message: `${symbol} ${kind} of ${source} has no rows in that range`,
    hint: "See what is stored: tickbook data ls",
    fields: { source, symbol, kind, from, to },
  });
}
