import type { CandleSource, InstrumentSpec } from "#model";
import { createFileSource } from "./file-source.ts";
import { readCsvCandles } from "./read-csv.ts";

/** A file, and the instrument whose bars it holds. */
export interface FileInstrument extends InstrumentSpec {
  /** Absolute path of the file. */
  readonly path: string;
}

/**
 * The bars of any CSV file with a header that names time, open, high, low, close, volume (see `findColumns` for other
 * accepted names). Times are ISO dates in UTC or epochs. Errors: `data.bad-file`, `data.unknown-symbol`.
 */
export function csvSource({ path, ...spec }: FileInstrument): CandleSource {
  return createFileSource({ name: "csv", spec, read: () => readCsvCandles(path) });
}
