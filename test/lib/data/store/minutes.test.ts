/** Months of minute bars, real and generated: kept in pieces as in one, read in part, and longer bars made of them in SQL. */
import { describe, expect, it } from "vitest";
import { openStore, type Store } from "#data";
import type { BarColumns } from "#model";
import { createDuckdb } from "../../../../lib/data/store/duckdb.ts";
import { streamParquet } from "../../../../lib/data/store/parquet.ts";
import { realData } from "../../../real-data.ts";
import { temporaryFolder } from "../../../temporary-folder.ts";
import { BTC, candlesAt, columnsFromCandles, times } from "../candles.ts";

const MINUTE = 6e4;
const DAY = 864e5;
const NAMES = ["time", "open", "high", "low", "close", "volume"] as const;
const folder = "ohlcv/binance-1m-5m-15m-2025";
const files = ["1m", "5m", "15m"].map((length) => realData(`${folder}/BTC_USDT-${length}.parquet`));

async function withStore(work: (store: Store) => Promise<void>): Promise<void> {
  const store = openStore(temporaryFolder());
  try {
    await work(store);
  } finally {
    await store.close();
  }
}

/** The columns of a Parquet file of bars. */
async function readFile(path: string): Promise<BarColumns> {
  const duckdb = createDuckdb();
  const rows: number[][] = [];
  try {
    await duckdb.use(async (connection) => {
      for await (const chunk of streamParquet(
        connection,
        path,
        NAMES.map((name) => `${name}::DOUBLE`),
      ))
        for (let i = 0; i < chunk[0]!.length; i++) rows.push(chunk.map((column) => column[i]!));
    });
  } finally {
    await duckdb.close();
  }
  return columnsFromCandles(rows as never);
}

/** Pieces of some days that overlap by an hour, newest first. */
function pieces(columns: BarColumns): BarColumns[] {
  const size = (9 * DAY) / MINUTE;
  const starts = Array.from({ length: Math.ceil(columns.time.length / size) }, (_, k) => k * size);
  const cut = (start: number) =>
    Object.fromEntries(
      NAMES.map((name) => [name, columns[name].slice(Math.max(0, start - 60), start + size)]),
    );
  return starts.reverse().map((start) => cut(start) as unknown as BarColumns);
}

const meta = { source: "test", instrument: BTC, checks: [] };
const KEY = { source: "test", symbol: "BTC/USDT", timeframe: "1m" };

async function holdsInPieces(columns: BarColumns): Promise<void> {
  await withStore(async (store) => {
    const whole = await store.write({ ...meta, source: "once", timeframe: "1m" }, columns);
    let last = "";
    for (const piece of pieces(columns))
      last = (await store.write({ ...meta, timeframe: "1m" }, piece, { mode: "merge" })).hash;
    expect(last).toBe(whole.hash);
    const [from, to] = [columns.time[5000]!, columns.time[9000]!];
    const part = await store.read({ ...KEY, from, to });
    for (const name of NAMES) expect(part[name]).toEqual(columns[name].slice(5000, 9000));
    let row = 0;
    for await (const batch of store.scanBars(KEY)) {
      for (const name of NAMES)
        expect(batch[name]).toEqual(columns[name].slice(row, row + batch.time.length));
      row += batch.time.length;
    }
    expect(row).toBe(columns.time.length);
  });
}

/** Bars of so many minutes by SQL. */
async function longerBySql(columns: BarColumns, minutes: number) {
  let found: Readonly<Record<string, unknown>> = {};
  await withStore(async (store) => {
    await store.write({ ...meta, timeframe: "1m" }, columns);
    const sql = `select time - time % ${minutes * MINUTE} as start, arg_min(open, time) as open, max(high) as high,
      min(low) as low, arg_max(close, time) as close from test."BTC/USDT"."1m" group by start
      having count(*) = ${minutes} order by start`;
    found = (await store.query(sql)).columns;
  });
  return found;
}

describe("minute bars", () => {
  const generated = columnsFromCandles(candlesAt(times((40 * DAY) / MINUTE, MINUTE, Date.UTC(2023, 11, 10))));

  it("that are generated are the same in pieces", () => holdsInPieces(generated));

  it("that are generated make longer bars in SQL as in a loop", async () => {
    const found = await longerBySql(generated, 15);
    const starts = generated.time.filter((time) => time % (15 * MINUTE) === 0);
    const at = (k: number) => generated.high.subarray(15 * k, 15 * k + 15);
    expect(found.start).toEqual(starts);
    expect(found.high).toEqual(starts.map((_, k) => Math.max(...at(k))));
    expect(found.close).toEqual(starts.map((_, k) => generated.close[15 * k + 14]!));
  });

  it.skipIf(files.includes(undefined))("that are real are the same in pieces", async () => {
    await holdsInPieces(await readFile(files[0]!));
  });

  it.skipIf(files.includes(undefined)).each([5, 15])(
    "that are real make exactly the exchange's own %s-minute bars in SQL",
    async (minutes) => {
      const found = await longerBySql(await readFile(files[0]!), minutes);
      const own = await readFile(files[minutes === 5 ? 1 : 2]!);
      expect(found.start).toEqual(own.time);
      for (const name of ["open", "high", "low", "close"] as const)
        expect(found[name], name).toEqual(own[name]);
    },
  );
});
