/** SQL sees every dataset by its name, says what DuckDB says, and can neither write nor look elsewhere. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openStore, type Store } from "#data";
import { temporaryFolder } from "../../../temporary-folder.ts";
import { BTC, candlesAt, columnsFromCandles, HOUR, times } from "../candles.ts";

const rows = candlesAt(times(400, 23 * HOUR, Date.UTC(2019, 11, 30)));
const day = Date.UTC(2024, 7, 8);

async function withStore(work: (store: Store, folder: string) => Promise<void>): Promise<void> {
  const folder = temporaryFolder();
  const store = openStore(folder);
  try {
    const meta = { source: "test", instrument: BTC, timeframe: "1h", checks: [] };
    await store.write(meta, columnsFromCandles(rows));
    const rate = { time: Float64Array.of(day, day + 288e5), rate: Float64Array.of(1e-4, Number.NaN) };
    await store.writeTable({ source: 'o"dd', symbol: "BTC/USDT", kind: "funding", checks: [] }, rate);
    await work(store, folder);
  } finally {
    await store.close();
  }
}

const partsOf = (folder: string) => {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".parquet"),
  );
  return files
    .sort()
    .map((name) => [name, statSync(join(folder, name)).size, readFileSync(join(folder, name)).at(-9)]);
};

describe("a query", () => {
  it("reads datasets by source, symbol and kind, and joins them", async () => {
    await withStore(async (store) => {
      const { columns, length, versions } = await store.query(
        `with bar as (select * from TEST."btc/usdt"."1h" where volume > 0)
         select count(*) as bars, max(close) as top, any_value(f.rate) as rate, 'x' as text, null as nothing
         from bar, (select * from "o""dd"."BTC/USDT".funding where time = ${day}) f`,
      );
      const top = Math.max(...rows.map((row) => row[4]));
      expect(length).toBe(1);
      expect(columns).toEqual({
        bars: Float64Array.of(rows.filter((row) => row[5] > 0).length),
        top: Float64Array.of(top),
        rate: Float64Array.of(1e-4),
        text: ["x"],
        nothing: [null],
      });
      expect(versions.map(({ kind }) => kind).sort()).toEqual(["1h", "funding"]);
    });
  });

  it("gives rows in the order of time, bit for bit", async () => {
    await withStore(async (store) => {
      const { columns } = await store.query('select time, close from test."BTC/USDT"."1h"');
      expect(columns).toEqual({
        time: Float64Array.from(rows, (row) => row[0]),
        close: Float64Array.from(rows, (row) => row[4]),
      });
      expect((await store.query('from "o""dd"."BTC/USDT".funding')).columns.rate).toEqual(
        Float64Array.of(1e-4, Number.NaN),
      );
    });
  });

  it("can neither write nor read elsewhere nor do two things", async () => {
    await withStore(async (store, folder) => {
      const before = partsOf(folder);
      const part = join(folder, before[0]![0] as string);
      const elsewhere = join(folder, "secret.csv");
      writeFileSync(elsewhere, "a\n1\n");
      const used = 'select * from test."BTC/USDT"."1h"';
      const bad = [
        "",
        "selct 1",
        "select 1; select 2",
        `copy (${used}) to '${join(folder, "out.csv")}'`,
        `copy (${used}) to '${part}' (format parquet, use_tmp_file false)`,
        `explain analyze copy (${used}) to '${part}' (format parquet, use_tmp_file false)`,
        `select * from read_csv('${elsewhere}')`,
        `select * from '${elsewhere}'`,
        `select * from test."BTC/USDT"."1h", read_text('${elsewhere}')`,
        `attach '${join(folder, "x.db")}'`,
        "set enable_external_access = true",
        "create table t as select 1",
        "install httpfs",
        'drop view test."BTC/USDT"."1h"',
        'select * from test."BTC/USDT"."4h"',
        "select * from glob('/*')",
      ];
      for (const sql of bad) {
        await expect(store.query(sql), sql).rejects.toMatchObject({
          code: "data.bad-query",
          hint: expect.stringContaining('"test"."BTC/USDT"."1h"'),
        });
      }
      expect(partsOf(folder)).toEqual(before);
      expect([existsSync(join(folder, "out.csv")), existsSync(join(folder, "x.db"))]).toEqual([false, false]);
    });
  });

  it("answers from verified parts only", async () => {
    await withStore(async (store, folder) => {
      const [name] = partsOf(folder).find(([path]) => String(path).includes("1h"))!;
      const path = join(folder, name as string);
      const bytes = readFileSync(path);
      bytes[60]! ^= 1;
      writeFileSync(path, bytes);
      await expect(store.query('select 1 from test."BTC/USDT"."1h"')).rejects.toMatchObject({
        code: "data.damaged",
      });
      expect((await store.query('select 1 as one from "o""dd"."BTC/USDT".funding')).length).toBe(2);
    });
  });
});

describe("an export to Parquet", () => {
  it("holds the rows of the range, and replaces a file whole or not at all", async () => {
    await withStore(async (store, folder) => {
      const key = { source: "test", symbol: "BTC/USDT", timeframe: "1h" };
      const path = join(folder, "out.parquet");
      const [from, to] = [Date.UTC(2020, 5), Date.UTC(2021, 0, 3)];
      const wanted = rows.filter((row) => row[0] >= from && row[0] < to);
      expect(await store.exportParquet({ ...key, from, to }, path)).toBe(wanted.length);
      const before = readFileSync(path);
      await expect(store.exportParquet({ ...key, from: to, to: to + 1 }, path)).rejects.toMatchObject({
        code: "data.no-rows",
      });
      expect(readFileSync(path)).toEqual(before);
      await expect(store.exportParquet(key, join(folder, "no", "x.parquet"))).rejects.toMatchObject({
        code: "storage.unwritable",
      });
      expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    });
  });
});
