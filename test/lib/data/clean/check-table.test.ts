import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng } from "#core";
import { candleFiles, type DataCheck } from "#data";
import { TABLE_KINDS, type TableColumns, type TableKind } from "#model";
import { checkCandles } from "../../../../lib/data/clean/check-candles.ts";
import { addChecks, checkTable } from "../../../../lib/data/clean/check-table.ts";
import { createColumnBuilder } from "../../../../lib/data/clean/columns.ts";
import { realData } from "../../../real-data.ts";
import { BTC, HOUR } from "../candles.ts";

const START = Date.UTC(2024, 0, 1);
type Row = Readonly<Record<string, number>>;

/** Clean rows of a kind, each different from all others. */
function rowsOf(kind: TableKind, n: number, seed: number): Row[] {
  const rng = createRng(seed);
  let id = 100;
  return Array.from({ length: n }, (_, i): Row => {
    const time = START + i * (kind === "funding" ? 8 * HOUR : 1000);
    const price = 100 + rng.nextInt(100) / 10;
    const firstId = id + 1;
    id += 1 + rng.nextInt(3);
    const all: Record<TableKind, Row> = {
      trades: { id: i + 1, price, quantity: 1 + i, side: rng.nextInt(2) * 2 - 1, received: time + 5 },
      quotes: { id, bid: price, bidQuantity: i, ask: price + 0.1, askQuantity: 1, received: time + 5 },
      depth: {
        firstId,
        lastId: id,
        previousId: Number.NaN,
        snapshot: i === 0 ? 1 : 0,
        side: 1,
        price,
        quantity: i,
        received: time,
      },
      funding: { rate: i / 1e6 },
      series: { published: time + HOUR, value: i },
    };
    return { time, ...all[kind] };
  });
}

function columnsOf<K extends TableKind>(kind: K, rows: readonly Row[]): TableColumns<K> {
  return Object.fromEntries(
    TABLE_KINDS[kind].map((name) => [name, Float64Array.from(rows, (row) => row[name]!)]),
  ) as never;
}

const check = (kind: TableKind, rows: readonly Row[]) =>
  checkTable(kind, "A/B", columnsOf(kind, rows) as never);
const found = (checks: readonly DataCheck[]) => checks.map((each) => each.found);
const kinds = fc.constantFrom(...(Object.keys(TABLE_KINDS) as TableKind[]));

