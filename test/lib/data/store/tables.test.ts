/**
 * Invariants: every kind comes back bit for bit; whatever the pieces and the order in which a history is stored, the
 * version is the same; a reader opens the parts of its range and no others.
 */
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openStore, type Store } from "#data";
import { TABLE_KINDS, type TableColumns, type TableKind } from "#model";
import { temporaryFolder } from "../../../temporary-folder.ts";
import { BTC, candlesAt, columnsFromCandles, HOUR, times } from "../candles.ts";

const DAY_0 = Date.UTC(2024, 7, 8);
const KINDS = Object.keys(TABLE_KINDS) as TableKind[];
const SOURCE = { source: "test", symbol: "BTC/USDT", checks: [] };

async function withStore(work: (store: Store, folder: string) => Promise<void>): Promise<void> {
  const folder = temporaryFolder();
  const store = openStore(folder);
  try {
    await work(store, folder);
  } finally {
    await store.close();
  }
}

type Row = readonly number[];

function columnsOf<K extends TableKind>(kind: K, rows: readonly Row[]): TableColumns<K> {
  const columns = TABLE_KINDS[kind].map((name, k) => [name, Float64Array.from(rows, (row) => row[k]!)]);
  return Object.fromEntries(columns) as TableColumns<K>;
}

function rowsOf<K extends TableKind>(kind: K, columns: TableColumns<K>): Row[] {
  const arrays = TABLE_KINDS[kind].map((name) => (columns as Record<string, Float64Array>)[name]!);
  return Array.from(arrays[0]!, (_, row) => arrays.map((column) => column[row]!));
}

/** Any double: NaN, -0, infinities, denormals. */
const number = fc.double();
const time = fc.integer({ min: 0, max: 5 * 864e5 * 8 }).map((eighths) => DAY_0 - 864e5 + eighths / 8);

/** Rows of a kind that no two tellings of one row can be about: the number of the row is its time's or its id. */
function distinctRows(kind: TableKind): fc.Arbitrary<Row[]> {
  const width = TABLE_KINDS[kind].length - 1;
  const values = fc.array(number, { minLength: width, maxLength: width });
  return fc
    .uniqueArray(fc.tuple(time, values), { selector: ([at]) => at, minLength: 1, maxLength: 60 })
    .map((list) =>
      list.map(([at, rest], i) => [
        at,
        ...rest.map((value, k) => (kind === "trades" && k === 1 ? 1000 + i : value)),
      ]),
    );
}

const sorted = (rows: readonly Row[]) => [...rows].sort((a, b) => a[0]! - b[0]!);

