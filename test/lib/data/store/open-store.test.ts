/**
 * Invariants: what is read is what was written, bit for bit, or an error; writing the same again changes nothing;
 * a write that stops anywhere leaves what stood before.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DataCheck, openStore, type Store } from "#data";
import type { BarColumns, RawCandle } from "#model";
import { temporaryFolder } from "../../../temporary-folder.ts";
import { BTC, candlesAt, candlesFromColumns, columnsFromCandles, DAY, HOUR, times } from "../candles.ts";

const KEY = { source: "test", symbol: "BTC/USDT", timeframe: "1h" };
const DATASET = join("test", "BTC-USDT", "1h");
const CHECKS: DataCheck[] = [
  { name: "Gaps", found: 1, unit: "gaps", allowed: 0, where: ["2020-01-01"], verdict: "kept, look" },
];
const meta = { source: "test", instrument: BTC, timeframe: "1h", checks: CHECKS };
/** 2019-12-30 to 2021-01-16: parts of three years. */
const rows = candlesAt(times(400, 23 * HOUR, Date.UTC(2019, 11, 30)));
const columns = columnsFromCandles(rows);

async function withStore(work: (store: Store, folder: string) => Promise<void>): Promise<void> {
  const folder = temporaryFolder();
  const store = openStore(folder);
  try {
    await work(store, folder);
  } finally {
    await store.close();
  }
}

/** Every file below a folder with its content. */
function snapshot(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const paths = files.filter((file) => statSync(join(folder, file)).isFile()).sort();
  return Object.fromEntries(paths.map((file) => [file, readFileSync(join(folder, file)).toString("base64")]));
}

/** The folder of the dataset's version, and its files. */
function versionFolder(folder: string): string {
  const dataset = join(folder, DATASET);
  return join(dataset, JSON.parse(readFileSync(join(dataset, "current.json"), "utf8")).version);
}

describe("store", () => {
  it("reads the bits that were written, whole or in part", async () => {
    await withStore(async (store) => {
      const number = fc.double({ noNaN: true, noDefaultInfinity: true });
      const step = fc.tuple(fc.integer({ min: 1, max: 4000 }), number, number, number, number, number);
      const property = fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 40 }),
        fc.nat(39),
        fc.nat(39),
        async (steps, a, b) => {
          let time = Date.UTC(2019, 0, 1);
          const given = steps.map(([hours, ...values]): RawCandle => {
            time += hours * HOUR;
            return [time, ...values];
          });
          await store.write(meta, columnsFromCandles(given));
          const whole = await store.read(KEY);
          expect(candlesFromColumns(whole)).toStrictEqual(given);
          expect(whole).toMatchObject({
            instrument: BTC,
            timeframe: "1h",
            timeframeMs: HOUR,
            length: given.length,
          });
          const last = given.length - 1;
          const [from, to] = [Math.min(a, b, last), Math.min(Math.max(a, b), last)];
          const part = await store.read({ ...KEY, from: given[from]![0], to: given[to]![0] + 1 });
          expect(candlesFromColumns(part)).toStrictEqual(given.slice(from, to + 1));
        },
      );
      await fc.assert(property, { numRuns: 25 });
    });
  });

  it("keeps one Parquet file a year and the report", async () => {
    await withStore(async (store, folder) => {
      const version = await store.write(meta, columns);
      expect(version).toEqual({
        ...KEY,
        rows: 400,
        from: rows[0]![0],
        to: rows[399]![0],
        hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      });
      expect(readdirSync(versionFolder(folder)).sort()).toEqual([
        "2019.parquet",
        "2020.parquet",
        "2021.parquet",
        "version.json",
      ]);
      expect(await store.report(version.hash.slice(0, 8))).toEqual({ ...version, checks: CHECKS });
      expect(await store.list()).toEqual([version]);
    });
  });

  it("writes the same rows twice without changing a byte", async () => {
    await withStore(async (store, folder) => {
      const first = await store.write(meta, columns);
      const before = snapshot(folder);
      expect(await store.write({ ...meta, checks: [] }, columns)).toEqual(first);
      expect(snapshot(folder)).toEqual(before);
    });
  });

  it("hashes what the rows say: every number, the instrument and the timeframe count, the source does not", async () => {
    await withStore(async (store) => {
      const { hash } = await store.write(meta, columns);
      expect((await store.write({ ...meta, source: "other" }, columns)).hash).toBe(hash);
      expect((await store.write({ ...meta, timeframe: "2h" }, columns)).hash).not.toBe(hash);
      const coarser = { ...BTC, tick: "0.02" };
      expect((await store.write({ ...meta, instrument: coarser }, columns)).hash).not.toBe(hash);
      const property = fc.asyncProperty(fc.nat(399), fc.integer({ min: 1, max: 5 }), async (row, place) => {
        const changed = rows.map((each, i) =>
          i === row ? (each.with(place, each[place]! + 0.01) as unknown as RawCandle) : each,
        );
        expect((await store.write(meta, columnsFromCandles(changed))).hash).not.toBe(hash);
      });
      await fc.assert(property, { numRuns: 5 });
    });
  });

  it("makes the newest write current and keeps the report of the one before", async () => {
    await withStore(async (store) => {
      const first = await store.write(meta, columns);
      const shorter = await store.write({ ...meta, checks: [] }, columnsFromCandles(rows.slice(0, 9)));
      expect((await store.read(KEY)).length).toBe(9);
      expect(await store.list()).toEqual([shorter]);
      expect((await store.report(first.hash)).checks).toEqual(CHECKS);
    });
  });

  it("is the same for another process that opens it later", async () => {
    await withStore(async (store, folder) => {
      await store.write(meta, columns);
      const other = openStore(folder);
      expect(await other.read(KEY)).toEqual(await store.read(KEY));
      await other.close();
    });
  });

  it("lets two writers write the same at once", async () => {
    await withStore(async (store, folder) => {
      const other = openStore(folder);
      const [a, b] = await Promise.all([store.write(meta, columns), other.write(meta, columns)]);
      expect(a).toEqual(b);
      expect((await other.read(KEY)).length).toBe(400);
      expect(readdirSync(join(folder, DATASET)).sort()).toEqual([a.hash, "current.json"].sort());
      await other.close();
    });
  });
});

