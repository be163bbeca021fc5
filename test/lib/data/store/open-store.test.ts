/**
 * Invariants: what is read is what was written, bit for bit, or an error; writing the same again changes nothing;
 * a write that stops anywhere leaves what stood before.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DataCheck, openStore, type Store } from "#data";
import type { RawCandle } from "#model";
import { hashFile } from "../../../../lib/data/store/files.ts";
import { temporaryFolder } from "../../../temporary-folder.ts";
import { BTC, candlesAt, candlesFromColumns, columnsFromCandles, HOUR, times } from "../candles.ts";

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

/** Every file below a folder with its content, but for the locks. */
function snapshot(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const paths = files
    .filter((file) => statSync(join(folder, file)).isFile() && !file.includes("lock."))
    .sort();
  return Object.fromEntries(
    paths.map((file) => [
      file,
      createHash("md5")
        .update(readFileSync(join(folder, file)))
        .digest("hex"),
    ]),
  );
}

const versionsOf = (folder: string) => readdirSync(join(folder, DATASET, "versions")).sort();
const partsOf = (folder: string) => readdirSync(join(folder, DATASET, "parts")).sort();

/** The file of the current version. */
function versionFile(folder: string): string {
  const dataset = join(folder, DATASET);
  const { version } = JSON.parse(readFileSync(join(dataset, "current.json"), "utf8"));
  return join(dataset, "versions", `${version}.json`);
}

/** The Parquet file of a period of the current version. */
function partFile(folder: string, period: string): string {
  const { parts } = JSON.parse(readFileSync(versionFile(folder), "utf8"));
  const part = parts.find((each: { period: string }) => each.period === period);
  return join(folder, DATASET, "parts", `${part.file}.parquet`);
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
        kind: "1h",
        bytes: partsOf(folder).reduce(
          (bytes, name) => bytes + statSync(join(folder, DATASET, "parts", name)).size,
          0,
        ),
        hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      });
      expect(versionsOf(folder)).toEqual([`${version.hash}.json`]);
      expect((await store.ranges(KEY)).periods.map(({ period, rows: count }) => [period, count])).toEqual([
        ["2019", 3],
        ["2020", 381],
        ["2021", 16],
      ]);
      for (const name of partsOf(folder)) {
        const bytes = readFileSync(join(folder, DATASET, "parts", name));
        expect(name).toBe(`${createHash("sha256").update(bytes).digest("hex")}.parquet`);
      }
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

  it("gives the hash that recorded backtests name, whatever the layout and the encoding", async () => {
    await withStore(async (store) => {
      const column = (value: (i: number) => number) =>
        Float64Array.from({ length: 3000 }, (_, i) => value(i));
      const bars = {
        time: column((i) => Date.UTC(2019, 11, 1) + i * HOUR),
        open: column((i) => 100 + (i % 7) / 10),
        high: column((i) => 102 + (i % 5) / 10),
        low: column((i) => 99 - (i % 3) / 10),
        close: column(() => 101),
        volume: column((i) => i / 3),
      };
      // Found by the first layout of the store.
      const known = "2c87ac529f39801a6d911992cace51b9e9b6d004fe052c189c37f5639c800a0d";
      expect((await store.write(meta, bars)).hash).toBe(known);
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
      expect(versionsOf(folder)).toEqual([`${a.hash}.json`]);
      expect(partsOf(folder).length).toBe(3);
      await other.close();
    });
  });
});

