export { type CheckedCandles, type CheckRequest, checkCandles } from "./clean/check-candles.ts";
export { type Adjustment, adjustBars, type Factors } from "./clean/factors.ts";
export { inspectBars } from "./clean/inspect-bars.ts";
export { findOutliers } from "./clean/outliers.ts";
export { FIXES, type Fix, parseFixes, type RemovedRow } from "./clean/repair.ts";
export type { DataCheck, DataReport } from "./clean/report.ts";
export { createSequenceCheck } from "./clean/sequence.ts";
export { findSplits } from "./clean/splits.ts";
export {
  type CaptureDecoding,
  type CaptureOptions,
  type CaptureReport,
  type DamagedLine,
  decodeCapture,
} from "./ingest/capture/decode-capture.ts";
export type { CaptureBatch } from "./ingest/capture/tables.ts";
export {
  type FetchRequest,
  type FetchResult,
  fetchHistory,
} from "./ingest/fetch/fetch-history.ts";
export { unknownSymbol } from "./ingest/file-source.ts";
export {
  type CandleFiles,
  candleFiles,
  csvSource,
  type FileInstrument,
  parquetSource,
} from "./ingest/files-source.ts";
export {
  type CaptureImport,
  type Imported,
  type ImportRequest,
  importCapture,
  importTables,
  type TableImport,
} from "./ingest/import-tables.ts";
export { type IngestRequest, type IngestResult, ingest } from "./ingest/ingest.ts";
export { readAdjusted, readFactors } from "./ingest/read-adjusted.ts";
export { type RecordRequest, type RecordResult, recordMarket } from "./ingest/record/record-market.ts";
export { storeSeries } from "./ingest/store-series.ts";
export { type ColumnMapping, parseColumns, ROW_KINDS, type RowKind } from "./ingest/table/fields.ts";
export {
  FILE_FORMATS,
  type FileFormat,
  findDataFiles,
  formatOf,
  type TableOptions,
} from "./ingest/table/open-table.ts";
export { vegaSource } from "./ingest/vega-source.ts";
export {
  createReplay,
  type MergedBatch,
  type MergedSource,
  type Replay,
  type ReplayEvent,
  type ReplayHandlers,
} from "./replay/replay.ts";
export {
  REPLAY_KINDS,
  type ReplayColumns,
  type ReplayKind,
  type ReplaySource,
} from "./replay/sources.ts";
export { type ReplayRequest, storeSources } from "./replay/store-sources.ts";
export { openStore } from "./store/open-store.ts";
export type { QueryResult } from "./store/query.ts";
export type { TimeRange } from "./store/read-rows.ts";
export type {
  ReadOptions,
  Store,
  StoredKey,
  StoredRanges,
  StoredTable,
  TableKey,
  TableMeta,
  WriteMeta,
  WriteOptions,
} from "./store/store.ts";
export type { DatasetKey, DatasetVersion } from "./store/version-file.ts";
export type { WriteMode } from "./store/write-version.ts";
