import { cpSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { DuckDBInstance } from "@duckdb/node-api";
import { describe, expect, it } from "vitest";
import { timeText } from "#core";
import { csvSource, parquetSource, vegaSource } from "#data";
import { type CandleSource, createInstrument, type RawCandle } from "#model";
import { realData } from "../../../real-data.ts";
import { temporaryFolder } from "../../../temporary-folder.ts";
import { BTC, candlesAt, csvText, DAY, HOUR, times } from "../candles.ts";

const root = fileURLToPath(new URL("../../../..", import.meta.url));
const spec = { symbol: "BTC/USDT", tick: "0.01", lot: "0.00001" };
const rows = candlesAt(times(10, HOUR));

async function readAll(source: CandleSource, range: { from?: number; to?: number } = {}, timeframe = "1h") {
  const found: RawCandle[] = [];
  try {
    const instrument = await source.instrument(source.name === "vega" ? "SPX/USD" : "BTC/USDT");
    for await (const batch of source.candles({ instrument, timeframe, ...range })) found.push(...batch);
    return found;
  } finally {
    await source.close();
  }
}

function csvFile(content: string | Uint8Array): string {
  const path = join(temporaryFolder(), "bars.csv");
  writeFileSync(path, content);
  return path;
}

const readCsv = (content: string | Uint8Array) => readAll(csvSource({ path: csvFile(content), ...spec }));

describe("csvSource", () => {
  it("reads what was written, and ranges of it", async () => {
    const path = csvFile(csvText(rows));
    expect(await readAll(csvSource({ path, ...spec }))).toEqual(rows);
    const range = { from: rows[3]![0], to: rows[7]![0] };
    expect(await readAll(csvSource({ path, ...spec }), range)).toEqual(rows.slice(3, 7));
  });

  it("reads files larger than a batch and a chunk", async () => {
    const many = candlesAt(times(12_000, 60_000));
    expect(await readCsv(csvText(many))).toEqual(many);
  });

  const time = rows[0]![0];
  const cells = rows[0]!.slice(1).join(",");
  it.each([
    ["seconds", String(time / 1000)],
    ["milliseconds", String(time)],
    ["microseconds", String(time * 1000)],
    ["a date", "2020-01-01"],
    ["an instant", "2020-01-01T00:00:00Z"],
    ["an instant without a zone", "2020-01-01 00:00:00"],
    ["an instant of another zone", "2020-01-01 02:00:00+02:00"],
    ["a quoted date", '"2020-01-01"'],
  ])("reads times given as %s", async (_, text) => {
    expect(await readCsv(`time,open,high,low,close,volume\n${text},${cells}\n`)).toEqual([rows[0]]);
  });

  it.each([
    ["other names and cases", "Open_Time,OPEN,High,low,CLOSE,Vol", ","],
    ["semicolons", "timestamp;open;high;low;close;volume", ";"],
    ["tabs", "date\topen\thigh\tlow\tclose\tvolume", "\t"],
    ["quoted names", '"date","open","high","low","close","volume"', ","],
    ["a byte order mark", "\uFEFFtime,open,high,low,close,volume", ","],
  ])("accepts %s in the header", async (_, header, separator) => {
    const lines = rows.map((row) => row.join(separator));
    expect(await readCsv([header, ...lines].join("\r\n"))).toEqual(rows);
  });

  it("accepts columns in any order, among others", async () => {
    const text = rows.map(([t, o, h, l, c, v]) => `x,${v},${c},${l},${h},${o},${t},"a,b"`).join("\n");
    expect(await readCsv(`name,volume,close,low,high,open,time,note\n\n${text}`)).toEqual(rows);
  });

  const header = "time,open,high,low,close,volume";
  it.each<[string, string | Uint8Array, RegExp]>([
    [
      "a missing column",
      "time,open,high,low,price,volume\n1,2,3,4,5,6",
      /bars\.csv has no column "close".*"price"/,
    ],
    [
      "a word for a number",
      `${header}\n2020-01-01,1,2,n/a,1,5`,
      /line 2, column "low": "n\/a" is not a number/,
    ],
    ["an empty cell", `${header}\n2020-01-01,1,2,,1,5`, /line 2, column "low": "" is not a number/],
    ["NaN", `${header}\n2020-01-01,1,2,1,NaN,5`, /line 2, column "close": "NaN"/],
    ["a decimal comma", `${header}\n2020-01-01,1,2,1,"1,5",5`, /column "close": "1,5"/],
    [
      "a day that does not exist",
      `${header}\n2020-02-30,1,2,1,1,5`,
      /line 2, column "time": "2020-02-30" is not a time/,
    ],
    ["an American date", `${header}\n02/03/2020,1,2,1,1,5`, /column "time": "02\/03\/2020" is not a time/],
    [
      "a ragged row",
      `${header}\n2020-01-01,1,2,1,1,5\n2020-01-02,1,2`,
      /line 3: 3 cells where the header has 6/,
    ],
    ["an empty file", "", /bars\.csv is empty/],
    ["only a header", `${header}\n`, /has a header but no rows/],
    ["binary content", readFileSync(process.execPath).subarray(0, 5000), /line \d+: this is not text/],
    ["a line without end", new Uint8Array(1 << 20).fill(65), /line 1: this is not text/],
  ])("refuses %s with file, line, column and text", async (_, content, message) => {
    await expect(readCsv(content)).rejects.toMatchObject({
      code: "data.bad-file",
      message: expect.stringMatching(message),
      hint: expect.any(String),
    });
  });

  it("refuses a folder and a file that is not there", async () => {
    const path = temporaryFolder();
    await expect(readAll(csvSource({ path, ...spec }))).rejects.toMatchObject({
      code: "data.bad-file",
      message: expect.stringContaining("it is a folder"),
    });
    await expect(readAll(csvSource({ path: join(path, "no.csv"), ...spec }))).rejects.toMatchObject({
      code: "data.bad-file",
      message: expect.stringContaining("there is no such file"),
    });
  });

  it("refuses a symbol that is not the file's", async () => {
    await expect(csvSource({ path: csvFile(""), ...spec }).instrument("BTC/USD")).rejects.toMatchObject({
      code: "data.unknown-symbol",
      message: "csv has no BTC/USD; did you mean BTC/USDT?",
    });
  });
});

describe("vegaSource", () => {
  it("reads 5,105 real days of the S&P 500", async () => {
    const found = await readAll(vegaSource({ resolveFrom: join(root, "notebooks") }), {}, "1d");
    expect(found.length).toBe(5105);
    expect([timeText(found[0]![0]), timeText(found.at(-1)![0])]).toEqual(["2000-01-03", "2020-04-17"]);
    expect(found[0]).toEqual([Date.UTC(2000, 0, 3), 1469.25, 1478, 1438.359985, 1455.219971, 931800000]);
  });

  const shared = realData("equities/sp500-2000.csv");
  it.runIf(shared)("equals the same data from elsewhere", async () => {
    const instrument = { ...spec, path: shared! };
    const range = { from: 0, to: 50_000 * DAY };
    expect(await readAll(vegaSource({ resolveFrom: join(root, "notebooks") }), range, "1d")).toEqual(
      await readAll(csvSource(instrument), range, "1d"),
    );
  });

  it("refuses other symbols and timeframes with what there is", async () => {
    const source = vegaSource({ resolveFrom: root });
    await expect(source.instrument("SPY/USD")).rejects.toMatchObject({
      code: "data.unknown-symbol",
      hint: "It has SPX/USD.",
    });
    await expect(readAll(source, {}, "1h")).rejects.toMatchObject({
      code: "data.bad-timeframe",
      hint: "Ask for 1d.",
    });
  });

  it("says how to install the package where it is missing", async () => {
    await expect(readAll(vegaSource({ resolveFrom: temporaryFolder() }), {}, "1d")).rejects.toMatchObject({
      code: "data.package-missing",
      hint: expect.stringContaining("npm install vega-datasets"),
    });
  });
});

/** Writes a Parquet file with DuckDB itself. */
async function parquetFile(select: string): Promise<string> {
  const path = join(temporaryFolder(), "it's [1]*.parquet");
  mkdirSync(dirname(path), { recursive: true });
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  await connection.run(`COPY (${select}) TO '${path.replaceAll("'", "''")}' (FORMAT parquet)`);
  connection.closeSync();
  return path;
}

const readParquet = async (path: string) => readAll(parquetSource({ path, ...spec }));

describe("parquetSource", () => {
  const values = rows.map((row) => `(${row.join(", ")})`).join(", ");
  const table = `(VALUES ${values}) AS bars(time, open, high, low, close, volume)`;

  it("reads what another program wrote, with other types, names and order of columns", async () => {
    expect(await readParquet(await parquetFile(`SELECT * FROM ${table}`))).toEqual(rows);
    const other = `SELECT volume::DOUBLE AS Vol, epoch_ms(time::BIGINT) AS "Open time", open, high, low, close FROM ${table}`;
    expect(await readParquet(await parquetFile(other))).toEqual(rows);
  });

  it("gives a missing value as NaN, which the checks refuse", async () => {
    const path = await parquetFile(
      `SELECT * REPLACE (CASE WHEN time = ${rows[4]![0]} THEN NULL ELSE low END AS low) FROM ${table}`,
    );
    expect((await readParquet(path))[4]![3]).toBeNaN();
  });

  it("refuses a missing column, text for numbers, and files that are no Parquet", async () => {
    const bad = (message: RegExp) => ({ code: "data.bad-file", message: expect.stringMatching(message) });
    const without = await parquetFile(`SELECT * EXCLUDE (high) FROM ${table}`);
    await expect(readParquet(without)).rejects.toMatchObject(
      bad(/has no column "high": it has "time", "open"/),
    );
    const text = await parquetFile(`SELECT * REPLACE (open::VARCHAR AS open) FROM ${table}`);
    await expect(readParquet(text)).rejects.toMatchObject(bad(/column "open" holds VARCHAR/));
    await expect(readParquet(csvFile(csvText(rows)))).rejects.toMatchObject(
      bad(/can't be read as Parquet: .+/),
    );
    await expect(readParquet(csvFile(""))).rejects.toMatchObject(bad(/can't be read as Parquet/));
    await expect(readParquet(temporaryFolder())).rejects.toMatchObject(bad(/it is a folder/));
    await expect(readParquet(join(temporaryFolder(), "no.parquet"))).rejects.toMatchObject(
      bad(/no such file/),
    );
  });

  it("refuses a file cut short anywhere", async () => {
    const whole = await parquetFile(`SELECT * FROM ${table}`);
    const size = readFileSync(whole).length;
    for (const share of [0.01, 0.3, 0.6, 0.99]) {
      const cut = `${whole}.cut`;
      cpSync(whole, cut);
      truncateSync(cut, Math.floor(size * share));
      await expect(readParquet(cut)).rejects.toMatchObject({ code: "data.bad-file" });
    }
  });

  const minutes = realData("ohlcv/binance-1m-5m-15m-2025/BTC_USDT-1m.parquet");
  const fives = realData("ohlcv/binance-1m-5m-15m-2025/BTC_USDT-5m.parquet");
  it.runIf(minutes && fives)("reads real 1m bars that aggregate to the real 5m bars in OHLC", async () => {
    const [ones, expected] = [await readParquet(minutes!), await readParquet(fives!)];
    expect(ones.length).toBe(130_708);
    const groups = new Map<number, RawCandle[]>();
    for (const row of ones) {
      const start = row[0] - (row[0] % 300_000);
      groups.set(start, [...(groups.get(start) ?? []), row]);
    }
    for (const [time, open, high, low, close] of expected) {
      const group = groups.get(time);
      if (group?.length !== 5) continue;
      expect([open, high, low, close]).toEqual([
        group[0]![1],
        Math.max(...group.map((row) => row[2])),
        Math.min(...group.map((row) => row[3])),
        group[4]![4],
      ]);
    }
    expect(groups.size).toBeGreaterThan(26_000);
  });

  it("gives an instrument with the stated steps", async () => {
    const source = parquetSource({ path: "unused", ...spec, minNotional: "5" });
    expect(await source.instrument("BTC/USDT")).toEqual(createInstrument(BTC));
  });
});