describe("a write that stops on the way", () => {
  it("by an error leaves every file as it was", async () => {
    await withStore(async (store, folder) => {
      await store.write(meta, columns);
      const before = snapshot(folder);
      // The rows of 2019 and 2020 can be written, those of the last year conflict with what is stored.
      const longer = columnsFromCandles(candlesAt(times(900, 11.5 * HOUR, Date.UTC(2019, 11, 1))));
      longer.time[899] = rows[399]![0];
      await expect(store.write(meta, longer, { mode: "merge" })).rejects.toMatchObject({
        code: "data.conflicting-bars",
      });
      expect(snapshot(folder)).toEqual(before);
    });
  });

  it("by a kill while files are written leaves the old version, and the next write sweeps what was left", async () => {
    await withStore(async (store, folder) => {
      const version = await store.write(meta, columns);
      const dataset = join(folder, DATASET);
      const left = [
        "parts/.0123456789abcdef.tmp",
        `parts/${"0".repeat(64)}.parquet`,
        "versions/.x.json.1234.tmp",
      ];
      for (const name of left) writeFileSync(join(dataset, name), "PAR1 cut");
      writeFileSync(join(dataset, ".unfinished"), "");
      expect(await store.list()).toEqual([version]);
      expect((await store.read(KEY)).hash).toBe(version.hash);
      await store.write(meta, columnsFromCandles(rows.slice(0, 300)));
      for (const name of [...left, ".unfinished"]) expect(existsSync(join(dataset, name))).toBe(false);
      expect((await store.read({ ...KEY, version: version.hash })).length).toBe(400);
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
  const parquet = (folder: string) => partFile(folder, "2020");
  const cut = (path: string) => writeFileSync(path, readFileSync(path).subarray(0, -100));
  it.each<[string, (folder: string) => void, string]>([
    ["a Parquet file that is missing", (folder) => rmSync(parquet(folder)), "parts"],
    ["a Parquet file that is cut", (folder) => cut(parquet(folder)), "parts"],
    ["an empty Parquet file", (folder) => writeFileSync(parquet(folder), ""), "parts"],
    [
      "the Parquet file of another year",
      (folder) => writeFileSync(parquet(folder), readFileSync(partFile(folder, "2019"))),
      "parts",
    ],
    ["a version file that is missing", (folder) => rmSync(versionFile(folder)), "versions"],
    ["a version file that is cut", (folder) => cut(versionFile(folder)), "versions"],
    [
      "a version file that was changed",
      (folder) => {
        const path = versionFile(folder);
        writeFileSync(path, readFileSync(path, "utf8").replace('"0.01"', '"0.02"'));
      },
      "versions",
    ],
  ])("with %s is refused by name, and writing again heals it", async (_, damage, file) => {
    await withStore(async (store, folder) => {
      const { hash } = await store.write(meta, columns);
      damage(folder);
      const files = snapshot(folder);
      const fewer = columnsFromCandles(rows.slice(0, 200));
      const merging = store.write(meta, fewer, { mode: "merge" });
      await expect(merging).rejects.toMatchObject({ code: "data.damaged" });
      expect(snapshot(folder)).toEqual(files);
      await expect(store.read(KEY)).rejects.toMatchObject({
        code: "data.damaged",
        message: expect.stringContaining(file),
      });
      expect((await store.write(meta, columns, { mode: "merge" })).hash).toBe(hash);
      expect(candlesFromColumns(await store.read(KEY))).toEqual(rows);
      damage(folder);
      expect((await store.write(meta, columns)).hash).toBe(hash);
      expect(candlesFromColumns(await store.read(KEY))).toEqual(rows);
    });
  });

  it("of a newer schema is refused, and never written over", async () => {
    await withStore(async (store, folder) => {
      await store.write(meta, columns);
      const path = versionFile(folder);
      writeFileSync(path, readFileSync(path, "utf8").replace('"schema": 1', '"schema": 7'));
      const files = snapshot(folder);
      const refusal = {
        code: "data.newer-schema",
        message: expect.stringContaining("7"),
        hint: expect.any(String),
      };
      await expect(store.read(KEY)).rejects.toMatchObject(refusal);
      for (const mode of ["replace", "merge"] as const)
        await expect(store.write(meta, columns, { mode })).rejects.toMatchObject(refusal);
      expect(snapshot(folder)).toEqual(files);
    });
  });

  it("of the old layout is refused with the remedy, which works", async () => {
    await withStore(async (store, folder) => {
      const { hash } = await store.write(meta, columns);
      const dataset = join(folder, DATASET);
      mkdirSync(join(dataset, hash));
      writeFileSync(join(dataset, hash, "version.json"), "{}");
      rmSync(join(dataset, "versions"), { recursive: true });
      rmSync(join(dataset, "parts"), { recursive: true });
      await expect(store.read(KEY)).rejects.toMatchObject({ code: "data.old-layout" });
      await expect(
        store.write(meta, columnsFromCandles(rows.slice(9)), { mode: "merge" }),
      ).rejects.toMatchObject({
        code: "data.old-layout",
      });
      await store.write(meta, columns, { mode: "merge" });
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

  it("refuses names that are none, and lengths of bars that are none", async () => {
    await withStore(async (store, folder) => {
      for (const name of ["", "\ud800", 7 as never]) {
        await expect(store.write({ ...meta, source: name }, columns)).rejects.toMatchObject({
          code: "data.bad-name",
        });
        await expect(store.read({ ...KEY, symbol: name })).rejects.toMatchObject({ code: "data.bad-name" });
      }
      for (const timeframe of ["trades", "1x", ""])
        await expect(store.write({ ...meta, timeframe }, columns)).rejects.toMatchObject({
          code: "core.bad-timeframe",
        });
      expect(readdirSync(folder)).toEqual([]);
    });
  });

  it("is not kept from the rest by one dataset that is damaged", async () => {
    await withStore(async (store, folder) => {
      await store.write(meta, columns);
      await store.write({ ...meta, source: "other" }, columns);
      rmSync(versionFile(folder));
      expect((await store.read({ ...KEY, source: "other" })).length).toBe(400);
      await expect(store.read({ ...KEY, source: "none" })).rejects.toMatchObject({
        code: "data.unknown-dataset",
      });
      expect((await store.query('from other."BTC/USDT"."1h"')).length).toBe(400);
      await expect(store.query('from test."BTC/USDT"."1h"')).rejects.toMatchObject({
        code: "data.bad-query",
        hint: expect.stringContaining("damaged"),
      });
    });
  });

  it("verifies files of any size", async () => {
    const path = join(temporaryFolder(), "large");
    for (const size of [0, 1, 2 ** 20, 5_000_001]) {
      const bytes = Buffer.alloc(size, "tick");
      writeFileSync(path, bytes);
      expect(await hashFile(path)).toBe(createHash("sha256").update(bytes).digest("hex"));
    }
  });
});
