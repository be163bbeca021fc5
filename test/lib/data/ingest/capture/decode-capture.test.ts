import { createReadStream } from "node:fs";
import { deflateRawSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CaptureOptions, type CaptureReport, decodeCapture } from "#data";
import { type BookOptions, type BookReport, checkQuotes, createBookReplay, type SequenceRule } from "#market";
import { TABLE_KINDS, type TableColumns, type TableKind } from "#model";
import { realData } from "../../../../real-data.ts";
import { type DepthMessage, type Market, randomMarket } from "../../../market/book/depth-messages.ts";

type Tables = Map<string, TableColumns>;

async function* chunksOf(bytes: Buffer, sizes: Iterable<number>): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (const size of sizes) {
    if (at >= bytes.length) return;
    // A buffer that is overwritten afterwards, as a reader may do.
    const chunk = Buffer.from(bytes.subarray(at, at + size));
    yield chunk;
    chunk.fill(0x7e);
    at += size;
  }
  yield bytes.subarray(at);
}

/** Decodes all; tables by "symbol kind", batches joined. */
async function decode(
  source: AsyncIterable<Uint8Array>,
  options: CaptureOptions = {},
): Promise<{ tables: Tables; report: CaptureReport; batches: number }> {
  const decoding = decodeCapture(source, options);
  const parts = new Map<string, TableColumns[]>();
  let batches = 0;
  for await (const { symbol, kind, columns } of decoding) {
    batches++;
    const key = `${symbol} ${kind}`;
    parts.set(key, [...(parts.get(key) ?? []), columns]);
  }
  const tables = new Map(
    [...parts].map(([key, list]) => [key, joined(key.split(" ")[1] as TableKind, list)]),
  );
  return { tables, report: decoding.report(), batches };
}

function joined(kind: TableKind, parts: readonly TableColumns[]): TableColumns {
  const entries = TABLE_KINDS[kind].map((name) => {
    const columns = parts.map((part) => (part as Record<string, Float64Array>)[name]!);
    return [name, Float64Array.from(columns.flatMap((column) => [...column]))];
  });
  return Object.fromEntries(entries) as TableColumns;
}

const table = <K extends TableKind>(tables: Tables, symbol: string, kind: K): TableColumns<K> =>
  tables.get(`${symbol} ${kind}`) as TableColumns<K>;

function replay(depth: TableColumns<"depth">, options: BookOptions): BookReport {
  const book = createBookReplay(options);
  for (let row = 0; row < depth.time.length; ) row = book.apply(depth, row);
  return book.report();
}

/** Rows in another order. */
function inTimeOrder(depth: TableColumns<"depth">): TableColumns<"depth"> {
  const order = [...depth.time.keys()].sort((a, b) => depth.time[a]! - depth.time[b]! || a - b);
  const entries = Object.entries(depth).map(([name, column]) => [
    name,
    Float64Array.from(order, (row) => column[row]!),
  ]);
  return Object.fromEntries(entries) as TableColumns<"depth">;
}

const text = (levels: DepthMessage["levels"], side: 1 | -1) =>
  levels
    .filter((level) => level[0] === side)
    .map(([, price, quantity]) => [price.toFixed(8), String(quantity)]);

/** A market as a recorder of Binance would write it: spot, or futures where `pu` chains the messages. */
function linesOf({ messages, quotes }: Market, rule: SequenceRule): string[] {
  const lines: { id: number; order: number; json: unknown }[] = quotes.map((quote) => ({
    id: quote.id,
    order: 0,
    json: {
      stream: "x@bookTicker",
      data: {
        u: quote.id,
        s: "BTCUSDT",
        b: String(quote.bid),
        B: String(quote.bidQuantity),
        a: String(quote.ask),
        A: String(quote.askQuantity),
      },
    },
  }));
  let arrived = 0;
  for (const { time, firstId, lastId, previousId, isSnapshot, levels } of messages) {
    arrived = isSnapshot ? arrived : lastId;
    const sides = { bids: text(levels, 1), asks: text(levels, -1) };
    const ids = { U: firstId, u: lastId, ...(rule === "binance-futures" ? { pu: previousId } : {}) };
    const update = { e: "depthUpdate", E: time, s: "BTCUSDT", ...ids, b: sides.bids, a: sides.asks };
    lines.push({ id: arrived, order: 1, json: isSnapshot ? { lastUpdateId: lastId, ...sides } : update });
  }
  lines.sort((a, b) => a.id - b.id || a.order - b.order);
  return lines.map(
    ({ json }, k) => `${1_000_000_000_000_000_000 / 1e6 + k * 7}000123 ${JSON.stringify(json)}`,
  );
}