describe("tables", () => {
  it.each(KINDS)(
    "%s come back bit for bit, in the order of time, whole, in part and in batches",
    async (kind) => {
      await withStore(async (store) => {
        const property = fc.asyncProperty(distinctRows(kind), time, time, async (rows, a, b) => {
          const meta = { ...SOURCE, kind };
          await store.writeTable(meta, columnsOf(kind, rows), { mode: "replace" });
          const table = await store.readTable(meta);
          expect(rowsOf(kind, table)).toStrictEqual(sorted(rows));
          expect(table).toMatchObject({ kind, source: "test", symbol: "BTC/USDT", length: rows.length });
          const [from, to] = [Math.min(a, b), Math.max(a, b)];
          const wanted = sorted(rows).filter(([at]) => at! >= from && at! < to);
          const scanned: Row[] = [];
          for await (const batch of store.scan({ ...meta, from, to })) scanned.push(...rowsOf(kind, batch));
          expect(scanned).toStrictEqual(wanted);
          const part = store.readTable({ ...meta, from, to });
          if (wanted.length > 0) expect(rowsOf(kind, await part)).toStrictEqual(wanted);
          else await expect(part).rejects.toMatchObject({ code: "data.no-rows" });
        });
        await fc.assert(property, { numRuns: 12 });
      });
    },
  );

  it.each(KINDS)(
    "%s: pieces merged in any order, with any overlap, give the version of the union",
    async (kind) => {
      await withStore(async (store) => {
        const pieces = fc.array(fc.array(fc.nat(59), { minLength: 1, maxLength: 30 }), {
          minLength: 1,
          maxLength: 5,
        });
        let run = 0;
        const property = fc.asyncProperty(distinctRows(kind), pieces, async (rows, choices) => {
          const symbol = `RUN${run++}/USDT`;
          const union = new Set<number>();
          let hash = "";
          for (const choice of choices) {
            const piece = [...new Set(choice.map((k) => k % rows.length))];
            for (const k of piece) union.add(k);
            const part = columnsOf(
              kind,
              piece.map((k) => rows[k]!),
            );
            const version = await store.writeTable({ ...SOURCE, symbol, kind }, part);
            expect((await store.writeTable({ ...SOURCE, symbol, kind }, part)).hash).toBe(version.hash);
            hash = version.hash;
          }
          const whole = columnsOf(
            kind,
            [...union].map((k) => rows[k]!),
          );
          const once = await store.writeTable({ ...SOURCE, source: "once", symbol, kind }, whole);
          expect(hash).toBe(once.hash);
        });
        await fc.assert(property, { numRuns: 12 });
      });
    },
  );

  it("keeps the messages of a book whole and in order, also where times are equal", async () => {
    await withStore(async (store) => {
      // time, received, firstId, lastId, previousId, snapshot, side, price, quantity
      const message = fc.array(fc.tuple(fc.constantFrom(1, -1), fc.integer({ min: 1, max: 9 }), fc.nat(3)), {
        minLength: 1,
        maxLength: 6,
      });
      const property = fc.asyncProperty(
        fc.array(message, { minLength: 1, maxLength: 20 }),
        fc.nat(20),
        async (list, cut) => {
          const rows = list.map((levels, i) =>
            levels.map(
              (level): Row => [DAY_0 + (i >> 2), DAY_0 + i, 10 * i, 10 * i + 9, 10 * i - 1, 0, ...level],
            ),
          );
          const meta = { ...SOURCE, kind: "depth" as const };
          const [early, late] = [rows.slice(0, cut).flat(), rows.slice(Math.max(0, cut - 3)).flat()];
          fc.pre(late.length > 0);
          await store.writeTable(meta, columnsOf("depth", late), { mode: "replace" });
          if (early.length > 0) await store.writeTable(meta, columnsOf("depth", early));
          expect(rowsOf("depth", await store.readTable(meta))).toStrictEqual(rows.flat());
        },
      );
      await fc.assert(property, { numRuns: 20 });
    });
  });

  it("takes a trade by its id: told again it is one, told otherwise it is refused or corrected", async () => {
    await withStore(async (store, folder) => {
      const meta = { ...SOURCE, kind: "trades" as const };
      const trade = (received: number, price: number, at = DAY_0): Row => [at, received, 7, price, 1, -1];
      await store.writeTable(meta, columnsOf("trades", [trade(Number.NaN, 5)]));
      await store.writeTable(meta, columnsOf("trades", [trade(DAY_0 + 9, 5), trade(DAY_0 + 4, 5)]));
      const kept = await store.writeTable(meta, columnsOf("trades", [trade(DAY_0 + 6, 5)]));
      expect(rowsOf("trades", await store.readTable(meta))).toEqual([trade(DAY_0 + 4, 5)]);
      const before = readdirSync(join(folder, "test", "BTC-USDT", "trades"), {
        recursive: true,
        encoding: "utf8",
      });
      for (const other of [trade(Number.NaN, 6), trade(Number.NaN, 5, DAY_0 + 0.25)]) {
        await expect(store.writeTable(meta, columnsOf("trades", [other]))).rejects.toMatchObject({
          code: "data.conflicting-rows",
          message: expect.stringMatching(/id 7/),
        });
      }
      const after = readdirSync(join(folder, "test", "BTC-USDT", "trades"), {
        recursive: true,
        encoding: "utf8",
      });
      const withoutLocks = (names: string[]) => names.filter((name) => !name.includes("lock")).sort();
      expect(withoutLocks(after)).toEqual(withoutLocks(before));
      expect((await store.readTable(meta)).hash).toBe(kept.hash);
      await store.writeTable(meta, columnsOf("trades", [trade(DAY_0 + 8, 6)]), { mode: "correct" });
      expect(rowsOf("trades", await store.readTable(meta))).toEqual([trade(DAY_0 + 8, 6)]);
    });
  });

  it("keeps equal trades without an id that come in one piece, and adds them once", async () => {
    await withStore(async (store) => {
      const meta = { ...SOURCE, kind: "trades" as const };
      const twice = columnsOf(
        "trades",
        [1, 2].map(() => [DAY_0, Number.NaN, Number.NaN, 5, 1, 1]),
      );
      const first = await store.writeTable(meta, twice);
      expect(first.rows).toBe(2);
      expect((await store.writeTable(meta, twice)).hash).toBe(first.hash);
    });
  });

  it("joins bars, and refuses a bar that says something else", async () => {
    await withStore(async (store) => {
      const candles = candlesAt(times(300, 47 * HOUR, Date.UTC(2019, 10, 1)));
      const meta = { source: "test", instrument: BTC, timeframe: "1h", checks: [] };
      const property = fc.asyncProperty(
        fc.array(fc.nat(299), { minLength: 1, maxLength: 4 }),
        async (cuts) => {
          const whole = await store.write({ ...meta, source: "once" }, columnsFromCandles(candles));
          await store.write(meta, columnsFromCandles(candles.slice(0, 1)));
          for (const cut of cuts) {
            await store.write(meta, columnsFromCandles(candles.slice(cut, cut + 120)), { mode: "merge" });
            await store.write(meta, columnsFromCandles(candles.slice(0, cut + 1)), { mode: "merge" });
          }
          const rest = store.write(meta, columnsFromCandles(candles.slice(1)), { mode: "merge" });
          expect((await rest).hash).toBe(whole.hash);
        },
      );
      await fc.assert(property, { numRuns: 5 });
      const other = columnsFromCandles(candles.slice(5, 8));
      other.close[1]! += 1;
      await expect(store.write(meta, other, { mode: "merge" })).rejects.toMatchObject({
        code: "data.conflicting-bars",
        fields: { time: candles[6]![0], column: "close" },
      });
      await store.write(meta, other, { mode: "correct" });
      const bars = await store.read({ source: "test", symbol: "BTC/USDT", timeframe: "1h" });
      expect([bars.length, bars.close[6]]).toEqual([300, other.close[1]]);
    });
  });

  it("opens only the parts of the range, and writes only those that change", async () => {
    await withStore(async (store, folder) => {
      const meta = { ...SOURCE, kind: "trades" as const };
      const rows = Array.from({ length: 500 }, (_, i): Row => [DAY_0 + i * 6e5, Number.NaN, i, 5, 1, 1]);
      await store.writeTable(meta, columnsOf("trades", rows));
      const parts = join(folder, "test", "BTC-USDT", "trades", "parts");
      const files = () => readdirSync(parts).sort();
      const before = files();
      expect(before.length).toBe(4);
      await store.writeTable(meta, columnsOf("trades", [[DAY_0 + 2 * 864e5, Number.NaN, 9999, 5, 1, 1]]));
      expect(files().filter((name) => !before.includes(name)).length).toBe(1);
      const version = JSON.parse(
        readFileSync(join(parts, "../versions", `${(await store.list())[0]!.hash}.json`), "utf8"),
      );
      for (const part of version.parts)
        if (part.period !== "2024-08-09") rmSync(join(parts, `${part.file}.parquet`));
      const day = { from: DAY_0 + 864e5, to: DAY_0 + 2 * 864e5 };
      expect((await store.readTable({ ...meta, ...day })).length).toBe(144);
      let scanned = 0;
      for await (const batch of store.scan({ ...meta, ...day })) scanned += batch.time.length;
      expect(scanned).toBe(144);
      await expect(store.readTable({ ...meta, ...day, to: day.to + 1 })).rejects.toMatchObject({
        code: "data.damaged",
      });
    });
  });

  it("gives shared memory, old versions by their hash, and no more of them after a prune", async () => {
    await withStore(async (store, folder) => {
      const meta = { ...SOURCE, kind: "funding" as const, instrument: BTC };
      const first = await store.writeTable(meta, columnsOf("funding", [[DAY_0, 1e-4]]));
      const second = await store.writeTable(meta, columnsOf("funding", [[DAY_0 + 288e5, 2e-4]]));
      const table = await store.readTable({ ...meta, shared: true });
      expect(table.time.buffer).toBeInstanceOf(SharedArrayBuffer);
      expect(table.instrument).toEqual(BTC);
      expect((await store.writeTable(meta, table)).hash).toBe(second.hash);
      await store.writeTable({ ...meta, symbol: "ETH/USDT" }, table);
      expect(table.rate).toEqual(Float64Array.of(1e-4, 2e-4));
      expect((await store.readTable({ ...meta, version: first.hash.slice(0, 9) })).length).toBe(1);
      expect(await store.prune(meta)).toBe(1);
      const gone = store.readTable({ ...meta, version: first.hash });
      await expect(gone).rejects.toMatchObject({ code: "data.unknown-dataset" });
      expect((await store.readTable(meta)).hash).toBe(second.hash);
      expect(readdirSync(join(folder, "test", "BTC-USDT", "funding", "parts")).length).toBe(1);
    });
  });

  it("drops a version that was only a step, but not what others share with it", async () => {
    await withStore(async (store, folder) => {
      const meta = { ...SOURCE, kind: "trades" as const };
      const trade = (day: number, id: number): Row => [DAY_0 + day * 864e5 + id, 1, id, 5, 1, 1];
      const first = await store.writeTable(meta, columnsOf("trades", [trade(0, 1), trade(1, 2)]));
      let step = await store.writeTable(meta, columnsOf("trades", [trade(2, 3)]));
      for (let id = 4; id < 9; id++) {
        const row = columnsOf("trades", [trade(2, id)]);
        step = await store.writeTable(meta, row, { supersedes: step.hash });
        // The same rows again do not remove themselves.
        step = await store.writeTable(meta, row, { supersedes: step.hash });
      }
      const dataset = join(folder, "test", "BTC-USDT", "trades");
      expect(readdirSync(join(dataset, "versions")).sort()).toEqual(
        [first, step].map(({ hash }) => `${hash}.json`).sort(),
      );
      expect(readdirSync(join(dataset, "parts")).length).toBe(3);
      expect((await store.readTable({ ...meta, version: first.hash })).length).toBe(2);
      expect((await store.readTable(meta)).length).toBe(8);
      await store.writeTable(meta, columnsOf("trades", [trade(0, 9)]), { supersedes: "../../current" });
      expect((await store.readTable(meta)).length).toBe(9);
    });
  });

  it("refuses times that are none, columns that are ragged, other units and nothing at all, with nothing written", async () => {
    await withStore(async (store) => {
      const meta = { ...SOURCE, kind: "series" as const };
      const write = (rows: readonly Row[], unit?: string) =>
        store.writeTable({ ...meta, ...(unit && { unit }) }, columnsOf("series", rows));
      for (const bad of [Number.NaN, Infinity, -Infinity, 1e18])
        await expect(
          write([
            [DAY_0, DAY_0, 1],
            [bad, DAY_0, 1],
          ]),
        ).rejects.toMatchObject({ code: "data.bad-time" });
      await expect(write([])).rejects.toMatchObject({ code: "data.no-rows" });
      const ragged = { ...columnsOf("series", [[DAY_0, DAY_0, 1]]), value: new Float64Array(2) };
      await expect(store.writeTable(meta, ragged)).rejects.toMatchObject({ code: "core.bug" });
      await expect(store.readTable(meta)).rejects.toMatchObject({ code: "data.unknown-dataset" });
      await write([[Date.UTC(1871, 0), Date.UTC(1871, 1), 4.44]], "USD");
      await expect(write([[DAY_0, DAY_0, 1]], "EUR")).rejects.toMatchObject({
        code: "data.conflicting-rows",
      });
      expect((await write([])).rows).toBe(1);
      expect((await store.readTable(meta)).unit).toBe("USD");
    });
  });
});
