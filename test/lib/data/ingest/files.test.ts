import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32, deflateRawSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { silentProgress } from "#core";
import {
  candleFiles,
  findDataFiles,
  importCapture,
  importTables,
  ingest,
  openStore,
  parseColumns,
  readAdjusted,
  type Store,
  type TableImport,
  type TableOptions,
} from "#data";
import type { RawCandle } from "#model";
import { realData } from "../../../real-data.ts";
import { temporaryFolder } from "../../../temporary-folder.ts";
import { BTC, candlesAt, csvText, DAY, HOUR, times } from "../candles.ts";

const rows = candlesAt(times(10, HOUR));
let stores: Store[] = [];

afterEach(async () => {
  for (const store of stores) await store.close();
  stores = [];
});

function file(content: string | Uint8Array, name = "bars.csv"): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, content);
  return path;
}

async function read(paths: string | readonly string[], options: TableOptions = {}): Promise<RawCandle[]> {
  const source = candleFiles({ paths: [paths].flat(), spec: BTC, ...options });
  const found: RawCandle[] = [];
  for await (const batch of source.candles({ instrument: BTC, timeframe: "1h" })) found.push(...batch);
  return found;
}

function newStore(): Store {
  const store = openStore(temporaryFolder());
  stores.push(store);
  return store;
}

const load = (store: Store, request: Omit<TableImport, "store" | "source" | "startProgress">) =>
  importTables({ store, source: "csv", startProgress: silentProgress, ...request });

/** A zip archive of files, by PKWARE's description. */
function zip(files: readonly (readonly [name: string, content: string])[], method: 0 | 8): Buffer {
  const parts: Buffer[] = [];
  const entries: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of files) {
    const bytes = method === 8 ? deflateRawSync(content) : Buffer.from(content);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(method, 8);
    // Lengths stand behind the data when a writer streams: zero here.
    local.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(method, 10);
    entry.writeUInt32LE(crc32(content), 16);
    entry.writeUInt32LE(bytes.length, 20);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(offset, 42);
    parts.push(local, Buffer.from(name), bytes);
    entries.push(entry, Buffer.from(name));
    offset += 30 + name.length + bytes.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, ...entries, end]);
}

describe("Binance's dumps of candles", () => {
  const line = ([time, ...values]: RawCandle, scale: number) =>
    [time * scale, ...values, (time + HOUR - 1) * scale, "123.4", 17, "1.5", "150.1", 0].join(",");
  const text = (scale: number) => rows.map((row) => line(row, scale)).join("\n");
  const header =
    "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore\n";

  it.each<[string, string | Uint8Array, string]>([
    ["in milliseconds, without header", text(1), "k.csv"],
    ["in microseconds, without header", text(1000), "k.csv"],
    ["with header", header + text(1), "k.csv"],
    ["gzip", gzipSync(text(1000)), "k.csv.gz"],
    ["zip", zip([["k.csv", text(1000)]], 8), "k.zip"],
    ["zip, not packed", zip([["k.csv", header + text(1)]], 0), "k.csv.zip"],
  ])("%s", async (_, content, name) => {
    expect(await read(file(content, name))).toEqual(rows);
  });

  it("are refused as an archive of two files, cut or damaged", async () => {
    const two = zip(
      [
        ["a.csv", text(1)],
        ["b.csv", text(1)],
      ],
      8,
    );
    await expect(read(file(two, "k.zip"))).rejects.toMatchObject({
      code: "data.bad-file",
      message: expect.stringContaining("2 files"),
    });
    for (const whole of [
      gzipSync(csvText(candlesAt(times(3000, HOUR)))),
      zip([["a.csv", csvText(candlesAt(times(3000, HOUR)))]], 8),
    ]) {
      for (const share of [0.02, 0.5, 0.999]) {
        const cut = whole.subarray(0, Math.floor(whole.length * share));
        await expect(read(file(cut, "k.csv.gz"))).rejects.toMatchObject({ code: "data.bad-file" });
      }
    }
  });
});

