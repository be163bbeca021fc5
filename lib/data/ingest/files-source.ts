import type { CandleSource, InstrumentSpec, RawCandle } from "#model";
import { createFileSource } from "./file-source.ts";
import { formatOf, readTableFile, type TableOptions } from "./table/open-table.ts";

/** A file, and the instrument whose bars it holds. */
export interface FileInstrument extends InstrumentSpec {
  /** Absolute path of the file. */
  readonly path: string;
}

export interface CandleFiles extends TableOptions {
  /** Absolute paths, in the order in which they are read. */
  readonly paths: readonly string[];
  readonly spec: InstrumentSpec;
  /** Name of the source in the store. Default: the format of the first file. */
  readonly name?: string;
}

/**
 * The bars of one instrument in CSV, Parquet or Arrow files. Columns are found by their usual names (time, open, high,
 * low, close, volume and what they are else called) unless they are mapped.
 * Errors: `data.bad-file`, `data.bad-columns`, `data.bad-time-format`, `data.bad-time-zone`, `data.unknown-symbol`.
 */
export function candleFiles({ paths, spec, name, ...options }: CandleFiles): CandleSource {
  return createFileSource({
    name: name ?? options.format ?? formatOf(paths[0] ?? ""),
    spec,
    read: () => readCandles(paths, options),
  });
}

/** The bars of a CSV file. See {@link candleFiles}. */
export function csvSource({ path, ...spec }: FileInstrument): CandleSource {
  return candleFiles({ paths: [path], spec, format: "csv" });
}

/** The bars of a Parquet file. See {@link candleFiles}. */
export function parquetSource({ path, ...spec }: FileInstrument): CandleSource {
  return candleFiles({ paths: [path], spec, format: "parquet" });
}

/** The candles of files, one after another. */
export async function* readCandles(
  paths: readonly string[],
  options: TableOptions,
): AsyncGenerator<RawCandle[]> {
  for (const path of paths) {
    for await (const { columns } of readTableFile(path, "candles", options)) {
      const { time, open, high, low, close, volume } = columns;
      yield Array.from(
        time!,
        (t, i): RawCandle => [t, open![i]!, high![i]!, low![i]!, close![i]!, volume![i]!],
      );
    }
  }
}