const STEPS = { tick: "0.01", lot: "0.001" };
const source = (lines: readonly string[], end = "\n") =>
  chunksOf(Buffer.from(lines.join("\n") + end), [1 << 20]);

describe("decodeCapture", () => {
  it("gives back a market: book, best prices, and the loss of any one depth line", async () => {
    for (const rule of ["binance-spot", "binance-futures"] as const) {
      const market = randomMarket(7, rule);
      const lines = linesOf(market, rule);
      const { tables, report } = await decode(source(lines));
      expect(report).toMatchObject({
        lines: lines.length,
        messages: lines.length,
        damagedCount: 0,
        parsed: 0,
      });
      const depth = table(tables, "BTCUSDT", "depth");
      const agreement = checkQuotes(depth, table(tables, "BTCUSDT", "quotes"), { rule, ...STEPS });
      expect(agreement).toMatchObject({ disagreeing: 0, book: { gapCount: 0, crossed: 0 } });
      expect(agreement.exact).toBeGreaterThan(3);
      const isDepth = (line: string) => line.includes("depthUpdate");
      const [first, last] = [lines.findIndex(isDepth), lines.findLastIndex(isDepth)];
      for (const [k, line] of lines.entries()) {
        if (!isDepth(line) || k === first || k === last) continue;
        const { tables: less } = await decode(source(lines.filter((_, i) => i !== k)));
        expect(replay(table(less, "BTCUSDT", "depth"), { rule, ...STEPS }).gapCount).toBeGreaterThan(0);
      }
    }
  });

  it("gives the same rows however the bytes are cut, packed or batched", async () => {
    const lines = linesOf(randomMarket(3, "binance-spot"), "binance-spot");
    const bytes = Buffer.from(`\uFEFFnoise\n${lines.join("\r\n")}`);
    const whole = await decode(chunksOf(bytes, [bytes.length]));
    expect(whole.report.damagedCount).toBe(1);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 700 }), { maxLength: 200 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 300 }),
        async (sizes, isPacked, rowsPerBatch) => {
          const cut = chunksOf(isPacked ? gzipSync(bytes) : bytes, sizes);
          const { tables, report } = await decode(cut, { rowsPerBatch });
          expect(tables).toEqual(whole.tables);
          expect(report).toEqual(whole.report);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("counts damaged lines with number, reason and beginning, and goes on", async () => {
    const sound = linesOf(randomMarket(5, "binance-spot"), "binance-spot");
    const damaged: [string, RegExp][] = [
      ["1723161254087891268 {not json}", /not JSON/],
      ["hello", /no message/],
      ['1723161254087891268 {"e":"depthUpdate","s":"BTCUSDT","U":1,"u":2,"b":[],"a":[]}', /"E"/],
      [
        '1723161254087891268 {"e":"depthUpdate","E":5,"s":"BTCUSDT","U":1,"u":2,"b":[["1","x"]],"a":[]}',
        /levels/,
      ],
      [
        '1723161254087891268 {"e":"depthUpdate","E":5,"s":"BTCUSDT","U":1,"u":2,"b":[["1","-1"]],"a":[]}',
        /-1/,
      ],
      ['1723161254087891268 {"e":"trade","T":5,"t":1,"p":"1","q":"1","m":true}', /symbol/],
      ['{"e":"bookTicker","u":1,"s":"BTCUSDT","b":"1","B":"1","a":"","A":"1"}', /"a"/],
      ["12 {}", /no message/],
      ['1723161254087891268 {"e":"depth', /not JSON/],
      ["1723161254087891268 [1]", /no message/],
    ];
    const mixed = [...sound.slice(0, 9), ...damaged.map(([line]) => line), ...sound.slice(9)];
    const { tables, report } = await decode(source(mixed));
    expect(tables).toEqual((await decode(source(sound))).tables);
    expect(report.damagedCount).toBe(damaged.length);
    for (const [k, [line, reason]] of damaged.entries()) {
      expect(report.damaged[k]).toMatchObject({ line: 10 + k, text: line.slice(0, 120) });
      expect(report.damaged[k]!.reason).toMatch(reason);
    }
    await expect(decode(source(mixed), { strict: true })).rejects.toThrow(/line 10 .*not JSON/);
    const other = [
      '{"result":null,"id":1}',
      '{"type":"subscriptions","channels":[]}',
      "",
      "wss://x <- 1: {}",
    ];
    expect((await decode(source(other, ""))).report).toMatchObject({ lines: 4, ignored: 4, damagedCount: 0 });
    expect((await decode(source([], ""))).report).toMatchObject({ lines: 0, damagedCount: 0 });
  });

  it("reads a zip of one file, deflated or stored", async () => {
    const lines = linesOf(randomMarket(3, "binance-spot"), "binance-spot");
    const bytes = Buffer.from(lines.join("\n"));
    const whole = await decode(chunksOf(bytes, []));
    for (const isDeflated of [true, false]) {
      const packed = isDeflated ? deflateRawSync(bytes) : bytes;
      const head = Buffer.alloc(30);
      head.writeUInt32BE(0x504b0304, 0);
      head.writeUInt16LE(isDeflated ? 8 : 0, 8);
      head.writeUInt32LE(packed.length, 18);
      head.writeUInt16LE(4, 26);
      head.writeUInt16LE(2, 28);
      const zip = Buffer.concat([
        head,
        Buffer.from("nameXX"),
        packed,
        Buffer.from("PK\u0001\u0002directory"),
      ]);
      for (const sizes of [[], Array<number>(30).fill(3), Array<number>(20).fill(997)]) {
        const { tables, report } = await decode(chunksOf(zip, sizes));
        expect(tables).toEqual(whole.tables);
        expect(report).toEqual(whole.report);
      }
      const cut = await decode(chunksOf(zip.subarray(0, zip.length / 2), [50]));
      expect(cut.report.isCutShort).toBe(true);
      expect(cut.report.messages).toBeGreaterThan(5);
    }
    const encrypted = Buffer.alloc(40);
    encrypted.writeUInt32BE(0x504b0304, 0);
    encrypted.writeUInt16LE(99, 8);
    await expect(decode(chunksOf(encrypted, []))).rejects.toThrow(/zip/);
  });

  it("reads what a recorder wrote before it was killed", async () => {
    const lines = linesOf(randomMarket(5, "binance-spot"), "binance-spot");
    const packed = gzipSync(Buffer.from(lines.join("\n")));
    const cut = packed.subarray(0, Math.floor(packed.length / 2));
    const { report } = await decode(chunksOf(cut, [100]));
    expect(report.isCutShort).toBe(true);
    expect(report.messages).toBeGreaterThan(5);
    await expect(decode(chunksOf(cut, [100]), { strict: true })).rejects.toThrow(/unexpected end|line/);
  });

  it("gives what came before an error, then the error", async () => {
    const line = '{"e":"trade","s":"BTCUSDT","t":1,"p":"61837.63","q":"0.02","T":1723161255342,"m":true}\n';
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(line);
      throw new Error("disk gone");
    }
    const packed = gzipSync(Buffer.from(line.repeat(5000)), { level: 0 });
    packed.fill(0xff, 200_000, 300_000);
    for (const [bytes, error, options] of [
      [failing(), /disk gone/, {}],
      [chunksOf(packed, Array<number>(100).fill(10_000)), /packed file is damaged/, {}],
      [chunksOf(Buffer.from(`${line}noise\n`), []), /line 2/, { strict: true }],
    ] as const) {
      let rows = 0;
      const reading = async () => {
        for await (const { columns } of decodeCapture(bytes, options)) rows += columns.time.length;
      };
      await expect(reading()).rejects.toThrow(error);
      expect(rows).toBeGreaterThan(0);
    }
  });

  it("lives through lines without end, without sense and too deep", async () => {
    async function* bad(): AsyncGenerator<Uint8Array> {
      for (let k = 0; k < 40; k++) yield Buffer.alloc(1 << 20, 0x61);
      yield Buffer.from(`\n${"{".repeat(100_000)}\n${'{"data":'.repeat(50_000)}\n`);
      yield Buffer.from('{"__proto__":{"e":"trade"}}\n\u0000\n');
      yield Buffer.from('{"e":"trade","s":"X","t":1,"p":"7","q":"1","T":5,"m":true}');
    }
    const { tables, report } = await decode(bad());
    expect(report).toMatchObject({ lines: 6, messages: 1, ignored: 1, damagedCount: 4 });
    expect(table(tables, "X", "trades").price).toEqual(Float64Array.of(7));
  });

  it("names symbols, stamps what the venue does not, and needs a symbol for a book without one", async () => {
    const lines = [
      '1723161254.5 {"lastUpdateId":7,"bids":[["1","2"]],"asks":[]}',
      '1723161254600 {"e":"depthUpdate","E":1723161253000,"s":"BTCUSDT","U":8,"u":8,"b":[],"a":[["2","1"]]}',
      '1723161254700123 {"u":9,"e":"bookTicker","s":"BTCUSDT","b":"1","B":"2","a":"2","A":"1"}',
      '{"type":"l2update","product_id":"BTC-USD","changes":[["buy","1","2"]],"time":"2021-04-17T16:43:37.075687Z"}',
    ];
    const symbolOf = (raw: string) => raw.replace("BTCUSDT", "BTC/USDT");
    const { tables } = await decode(source(lines), { symbolOf, symbol: "BTC/USDT" });
    expect([...tables.keys()]).toEqual(["BTC/USDT depth", "BTC/USDT quotes", "BTC-USD depth"]);
    const depth = table(tables, "BTC/USDT", "depth");
    // The snapshot was received, by a clock that is ahead, after the stamp of the message that follows it.
    expect([...depth.time]).toEqual([1723161253000, 1723161253000]);
    expect([...depth.received]).toEqual([1723161254500, 1723161254600]);
    expect([...depth.snapshot]).toEqual([1, 0]);
    const quotes = table(tables, "BTC/USDT", "quotes");
    expect([quotes.time[0], quotes.received[0]]).toEqual([1723161253000, 1723161254700.123]);
    const update = table(tables, "BTC-USD", "depth");
    expect([update.time[0], update.received[0], update.firstId[0]]).toEqual([1618677817075.687, NaN, NaN]);
    const { report } = await decode(source(lines.slice(0, 1)));
    expect(report.damaged[0]?.reason).toBe("no symbol");
  });
});