describe("Binance's dumps of trades and funding", () => {
  const trades = [
    [11, 100.5, 0.25, 1_600_000_000_000, true],
    [12, 100.6, 0.5, 1_600_000_000_001, false],
    [13, 100.6, 2, 1_600_000_000_001, false],
  ] as const;
  it.each<[string, string]>([
    [
      "spot trades",
      trades
        .map(([id, p, q, t, m]) => `${id},${p},${q},${p * q},${t},${m ? "True" : "False"},True`)
        .join("\n"),
    ],
    [
      "spot trades in microseconds",
      trades.map(([id, p, q, t, m]) => `${id},${p},${q},${p * q},${t}000,${m},true`).join("\n"),
    ],
    ["spot aggregates", trades.map(([id, p, q, t, m]) => `${id},${p},${q},1,2,${t},${m},true`).join("\n")],
    [
      "futures aggregates without the last flag",
      trades.map(([id, p, q, t, m]) => `${id},${p},${q},1,2,${t},${m}`).join("\n"),
    ],
    [
      "futures aggregates with header",
      `agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker\n${trades.map(([id, p, q, t, m]) => `${id},${p},${q},1,2,${t},${m}`).join("\n")}`,
    ],
    [
      "futures trades with header",
      `id,price,qty,quote_qty,time,is_buyer_maker\n${trades.map(([id, p, q, t, m]) => `${id},${p},${q},${p * q},${t},${m}`).join("\n")}`,
    ],
  ])("%s", async (_, text) => {
    const store = newStore();
    const path = file(text);
    const [first] = await load(store, { kind: "trades", symbol: "BTC/USDT", paths: [path] });
    const stored = await store.readTable({ source: "csv", symbol: "BTC/USDT", kind: "trades" });
    expect(
      Array.from(stored.id, (id, i) => [
        id,
        stored.price[i],
        stored.quantity[i],
        stored.time[i],
        stored.side[i]! < 0,
      ]),
    ).toEqual(trades);
    const [again] = await load(store, { kind: "trades", symbol: "BTC/USDT", paths: [path, path] });
    expect(again!.version.hash).toBe(first!.version.hash);
  });

  it("funding rates", async () => {
    const store = newStore();
    const text =
      "calc_time,funding_interval_hours,last_funding_rate\n1600000000003,8,0.0001\n1600028800000,8,-0.00005\n";
    await load(store, { kind: "funding", symbol: "BTC/USDT:USDT", paths: [file(text)] });
    const stored = await store.readTable({ source: "csv", symbol: "BTC/USDT:USDT", kind: "funding" });
    expect([[...stored.time], [...stored.rate]]).toEqual([
      [1600000000003, 1600028800000],
      [0.0001, -0.00005],
    ]);
  });
});