describe("a write that stops on the way", () => {
  /** Columns whose memory fails at the n-th use. */
  function failingAfter(uses: number): BarColumns {
    let left = uses;
    class Failing extends Float64Array {
      override subarray(start?: number, end?: number) {
        if (left-- === 0) throw new Error("stopped here");
        return super.subarray(start, end);
      }
    }
    return { ...columnsFromCandles(rows.slice(0, 300)), time: new Failing(columns.time.subarray(0, 300)) };
  }

  it("by an error leaves every file as it was", async () => {
    await withStore(async (store, folder) => {
      await store.write(meta, columns);
      const before = snapshot(folder);
      // Two uses split the years, then each file takes one.
      for (const uses of [0, 2, 3])
        await expect(store.write(meta, failingAfter(uses))).rejects.toThrow("stopped here");
      expect(snapshot(folder)).toEqual(before);
    });
  });

  it("by a kill while files are written leaves the old version, and the next write succeeds", async () => {
    await withStore(async (store, folder) => {
      const version = await store.write(meta, columns);
      const half = join(folder, DATASET, ".writing-abc");
      mkdirSync(half);
      writeFileSync(join(half, "2019.parquet"), "PAR1 cut");
      expect(await store.list()).toEqual([version]);
      expect((await store.read(KEY)).hash).toBe(version.hash);
      const next = await store.write(meta, columnsFromCandles(rows.slice(0, 300)));
      expect((await store.read(KEY)).hash).toBe(next.hash);
      expect(readdirSync(join(folder, DATASET))).toContain(".writing-abc");
      const longAgo = new Date(Date.now() - DAY);
      utimesSync(half, longAgo, longAgo);
      await store.write(meta, columnsFromCandles(rows.slice(0, 200)));
      expect(readdirSync(join(folder, DATASET))).not.toContain(".writing-abc");
    });
  });

  it("by a kill before the pointer is replaced leaves the old version current", async () => {
    await withStore(async (store, folder) => {
      const first = await store.write(meta, columns);
      const pointer = join(folder, DATASET, "current.json");
      const before = readFileSync(pointer);
      const second = await store.write(meta, columnsFromCandles(rows.slice(0, 300)));
      writeFileSync(pointer, before);
      expect((await store.read(KEY)).hash).toBe(first.hash);
      expect(await store.write(meta, columnsFromCandles(rows.slice(0, 300)))).toEqual(second);
      expect((await store.read(KEY)).hash).toBe(second.hash);
    });
  });
});

