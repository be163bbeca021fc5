/** Files that come one after another make one dataset; what was put right or lost in any of them stays in the report. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32, gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { silentProgress } from "#core";
import {
  candleFiles,
  createSequenceCheck,
  importCapture,
  importTables,
  ingest,
  openStore,
  type Store,
} from "#data";
import type { RawCandle } from "#model";
import { checkSequence } from "../../../../lib/data/clean/sequence.ts";
import { storePieces } from "../../../../lib/data/ingest/fetch/store-pieces.ts";
import { createTimeReader } from "../../../../lib/data/ingest/table/time-cells.ts";
import { temporaryFolder } from "../../../temporary-folder.ts";
import { BTC, candlesAt, csvText, HOUR, times } from "../candles.ts";

const KEY = { source: "csv", symbol: "BTC/USDT", timeframe: "1h" };
const TRADES = { source: "csv", symbol: "BTC/USDT", kind: "trades" } as const;
const DAY = Date.UTC(2024, 7, 8);

async function withStore(work: (store: Store, folder: string) => Promise<void>): Promise<void> {
  const folder = temporaryFolder();
  const store = openStore(folder);
  try {
    await work(store, folder);
  } finally {
    await store.close();
  }
}

function file(name: string, content: string | Uint8Array): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, content);
  return path;
}

const bring = (store: Store, rows: readonly RawCandle[], mode: "merge" | "correct" | "replace" = "merge") =>
  ingest({
    source: candleFiles({ paths: [file("bars.csv", csvText(rows))], spec: BTC }),
    store,
    symbol: "BTC/USDT",
    timeframe: "1h",
    mode,
    startProgress: silentProgress,
  });

const tradesOf = (ids: readonly number[]) => ({
  rows: ids.length,
  columns: {
    time: Float64Array.from(ids, (id) => DAY + 1000 * id),
    id: Float64Array.from(ids),
    price: new Float64Array(ids.length).fill(100),
    quantity: new Float64Array(ids.length).fill(1),
    side: new Float64Array(ids.length).fill(1),
  },
});

const versionsOf = (folder: string, dataset: string) => readdirSync(join(folder, dataset, "versions"));

describe("bars in several files", () => {
  it("are the same dataset in whatever order the files come, and none of them is lost", async () => {
    const rows = candlesAt(times(90, HOUR));
    const orders = fc.shuffledSubarray([0, 1, 2], { minLength: 3 });
    let whole = "";
    await withStore(async (store) => {
      whole = (await bring(store, rows)).version.hash;
    });
    await fc.assert(
      fc.asyncProperty(orders, async (order) => {
        await withStore(async (store) => {
          for (const k of order) await bring(store, rows.slice(30 * k, 30 * k + 35));
          expect((await store.ranges(KEY)).hash).toBe(whole);
        });
      }),
      { numRuns: 6 },
    );
  });

  it("are refused where they differ, unless it is said which are right", async () => {
    await withStore(async (store) => {
      const rows = candlesAt(times(40, HOUR));
      const other = rows
        .slice(10, 30)
        .map((row): RawCandle => [row[0], row[1], row[2], row[3], row[4], row[5] + 1]);
      const { version } = await bring(store, rows);
      await expect(bring(store, other)).rejects.toMatchObject({
        code: "data.conflicting-bars",
        hint: expect.stringContaining("--mode correct"),
      });
      expect((await store.ranges(KEY)).hash).toBe(version.hash);
      await bring(store, other, "correct");
      const { volume } = await store.read(KEY);
      expect([...volume]).toEqual(rows.map((row, i) => row[5] + Number(i >= 10 && i < 30)));
      expect((await bring(store, other, "replace")).version.rows).toBe(20);
    });
  });

  it("keep in the report what was put right in earlier ones", async () => {
    await withStore(async (store) => {
      const rows = candlesAt(times(40, HOUR));
      await bring(store, [...rows.slice(0, 20), rows[5]!, rows[6]!]);
      const { report } = await bring(store, [rows[30]!, ...rows.slice(20)]);
      const found = (name: string) => report.checks.find((each) => each.name === name);
      expect(found("Duplicate times")).toMatchObject({ found: 3, verdict: "repaired" });
      expect(found("Out of order")).toMatchObject({ verdict: "repaired" });
      expect(found("Gaps")).toMatchObject({ found: 0 });
    });
  });

  it("mend a damaged part when the same rows come again", async () => {
    await withStore(async (store, folder) => {
      const rows = candlesAt(times(40, HOUR));
      const { version } = await bring(store, rows);
      const parts = join(folder, "csv", "BTC-USDT", "1h", "parts");
      const part = join(parts, readdirSync(parts)[0]!);
      const bytes = readFileSync(part);
      bytes[bytes.length >> 1]! ^= 1;
      writeFileSync(part, bytes);
      await expect(store.read(KEY)).rejects.toMatchObject({ code: "data.damaged" });
      await expect(bring(store, rows.slice(0, 10))).rejects.toMatchObject({ code: "data.damaged" });
      expect((await bring(store, rows)).version.hash).toBe(version.hash);
      expect((await store.read(KEY)).length).toBe(40);
    });
  });
});

describe("a writer of many pieces", () => {
  it("leaves one version, and takes away none that stood before it", async () => {
    await withStore(async (store, folder) => {
      const first = await storePieces({ ...TRADES, store }, [tradesOf([1, 2])]);
      const target = { ...TRADES, store, steps: new Set<string>() };
      await storePieces(target, [tradesOf([2])]);
      for (let id = 3; id < 9; id++) await storePieces(target, [tradesOf([id])]);
      const { hash } = await store.ranges(TRADES);
      const dataset = join("csv", "BTC-USDT", "trades");
      expect(versionsOf(folder, dataset).sort()).toEqual(
        [first!.version.hash, hash].map((each) => `${each}.json`).sort(),
      );
      expect(readdirSync(join(folder, dataset, "parts")).length).toBe(2);
      expect((await store.readTable({ ...TRADES, version: first!.version.hash })).length).toBe(2);
    });
  });

  it("adds up what was found, and a look at the whole finds what lies between two pieces", async () => {
    await withStore(async (store) => {
      await storePieces({ ...TRADES, store }, [tradesOf([1, 2, 4])]);
      const { checks } = (await storePieces({ ...TRADES, store }, [tradesOf([3, 7])]))!;
      expect(checks.find(({ name }) => name.startsWith("Gaps in the numbers"))).toMatchObject({ found: 2 });
      const sequence = createSequenceCheck("trades");
      for await (const columns of store.scan(TRADES)) sequence.add(columns as never);
      expect(sequence.result()).toMatchObject([{ found: 1, where: ["2024-08-08 00:00:04 UTC"] }]);
    });
  });
});

it("sequences are checked alike in one batch and in many", () => {
  const columnsOf = (ids: readonly number[]) => ({
    time: Float64Array.from(ids, (_, i) => DAY + i * 6e4 * (1 + (i % 3))).sort(),
    id: Float64Array.from(ids),
    firstId: Float64Array.from(ids),
    lastId: Float64Array.from(ids),
    previousId: new Float64Array(ids.length).fill(Number.NaN),
    snapshot: Float64Array.from(ids, (id) => Number(id % 7 === 0)),
    bid: Float64Array.from(ids),
    ask: Float64Array.from(ids, (id) => id + (id % 3) - 1),
  });
  const kinds = fc.constantFrom("trades", "depth", "funding", "quotes", "series" as const);
  const ids = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(kinds, ids, fc.integer({ min: 0, max: 40 }), (kind, values, cut) => {
      const columns = columnsOf(values.toSorted((a, b) => a - b));
      const sequence = createSequenceCheck(kind);
      const slice = (from: number, to?: number) =>
        Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, column.slice(from, to)]));
      sequence.add(slice(0, cut));
      sequence.add(slice(cut));
      expect(sequence.result()).toEqual(checkSequence(kind, columns));
    }),
  );
});

describe("what is lost on the way", () => {
  const capture = (store: Store, path: string, symbol?: string) =>
    importCapture({
      store,
      paths: [path],
      source: "capture",
      startProgress: silentProgress,
      ...(symbol === undefined ? {} : { symbol }),
    });
  const trade = (s: string, t: number) =>
    `1723104000100 {"e":"trade","E":${DAY},"s":"${s}","t":${t},"p":"6${t}.5","q":"1.${t}","T":${DAY + t},"m":true}`;

  it("is said of a packed capture without its end", async () => {
    await withStore(async (store) => {
      const packed = gzipSync(Array.from({ length: 2000 }, (_, i) => trade("BTCUSDT", i * 7919)).join("\n"));
      const [imported] = await capture(store, file("cut.jsonl.gz", packed.subarray(0, 9000)));
      expect(imported!.checks.find(({ name }) => name.startsWith("Packed files"))).toMatchObject({
        found: 1,
        verdict: "kept, look",
      });
    });
  });

  it("is no instrument: one symbol is not given to two", async () => {
    await withStore(async (store) => {
      const path = file("two.jsonl", [trade("BTCUSDT", 1), trade("ETHUSDT", 2)].join("\n"));
      await expect(capture(store, path, "BTC/USDT")).rejects.toMatchObject({ code: "data.bad-file" });
      expect((await capture(store, path)).length).toBe(2);
    });
  });

  it("is no message of the book without levels", async () => {
    await withStore(async (store) => {
      const change = (u: number, b: string) =>
        `1723104000100 {"e":"depthUpdate","E":${DAY + u},"s":"BTCUSDT","U":${u},"u":${u},"b":[${b}],"a":[]}`;
      await capture(
        store,
        file("d.jsonl", [change(1, '["1","1"]'), change(2, ""), change(3, '["1","2"]')].join("\n")),
      );
      const depth = await store.readTable({ source: "capture", symbol: "BTCUSDT", kind: "depth" });
      expect([...depth.lastId]).toEqual([1, 2, 3]);
    });
  });

  it("is no trade without a number that looks like another", async () => {
    await withStore(async (store) => {
      const row = "2024-01-01T00:00:00Z,100,1,buy\n";
      const path = file("trades.csv", `time,price,quantity,side\n${row}${row}`);
      const request = { store, paths: [path], source: "csv", kind: "trades", symbol: "BTC/USDT" } as const;
      for (let again = 0; again < 2; again++) {
        const [imported] = await importTables({ ...request, startProgress: silentProgress });
        expect(imported!.version.rows).toBe(2);
      }
    });
  });

  it("is no byte of a zip: any that is changed is noticed", async () => {
    const rows = candlesAt(times(50, HOUR));
    const name = "bars.csv";
    const bytes = Buffer.from(csvText(rows));
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt32LE(crc32(bytes), 16);
    entry.writeUInt32LE(bytes.length, 20);
    entry.writeUInt16LE(name.length, 28);
    const end = Buffer.alloc(22);
    end.writeUInt32LE(0x06054b50, 0);
    end.writeUInt16LE(1, 10);
    const start = 30 + name.length;
    end.writeUInt32LE(start + bytes.length, 16);
    const zip = Buffer.concat([local, Buffer.from(name), bytes, entry, Buffer.from(name), end]);
    const read = async (content: Buffer) => {
      const source = candleFiles({ paths: [file("bars.zip", content)], spec: BTC });
      const found: RawCandle[] = [];
      for await (const batch of source.candles({ instrument: BTC, timeframe: "1h" })) found.push(...batch);
      return found;
    };
    expect(await read(zip)).toEqual(rows);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, by) => {
        const changed = Buffer.from(zip);
        changed[start + at]! ^= by;
        await expect(read(changed)).rejects.toMatchObject({ code: "data.bad-file" });
      }),
      { numRuns: 30 },
    );
  });
});

describe("times", () => {
  it("of a place are the same whether the oldest row comes first or the newest", () => {
    const format = new Intl.DateTimeFormat("sv-SE", {
      timeZone: "America/New_York",
      dateStyle: "short",
      timeStyle: "medium",
    });
    for (const step of [HOUR, HOUR / 2, HOUR / 12]) {
      const at = times(Math.floor((48 * HOUR) / step), step, Date.UTC(2024, 10, 2, 12));
      const cells = at.map((ms) => format.format(ms).replace(",", ""));
      const rising = createTimeReader({ zone: "America/New_York" });
      const falling = createTimeReader({ zone: "America/New_York" });
      expect(cells.map((cell) => rising(cell, "text"))).toEqual(at);
      expect(cells.toReversed().map((cell) => falling(cell, "text"))).toEqual(at.toReversed());
    }
  });

  it("that are instants already are not moved by a zone", () => {
    const read = createTimeReader({ zone: "America/New_York" });
    expect(read(DAY, "instant")).toBe(DAY);
    expect(read(DAY, "moment")).toBe(DAY + 4 * HOUR);
  });

  it("written as texts in Parquet are dates, around 1970 too", async () => {
    const path = join(temporaryFolder(), "bars.parquet");
    const code = `const { DuckDBInstance } = await import("@duckdb/node-api");
      const c = await (await DuckDBInstance.create(":memory:")).connect();
      await c.run("COPY (SELECT strftime(d, '%Y-%m-%d') AS time, 1.0 AS open, 1.0 AS high, 1.0 AS low, 1.0 AS close, 1.0 AS volume FROM (SELECT unnest(range(DATE '1969-12-20', DATE '1970-01-10', INTERVAL 1 DAY)) AS d)) TO '${path}' (FORMAT parquet)");
      process.exit(0);`;
    execFileSync(process.execPath, ["--input-type=module", "-e", code], { cwd: process.cwd() });
    const found: number[] = [];
    for await (const batch of candleFiles({ paths: [path], spec: BTC }).candles({
      instrument: BTC,
      timeframe: "1d",
    }))
      found.push(...batch.map(([time]) => time));
    expect(found).toEqual(times(21, 864e5, Date.UTC(1969, 11, 20)));
  });
});