describe("any CSV", () => {
  it("is read by a mapping, without header, with any separator", async () => {
    const lines = rows.map(([t, o, h, l, c, v]) => [
      "x",
      v,
      new Date(t).toISOString().slice(0, 10),
      c,
      l,
      h,
      o,
      new Date(t).toISOString().slice(11, 16),
    ]);
    const columns = parseColumns("time=3+8,open=7,high=6,low=5,close=4,volume=2");
    const text = lines.map((line) => line.join("|")).join("\r\n");
    const options = { header: false, columns, time: { format: "YYYY-MM-DD HH:mm" } };
    expect(await read(file(text), options)).toEqual(rows);
    const named = `name;Vol 1;"Day, local";last;lo;hi;first;hour\n${lines.map((line) => line.join(";")).join("\n")}`;
    const byName = parseColumns('time="Day, local"+hour,open=first,high=hi,low=lo,close=last,volume=vol_1');
    expect(await read(file(`\uFEFF${named}`), { ...options, header: true, columns: byName })).toEqual(rows);
  });

  it.each<[string, string, RegExp]>([
    ["time", "data.bad-columns", /does not say which column/],
    ["time=a,time=b", "data.bad-columns", /second time/],
    ["=a", "data.bad-columns", /does not say/],
    ["tme=time", "data.bad-columns", /no field "tme"; did you mean time/],
    ["time=Dat", "data.bad-file", /no column "Dat"/],
  ])("refuses the mapping %s", async (text, code, message) => {
    const reading = async () => read(file(csvText(rows)), { columns: parseColumns(text) });
    await expect(reading()).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it.each<[string, string, RegExp]>([
    [
      "a quote that is not closed",
      'time,open,high,low,close,volume\n"2020-01-01,1,2,1,1,5',
      /line 2: a quoted cell does not end/,
    ],
    [
      "too few cells behind the quotes",
      'time,open,high,low,close,volume\n"2020-01-01",1,2,1',
      /line 2: 4 cells/,
    ],
    [
      "a header only, with a mark before it",
      "\uFEFFtime,open,high,low,close,volume\r\n\r\n",
      /has a header but no rows/,
    ],
    ["only empty lines", "\n \n\r\n", /is empty/],
    [
      "Infinity",
      "time,open,high,low,close,volume\n2020-01-01,1,Infinity,1,1,5",
      /"Infinity" is not a number/,
    ],
    [
      "a number in hexadecimal",
      "time,open,high,low,close,volume\n2020-01-01,0x10,2,1,1,5",
      /"0x10" is not a number/,
    ],
  ])("refuses %s", async (_, text, message) => {
    await expect(read(file(text))).rejects.toMatchObject({
      code: "data.bad-file",
      message: expect.stringMatching(message),
    });
  });

  it("is read file by file from a folder or a pattern, in the order of names", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "b 2.csv"), csvText(rows.slice(5)));
    writeFileSync(join(folder, "b 1.csv.gz"), gzipSync(csvText(rows.slice(0, 5))));
    writeFileSync(join(folder, "notes.md"), "# no data");
    mkdirSync(join(folder, "deeper"));
    for (const path of [folder, join(folder, "b ?.csv*")]) {
      const paths = await findDataFiles([path]);
      expect(paths.map((each) => each.slice(folder.length + 1))).toEqual(["b 1.csv.gz", "b 2.csv"]);
      expect(await read(paths)).toEqual(rows);
    }
    await expect(findDataFiles([join(folder, "c*.csv")])).rejects.toMatchObject({ code: "data.bad-file" });
    await expect(findDataFiles([join(folder, "deeper")])).rejects.toMatchObject({ code: "data.bad-file" });
  });
});