describe("a damaged store", () => {
  const parquet = (folder: string) => join(versionFolder(folder), "2020.parquet");
  const cut = (path: string) => writeFileSync(path, readFileSync(path).subarray(0, -100));
  it.each<[string, (folder: string) => void, string]>([
    ["a Parquet file that is missing", (folder) => rmSync(parquet(folder)), "2020.parquet"],
    ["a Parquet file that is cut", (folder) => cut(parquet(folder)), "2020.parquet"],
    ["an empty Parquet file", (folder) => writeFileSync(parquet(folder), ""), "2020.parquet"],
    [
      "the Parquet file of another year",
      (folder) => writeFileSync(parquet(folder), readFileSync(join(versionFolder(folder), "2019.parquet"))),
      "2020.parquet",
    ],
    [
      "a version file that is missing",
      (folder) => rmSync(join(versionFolder(folder), "version.json")),
      "version.json",
    ],
    [
      "a version file that is cut",
      (folder) => cut(join(versionFolder(folder), "version.json")),
      "version.json",
    ],
    [
      "a version file that was changed",
      (folder) => {
        const path = join(versionFolder(folder), "version.json");
        writeFileSync(path, readFileSync(path, "utf8").replace('"0.01"', '"0.02"'));
      },
      "version.json",
    ],
  ])("with %s is refused by name, and writing again heals it", async (_, damage, file) => {
    await withStore(async (store, folder) => {
      const { hash } = await store.write(meta, columns);
      damage(folder);
      await expect(store.read(KEY)).rejects.toMatchObject({
        code: "data.damaged",
        message: expect.stringContaining(file),
      });
      expect((await store.write(meta, columns)).hash).toBe(hash);
      expect(candlesFromColumns(await store.read(KEY))).toEqual(rows);
    });
  });

  it("with any changed byte of a Parquet file gives the right bars or an error", async () => {
    await withStore(async (store, folder) => {
      await store.write(meta, columns);
      const original = readFileSync(parquet(folder));
      const property = fc.asyncProperty(
        fc.nat(original.length - 1),
        fc.integer({ min: 1, max: 255 }),
        async (at, flip) => {
          const changed = Buffer.from(original);
          changed[at]! ^= flip;
          writeFileSync(parquet(folder), changed);
          const bars = await store.read(KEY).catch((error: { code?: string }) => {
            expect(error.code).toBe("data.damaged");
          });
          if (bars) expect(candlesFromColumns(bars)).toEqual(rows);
        },
      );
      await fc.assert(property, { numRuns: 60 });
    });
  });

  it("with a pointer that is no JSON is refused, and writing again heals it", async () => {
    await withStore(async (store, folder) => {
      await store.write(meta, columns);
      for (const content of ["", "{", "null", '{"version": "../../x"}']) {
        writeFileSync(join(folder, DATASET, "current.json"), content);
        await expect(store.read(KEY)).rejects.toMatchObject({ code: "data.damaged" });
      }
      await store.write(meta, columns);
      expect((await store.read(KEY)).length).toBe(400);
    });
  });
});

describe("a question that the store can't answer", () => {
  it("names the datasets there are, the near one, and the command to add one", async () => {
    await withStore(async (store) => {
      await expect(store.read(KEY)).rejects.toMatchObject({
        code: "data.unknown-dataset",
        hint: expect.stringMatching(
          /The store is empty\. .*tickbook data import .*--symbol BTC\/USDT.* --home /,
        ),
      });
      expect(await store.list()).toEqual([]);
      await store.write(meta, columns);
      await expect(store.read({ ...KEY, symbol: "BTC/USD" })).rejects.toMatchObject({
        code: "data.unknown-dataset",
        message: expect.stringContaining("did you mean test BTC/USDT 1h?"),
      });
      await expect(store.report("0000")).rejects.toMatchObject({ code: "data.unknown-dataset" });
    });
  });

  it("says which range there is", async () => {
    await withStore(async (store) => {
      await store.write(meta, columns);
      await expect(store.read({ ...KEY, from: Date.UTC(2030, 0, 1) })).rejects.toMatchObject({
        code: "data.no-rows",
        hint: expect.stringContaining("2019-12-30"),
      });
    });
  });

  it("says that its folder is a file", async () => {
    const path = join(temporaryFolder(), "store");
    writeFileSync(path, "");
    const store = openStore(path);
    await expect(store.write(meta, columns)).rejects.toMatchObject({ code: "data.store-unusable" });
    await expect(store.read(KEY)).rejects.toMatchObject({ code: "data.store-unusable" });
  });

  it("keeps names apart that differ only in signs, and inside its folder", async () => {
    await withStore(async (store, folder) => {
      const names = ["a/b", "a-/b", "a%2F/b", "../b", "A B/b"];
      for (const [i, symbol] of names.entries()) {
        await store.write(
          { ...meta, instrument: { ...BTC, symbol } },
          columnsFromCandles(rows.slice(0, i + 1)),
        );
      }
      for (const [i, symbol] of names.entries()) {
        expect((await store.read({ ...KEY, symbol })).length).toBe(i + 1);
      }
      expect(readdirSync(join(folder, "test")).length).toBe(names.length);
    });
  });
});
