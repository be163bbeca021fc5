export { type CheckedCandles, type CheckRequest, checkCandles } from "./clean/check-candles.ts";
export type { DataCheck, DataReport } from "./clean/report.ts";
export { csvSource, type FileInstrument } from "./ingest/csv-source.ts";
export { unknownSymbol } from "./ingest/file-source.ts";
export { type IngestRequest, ingest } from "./ingest/ingest.ts";
export { parquetSource } from "./ingest/parquet-source.ts";
export { vegaSource } from "./ingest/vega-source.ts";
export { openStore, type Store } from "./store/open-store.ts";
export type { DatasetKey, DatasetVersion } from "./store/version-file.ts";