describe("times", () => {
  const wall = (zone: string, ms: number) => {
    const text = new Intl.DateTimeFormat("sv-SE", {
      timeZone: zone,
      dateStyle: "short",
      timeStyle: "medium",
    }).format(ms);
    return text.replace(",", "");
  };
  const csvOf = (zone: string, at: readonly number[]) =>
    csvText(candlesAt(at)).replace(/^\d+/gm, (ms) => wall(zone, Number(ms)));

  it.each([
    "America/New_York",
    "Europe/Berlin",
    "Australia/Sydney",
    "Asia/Kolkata",
    "America/Sao_Paulo",
    "UTC",
  ])("of %s are turned into UTC through every change of its clocks", async (zone) => {
    const hours = times(365 * 24, HOUR, Date.UTC(2017, 5, 1));
    const found = await read(file(csvOf(zone, hours)), { time: { zone } });
    expect(found.map(([time]) => time)).toEqual(hours);
  });

  it("are refused where clocks jumped over them, and where there is no such zone", async () => {
    const text = "time,open,high,low,close,volume\n2021-03-14 02:30:00,1,1,1,1,1\n";
    await expect(read(file(text), { time: { zone: "America/New_York" } })).rejects.toMatchObject({
      code: "data.bad-file",
      message: expect.stringMatching(/line 2.*02:30:00.*its clocks jumped over it/),
    });
    await expect(read(file(text), { time: { zone: "America/New_Yrok" } })).rejects.toMatchObject({
      code: "data.bad-time-zone",
      message: expect.stringContaining("America/New_York"),
    });
  });

  it("with an offset or as epochs are what they are in any zone", async () => {
    const at = rows[0]![0];
    const cells = rows[0]!.slice(1).join(",");
    for (const text of [
      "2020-01-01T02:00:00+02:00",
      "2020-01-01T00:00:00Z",
      at,
      at / 1000,
      `${at}000`,
      `${at}000000`,
    ]) {
      const found = await read(file(`time,open,high,low,close,volume\n${text},${cells}\n`), {
        time: { zone: "America/New_York" },
      });
      expect(found).toEqual([rows[0]]);
    }
  });

  it("are read by a format", async () => {
    const formats: readonly (readonly [string, (date: Date) => string])[] = [
      [
        "DD/MM/YYYY HH:mm:ss",
        (d) =>
          `${d.getUTCDate()}/${d.getUTCMonth() + 1}/${d.getUTCFullYear()} ${d.toISOString().slice(11, 19)}`,
      ],
      ["YYYYMMDD HHmmss", (d) => d.toISOString().slice(0, 19).replace(/[-:]/g, "").replace("T", " ")],
      [
        "MMM DD YYYY hh:mm A",
        (d) =>
          `${d.toLocaleString("en-US", { month: "short", timeZone: "UTC" })} ${d.getUTCDate()} ${d.getUTCFullYear()} ${(d.getUTCHours() % 12 || 12).toString().padStart(2, "0")}:00 ${d.getUTCHours() < 12 ? "AM" : "pm"}`,
      ],
      ["s", (d) => String(d.getTime() / 1000)],
      ["us", (d) => String(d.getTime() * 1000)],
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 400_000 }),
        fc.constantFrom(...formats),
        async (hour, [format, write]) => {
          const at = hour * HOUR;
          const found = await read(
            file(`time,open,high,low,close,volume\n${write(new Date(at))},1,1,1,1,1\n`),
            { time: { format } },
          );
          expect(found[0]![0]).toBe(at);
        },
      ),
      { numRuns: 60 },
    );
    const bad = csvText(rows).replace(/^\d+/m, "31/02/2020");
    await expect(read(file(bad), { time: { format: "DD/MM/YYYY" } })).rejects.toMatchObject({
      message: expect.stringContaining('"31/02/2020" is not a time of the format'),
    });
    for (const format of ["DD/MM", "YYYY YYYY"]) {
      await expect(read(file(bad), { time: { format } })).rejects.toMatchObject({
        code: "data.bad-time-format",
      });
    }
  });
});

describe("series", () => {
  const text = "date,pe,cpi\n2020-01-31,20.5,100\n2020-02-29,,101\n2020-03-31,NA,102\n2020-04-30,21,102.5\n";
  const series = (store: Store, path: string, more: object) =>
    load(store, { kind: "series", symbol: "X", paths: [path], ...more });

  it("are refused unless it is said when they were known", async () => {
    const path = file(text);
    const columns = parseColumns("value=cpi");
    await expect(series(newStore(), path, { columns })).rejects.toMatchObject({
      code: "data.publication-needed",
    });
    const both = parseColumns("value=cpi,published=date");
    await expect(series(newStore(), path, { columns: both, lagMs: DAY })).rejects.toMatchObject({
      code: "data.publication-needed",
    });
  });

  it("come one from each value column, with missing values left out", async () => {
    const store = newStore();
    const imported = await series(store, file(text), {
      columns: parseColumns("value:pe=pe,value:cpi=cpi"),
      lagMs: 45 * DAY,
    });
    expect(imported.map(({ version }) => [version.symbol, version.rows])).toEqual([
      ["X:pe", 2],
      ["X:cpi", 4],
    ]);
    expect(imported[0]!.checks.find(({ name }) => name.startsWith("Cells without"))).toMatchObject({
      found: 2,
      verdict: "repaired",
    });
    const cpi = await store.readTable({ source: "csv", symbol: "X:cpi", kind: "series" });
    expect([...cpi.value]).toEqual([100, 101, 102, 102.5]);
    expect([...cpi.published].map((at, i) => at - cpi.time[i]!)).toEqual(Array(4).fill(45 * DAY));
  });

  it("keep restatements by the time of their publication, and refuse two values of one", async () => {
    const store = newStore();
    const restated = "date,published,value\n2020-03-31,2020-05-01,102\n2020-03-31,2020-06-01,102.5\n";
    const [gdp] = await series(store, file(restated), {});
    expect(gdp!.version.rows).toBe(2);
    expect(gdp!.checks.find(({ name }) => name === "Restated values")).toMatchObject({
      found: 1,
      verdict: "in order",
    });
    const conflict = restated.replace("2020-06-01", "2020-05-01");
    await expect(series(newStore(), file(conflict), {})).rejects.toMatchObject({
      code: "data.conflicting-rows",
    });
  });

  it("are refused where they were published before their time", async () => {
    const early = "date,published,value\n2020-02-01,2020-01-31,5\n";
    await expect(series(newStore(), file(early), {})).rejects.toMatchObject({
      code: "data.impossible-row",
      message: expect.stringContaining("published before its time"),
    });
  });
});

