import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { candleFiles } from "#data";
import type { RawCandle } from "#model";
import { Flatbuffer } from "../../../../lib/data/ingest/table/arrow-format.ts";
import { decodeLz4Frame } from "../../../../lib/data/ingest/table/lz4.ts";
import { realData } from "../../../real-data.ts";
import { temporaryFolder } from "../../../temporary-folder.ts";
import { BTC, HOUR } from "../candles.ts";

/** Written by pyarrow: times in microseconds, float32, int32, a missing close, a text, a list and a dictionary. */
const LZ4_FILE = join(import.meta.dirname, "fixtures/bars-lz4.feather");
const STREAM_FILE = join(import.meta.dirname, "fixtures/bars-stream.arrows");

async function read(
  path: string,
  timeframe = "1h",
  columns: Record<string, string> = {},
): Promise<RawCandle[]> {
  const source = candleFiles({ paths: [path], spec: BTC, columns });
  const rows: RawCandle[] = [];
  for await (const batch of source.candles({ instrument: BTC, timeframe })) rows.push(...batch);
  return rows;
}

/** What the fixtures hold. */
function expected(n: number): RawCandle[] {
  return Array.from({ length: n }, (_, i): RawCandle => {
    const open = 100 + ((i * 7) % 13) / 4;
    return [Date.UTC(2020, 0, 1) + i * HOUR, open, open + 1, open - 1, i === 17 ? Number.NaN : open, i];
  });
}

describe("Arrow files", () => {
  it("are read in their record batches, packed with LZ4, and as streams", async () => {
    expect(await read(LZ4_FILE)).toEqual(expected(300));
    expect(await read(STREAM_FILE)).toEqual(expected(40));
  });

  it("refuse columns that are no numbers", async () => {
    for (const column of ["tags", "venue"]) {
      await expect(read(LZ4_FILE, "1h", { open: column })).rejects.toMatchObject({
        code: "data.bad-file",
        message: expect.stringContaining(`"${column}"`),
      });
    }
    await expect(read(LZ4_FILE, "1h", { open: "name" })).rejects.toMatchObject({
      message: expect.stringContaining('row 1, column "name": "bar 0" is not a number'),
    });
  });

  it("end with an error or the right numbers, cut anywhere or with any byte changed", async () => {
    const whole = readFileSync(LZ4_FILE);
    const path = join(temporaryFolder(), "bad.feather");
    const right = JSON.stringify(expected(300));
    let refused = 0;
    const property = fc.asyncProperty(
      fc.integer({ min: 0, max: whole.length - 1 }),
      fc.integer({ min: 1, max: 255 }),
      fc.boolean(),
      async (at, by, isCut) => {
        const bytes = Buffer.from(isCut ? whole.subarray(0, at) : whole);
        if (!isCut) bytes[at] = (bytes[at]! + by) % 256;
        writeFileSync(path, bytes);
        try {
          const rows = await read(path);
          // A cut behind the end mark loses the footer only, which is not needed. Numbers have no checksum there.
          if (isCut) expect(JSON.stringify(rows)).toBe(right);
        } catch (error) {
          expect(error).toMatchObject({ code: "data.bad-file" });
          refused++;
        }
      },
    );
    await fc.assert(property, { numRuns: 150 });
    expect(refused).toBeGreaterThan(30);
  });

  it("a count that is larger than the file ends at once, in the schema as in a batch", () => {
    // A table at 20 with its vtable at 4; its one field points to a vector at 32 that claims 2^32 - 1 items.
    const bytes = new DataView(new ArrayBuffer(64));
    bytes.setInt32(20, 16, true);
    bytes.setUint16(4, 6, true);
    bytes.setUint16(8, 4, true);
    bytes.setUint32(24, 8, true);
    bytes.setUint32(32, 0xffff_ffff, true);
    const buffer = new Flatbuffer(new Uint8Array(bytes.buffer));
    for (const size of [0, 8, 16]) expect(() => buffer.items(20, 0, size)).toThrow(/4294967295 items/);
    bytes.setUint32(32, 3, true);
    expect(buffer.items(20, 0, 8)).toEqual([36, 44, 52]);
  });

  const feather = realData("ohlcv/binance-1m-5m-15m-2025/ETH_USDT-15m.feather");
  const parquet = realData("ohlcv/binance-1m-5m-15m-2025/ETH_USDT-15m.parquet");
  it.runIf(feather && parquet)("of real data equal the same data in Parquet", async () => {
    const found = await read(feather!, "15m");
    expect(found.length).toBeGreaterThan(8000);
    expect(found).toEqual(await read(parquet!, "15m"));
  });
});

describe("LZ4", () => {
  it("gives back what was packed, matches that overlap themselves and reach back a block included", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 1, max: 400 })), {
          maxLength: 40,
        }),
        fc.integer({ min: 16, max: 3000 }),
        (runs, blockSize) => {
          const bytes = Uint8Array.from(
            runs.flatMap(([value, length]) =>
              Array.from({ length }, (_, i) => (value + (i % (value + 1))) % 256),
            ),
          );
          expect(decodeLz4Frame(packLz4(bytes, blockSize), bytes.length)).toEqual(bytes);
        },
      ),
    );
  });

  it("refuses other bytes", () => {
    const bytes = packLz4(new Uint8Array(500).fill(7), 1000);
    expect(() => decodeLz4Frame(bytes, 499)).toThrow(/LZ4/);
    expect(() => decodeLz4Frame(bytes, 501)).toThrow(/LZ4/);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), (junk) => {
        // Nothing, or a RangeError of the view: never another result, never a hang.
        expect(() => decodeLz4Frame(junk, 100)).toThrow();
      }),
    );
  });
});

/** A plain packer by the format's description: greedy, with blocks that depend on each other. */
function packLz4(input: Uint8Array, blockSize: number): Uint8Array {
  const out: number[] = [0x04, 0x22, 0x4d, 0x18, 0x40, 0x40, 0];
  const little = (value: number) =>
    out.push(value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >>> 24) & 255);
  const seen = new Map<string, number>();
  for (let start = 0; start < input.length; start += blockSize) {
    const end = Math.min(input.length, start + blockSize);
    const block = packBlock(input, start, end, seen);
    if (block.length < end - start) {
      little(block.length);
      out.push(...block);
    } else {
      little(((end - start) | 0x80000000) >>> 0);
      out.push(...input.subarray(start, end));
    }
  }
  little(0);
  return Uint8Array.from(out);
}

function packBlock(input: Uint8Array, start: number, end: number, seen: Map<string, number>): number[] {
  const out: number[] = [];
  let literal = start;
  const extra = (length: number) => {
    for (let left = length - 15; left >= 0; left -= 255) {
      out.push(Math.min(255, left));
      if (left < 255) break;
    }
  };
  const tell = (until: number, offset: number, match: number) => {
    const literals = until - literal;
    out.push((Math.min(15, literals) << 4) | (match === 0 ? 0 : Math.min(15, match - 4)));
    if (literals >= 15) extra(literals);
    out.push(...input.subarray(literal, until));
    if (match === 0) return;
    out.push(offset & 255, offset >> 8);
    if (match - 4 >= 15) extra(match - 4);
  };
  for (let i = start; i + 4 < end - 5; ) {
    const key = input.subarray(i, i + 4).join();
    const before = seen.get(key);
    seen.set(key, i);
    if (before === undefined || i - before > 65_535) {
      i++;
      continue;
    }
    let match = 4;
    while (i + match < end - 5 && input[before + match] === input[i + match]) match++;
    tell(i, i - before, match);
    i += match;
    literal = i;
  }
  tell(end, 0, 0);
  return out;
}