describe("checkTable", () => {
  it("leaves clean rows as they are and finds nothing", () => {
    fc.assert(
      fc.property(kinds, fc.integer({ min: 0, max: 40 }), fc.integer(), (kind, n, seed) => {
        const rows = rowsOf(kind, n, seed);
        const { columns, checks } = check(kind, rows);
        expect(columns).toEqual(columnsOf(kind, rows));
        expect(checks.every(({ verdict, found }) => verdict === "in order" && found === 0)).toBe(true);
      }),
    );
  });

  it("gives the same rows for any order and any repetition, and counts both", () => {
    fc.assert(
      fc.property(
        kinds.filter((kind) => kind !== "depth"),
        fc.integer(),
        fc.array(fc.integer({ min: 0, max: 29 }), { maxLength: 8 }),
        fc.integer(),
        (kind, seed, repeated, order) => {
          const rows = rowsOf(kind, 30, seed);
          const rng = createRng(order);
          const given = [...rows, ...repeated.map((i) => rows[i]!)].map(
            (row) => [rng.nextInt(1e6), row] as const,
          );
          const shuffled = given.sort(([a], [b]) => a - b).map(([, row]) => row);
          const late = shuffled.filter(({ time }, i) =>
            shuffled.slice(0, i).some((row) => row.time! > time!),
          ).length;
          const { columns, checks } = check(kind, shuffled);
          expect(columns).toEqual(columnsOf(kind, rows));
          expect(found(checks).slice(0, 2)).toEqual([late, repeated.length]);
        },
      ),
    );
  });

  it("finds every trade and every message of the book that is taken out", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("trades", "depth") as fc.Arbitrary<TableKind>,
        fc.integer(),
        fc.uniqueArray(fc.integer({ min: 1, max: 38 }), { maxLength: 8 }),
        (kind, seed, removed) => {
          const rows = rowsOf(kind, 40, seed).filter((_, i) => !removed.includes(i));
          const gaps = removed.filter((i) => !removed.includes(i - 1)).length;
          const last = check(kind, rows).checks.at(-1)!;
          expect([last.found, last.verdict]).toEqual([gaps, gaps > 0 ? "kept, look" : "in order"]);
        },
      ),
    );
  });

  it("takes a snapshot for a new beginning, an old one for none", () => {
    const rows = rowsOf("depth", 20, 1);
    const snapshot = (row: Row, lastId: number): Row => ({ ...row, firstId: lastId, lastId, snapshot: 1 });
    const gapsOf = (list: readonly Row[]) => check("depth", list).checks.at(-1)!.found;
    expect(gapsOf([...rows.slice(0, 8), snapshot(rows[12]!, rows[11]!.lastId!), ...rows.slice(12)])).toBe(0);
    expect(gapsOf([...rows.slice(0, 8), snapshot(rows[8]!, rows[3]!.lastId!), ...rows.slice(8)])).toBe(0);
    expect(gapsOf([...rows.slice(0, 8), snapshot(rows[12]!, rows[9]!.lastId!), ...rows.slice(12)])).toBe(1);
    const chained = rows.map((row, i) => ({ ...row, previousId: rows[i - 1]?.lastId ?? Number.NaN }));
    expect(gapsOf(chained)).toBe(0);
    expect(gapsOf(chained.filter((_, i) => i !== 7))).toBe(1);
  });

  it.each<[TableKind, string, number, string]>([
    ["trades", "price", 0, "data.impossible-row"],
    ["trades", "price", Number.NaN, "data.impossible-row"],
    ["trades", "quantity", -1, "data.impossible-row"],
    ["trades", "quantity", Number.POSITIVE_INFINITY, "data.impossible-row"],
    ["trades", "side", 2, "data.impossible-row"],
    ["quotes", "ask", -5, "data.impossible-row"],
    ["depth", "quantity", -1, "data.impossible-row"],
    ["depth", "side", 0, "data.impossible-row"],
    ["funding", "rate", 50, "data.impossible-row"],
    ["series", "value", Number.POSITIVE_INFINITY, "data.impossible-row"],
    ["series", "published", START - 1, "data.impossible-row"],
    ["series", "published", Number.NaN, "data.impossible-row"],
    ["funding", "time", START * 1000, "data.bad-time"],
    ["trades", "time", Number.NaN, "data.bad-time"],
  ])("refuses %s with a %s of %d, with the row", (kind, field, value, code) => {
    const rows = rowsOf(kind, 10, 1).map((row, i) => (i === 6 ? { ...row, [field]: value } : row));
    expect(() => check(kind, rows)).toThrowError(
      expect.objectContaining({ code, message: expect.stringContaining("row 7") }),
    );
  });

  it("adds the findings of pieces up", () => {
    const whole = rowsOf("trades", 40, 1).filter((_, i) => i !== 5 && i !== 25);
    const parts = [whole.slice(0, 15), whole.slice(15)].map((rows) => check("trades", rows).checks);
    expect(addChecks(parts[0]!, parts[1]!).map(({ name, found, verdict }) => [name, found, verdict])).toEqual(
      [
        ["Out of order", 0, "in order"],
        ["Identical rows", 0, "in order"],
        ["Gaps in the numbers of trades", 2, "kept, look"],
      ],
    );
  });
});

describe("known answers of real data", () => {
  const COINS = ["ADA", "AVAX", "BNB", "BTC", "DOGE", "DOT", "ETH", "LINK", "LTC", "MATIC", "SOL", "XRP"];
  const cases: [string, string, number][] = [
    ...COINS.map((coin): [string, string, number] => [
      `ohlcv/binance-1h-12coins-2021-2023/${coin}USDT_1h.parquet`,
      "1h",
      5,
    ]),
    ["ohlcv/binance-btc-1h-2017-2024-with-gaps/BTC_USDT-1h.parquet", "1h", 28],
    ["ohlcv/binance-4h-1d-2017-2026/BTCUSDT_4h.parquet", "4h", 8],
    ["ohlcv/binance-4h-1d-2017-2026/ETHUSDT_4h.parquet", "4h", 8],
    ["ohlcv/binance-4h-1d-2017-2026/BTCUSDT_1d.parquet", "1d", 0],
  ];
  const files = cases.flatMap(([path, timeframe, gaps]) => {
    const file = realData(path);
    return file ? [[path, file, timeframe, gaps] as const] : [];
  });
  it.runIf(files.length > 0)("gaps", async () => {
    for (const [path, file, timeframe, gaps] of files) {
      const source = candleFiles({ paths: [file], spec: { ...BTC, tick: "0.0000001", assetDecimals: 12 } });
      const instrument = await source.instrument(BTC.symbol);
      const rows = createColumnBuilder();
      for await (const batch of source.candles({ instrument, timeframe })) rows.append(batch);
      const { checks } = checkCandles({ instrument, timeframe, rows: rows.columns() });
      expect([path, checks.find(({ name }) => name === "Gaps")!.found]).toEqual([path, gaps]);
    }
  });
});