describe("splits and dividends", () => {
  it("are stored beside the raw bars, which can be read both ways", async () => {
    const store = newStore();
    const days = candlesAt(times(30, DAY));
    const path = file(csvText(days));
    const request = { store, symbol: "BTC/USDT", timeframe: "1d", startProgress: silentProgress };
    await ingest({ ...request, source: candleFiles({ paths: [path], spec: BTC }) });
    const key = { source: "csv", symbol: "BTC/USDT", timeframe: "1d" };
    const raw = await store.read(key);
    expect((await readAdjusted(store, key, "all")).close).toEqual(raw.close);
    const text = "date,ratio,cash\n2020-01-11,2,\n2020-01-21,,0.5\n";
    const columns = parseColumns("split=ratio,dividend=cash");
    await load(store, { kind: "factors", symbol: "BTC/USDT", paths: [file(text)], columns });
    const splits = await readAdjusted(store, key, "splits");
    expect([...splits.close]).toEqual([...raw.close].map((close, i) => (i < 10 ? close * 0.5 : close)));
    // The events behind the range count: the price of the last stored bar is the one that stays.
    const range = { from: days[5]![0], to: days[8]![0] };
    const all = await readAdjusted(store, { ...key, ...range }, "all");
    const cash = 1 - 0.5 / raw.close[19]!;
    all.close.forEach((close, i) => {
      expect(close / raw.close[5 + i]!).toBeCloseTo(0.5 * cash, 12);
    });
    expect([all.length, all.volume[0]]).toEqual([3, raw.volume[5]! * 2]);
    expect((await store.read(key)).close).toEqual(raw.close);
  });
});

describe("bounded memory", () => {
  it("more than a million trades pass through in pieces, whole", async () => {
    const store = newStore();
    const path = join(temporaryFolder(), "big.csv");
    const lines: string[] = ["id,price,qty,time,side"];
    const [n, start] = [1_200_000, Date.UTC(2024, 0, 1)];
    for (let i = 0; i < n; i++)
      lines.push(`${i + 1},${100 + (i % 100)},1,${start + i * 50},${i % 2 ? "buy" : "sell"}`);
    writeFileSync(path, lines.join("\n"));
    lines.length = 0;
    const [done] = await load(store, { kind: "trades", symbol: "A/B", paths: [path] });
    expect(done!.version.rows).toBe(n);
    expect(done!.checks.every(({ verdict }) => verdict === "in order")).toBe(true);
  }, 30_000);
});

const capture = realData("captures/binance-spot-btcusdt-2024-08-08/btcusdt_20240808.gz");
const vix = realData("alternative/vix-daily.csv");
it.runIf(capture && vix)(
  "real data: a raw capture and the VIX",
  async () => {
    const store = newStore();
    const imported = await importCapture({
      store,
      paths: [capture!],
      source: "capture",
      symbol: "BTC/USDT",
      startProgress: silentProgress,
    });
    expect(imported.map(({ version }) => version.kind).sort()).toEqual(["depth", "quotes", "trades"]);
    expect(imported.flatMap(({ checks }) => checks).filter(({ verdict }) => verdict !== "in order")).toEqual(
      [],
    );
    const [series] = await load(store, {
      kind: "series",
      symbol: "VIX",
      paths: [vix!],
      columns: parseColumns("value=CLOSE"),
      lagMs: DAY,
    });
    expect(series!.version.rows).toBe(9235);
  },
  20_000,
);