const SPOT = "captures/binance-spot-btcusdt-2024-08-08/btcusdt_20240808.gz";
const COINM = "captures/binance-coinm-btcusd-2024-08-08/btcusd_perp_20240808.gz";
const COINBASE = "captures/coinbase-2021-04/COINBASE.ws.28.0.gz";
const BYBIT = "captures/bybit-xrpusdt/xrpusdt-ob500.data.zip";

describe("real captures", () => {
  for (const [path, symbol, lines, rule, tick, lot] of [
    [SPOT, "BTCUSDT", 41_249, "binance-spot", "0.01", "0.00001"],
    [COINM, "BTCUSD_PERP", 48_270, "binance-futures", "0.1", "1"],
  ] as const) {
    it.skipIf(!realData(path))(`${symbol}: no gap, never crossed, every bookTicker agrees`, async () => {
      const { tables, report } = await decode(createReadStream(realData(path)!));
      expect(report).toMatchObject({ lines, messages: lines, damagedCount: 0, parsed: 0 });
      const [depth, quotes] = [table(tables, symbol, "depth"), table(tables, symbol, "quotes")];
      const options = { rule, tick, lot };
      const agreement = checkQuotes(depth, quotes, options);
      expect(agreement).toMatchObject({ disagreeing: 0, book: { gapCount: 0, crossed: 0, waiting: 0 } });
      // All but those from before the first message that joins the snapshot, and after the last.
      expect(agreement.compared).toBeGreaterThan(quotes.id.length - 20);
      expect(agreement.exact).toBeGreaterThan(2500);
      expect(replay(inTimeOrder(depth), options)).toMatchObject({ gapCount: 0, crossed: 0, waiting: 0 });
    });
  }

  it.skipIf(!realData(SPOT))("any one deleted depth line is detected", async () => {
    const { tables } = await decode(createReadStream(realData(SPOT)!));
    const { firstId, lastId, snapshot } = table(tables, "BTCUSDT", "depth");
    const starts = [...firstId.keys()].filter((k) => k === 0 || lastId[k] !== lastId[k - 1]);
    const updates = starts.filter((row) => snapshot[row] === 0);
    const one = (k: number, quantity: number) => {
      const row = updates[k]!;
      const ids = [Number.NaN, 0, 1, 1, quantity].map((value) => Float64Array.of(value));
      const [previousId, flag, side, price, amount] = ids as [
        Float64Array,
        Float64Array,
        Float64Array,
        Float64Array,
        Float64Array,
      ];
      const columns = { previousId, snapshot: flag, side, price, quantity: amount };
      const time = Float64Array.of(k);
      return {
        ...columns,
        time,
        received: time,
        firstId: firstId.slice(row, row + 1),
        lastId: lastId.slice(row, row + 1),
      };
    };
    // The message before and the one after decide: each of them is tried, with nothing between.
    for (let k = 1; k < updates.length - 1; k++) {
      const book = createBookReplay({ rule: "binance-spot", tick: "1", lot: "1" });
      book.apply(one(k - 1, 1), 0);
      book.apply(one(k + 1, 1), 0);
      expect(book.report().gaps[0]).toMatchObject({ expected: lastId[updates[k - 1]!]! + 1 });
    }
    expect(updates.length).toBe(3451);
  });

  it.skipIf(!realData(COINBASE))("Coinbase: 9,719 updates of ten products, never crossed", async () => {
    const { tables, report } = await decode(createReadStream(realData(COINBASE)!));
    expect(report).toMatchObject({ damagedCount: 0 });
    let updates = 0;
    for (const [key, columns] of tables) {
      if (!key.endsWith("depth")) continue;
      const tick = key.includes("-BTC") ? "0.00000001" : "0.0001";
      const book = replay(columns as TableColumns<"depth">, { rule: "none", tick, lot: "0.00000001" });
      expect(book).toMatchObject({ crossed: 0, waiting: 0 });
      updates += book.messages - 1;
    }
    expect(updates).toBe(9719);
  });

  it.skipIf(!realData(BYBIT))("Bybit: 500 levels a side after fifty messages", async () => {
    const { tables } = await decode(createReadStream(realData(BYBIT)!));
    const book = createBookReplay({ rule: "bybit", tick: "0.0001", lot: "1" });
    const depth = table(tables, "XRPUSDT", "depth");
    for (let row = 0; row < depth.time.length; ) row = book.apply(depth, row);
    expect(book.report()).toMatchObject({ messages: 50, gapCount: 0, crossed: 0 });
    expect([book.book.levels(1), book.book.levels(-1)]).toEqual([500, 500]);
  });
});
