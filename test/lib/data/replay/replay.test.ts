import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng } from "#core";
import {
  createReplay,
  openStore,
  REPLAY_KINDS,
  type ReplayHandlers,
  type ReplaySource,
  storeSources,
} from "#data";
import { printsFromBars } from "#market";
import { type BarColumns, createInstrument, TABLE_KINDS, type TableKind } from "#model";
import { temporaryFolder } from "../../../temporary-folder.ts";

interface Feed {
  readonly kind: TableKind | "bars" | "prints";
  readonly symbol: string;
  /** Row by row, in the order of the columns. */
  readonly rows: readonly (readonly number[])[];
  /** Rows in each batch. */
  readonly cuts: readonly number[];
}

const BAR_LENGTH = 4;
const BAR_NAMES = ["time", "open", "high", "low", "close", "volume"];

function namesOf(kind: Feed["kind"]): readonly string[] {
  return kind === "bars" || kind === "prints" ? BAR_NAMES : TABLE_KINDS[kind];
}

function columnsOf(kind: Feed["kind"], rows: readonly (readonly number[])[]) {
  return Object.fromEntries(
    namesOf(kind).map((name, c) => [name, Float64Array.from(rows, (row) => row[c]!)]),
  );
}

async function* batchesOf({ kind, rows, cuts }: Feed): AsyncGenerator<never> {
  let from = 0;
  for (const cut of [...cuts, rows.length]) {
    yield columnsOf(kind, rows.slice(from, from + cut)) as never;
    from += cut;
  }
}

function sourceOf(feed: Feed): ReplaySource {
  const { kind, symbol } = feed;
  const batches = batchesOf(feed);
  if (kind === "bars") return { kind, symbol, length: BAR_LENGTH, batches };
  return kind === "prints"
    ? { kind: "bars", as: "prints", symbol, length: BAR_LENGTH, batches }
    : { kind, symbol, batches };
}

/** Time at which a row is known, and the row as numbers, by the definition. */
function expectedOf({ kind, rows }: Feed): { at: number; values: readonly number[] }[] {
  if (kind === "bars") return rows.map((values) => ({ at: values[0]! + BAR_LENGTH, values }));
  if (kind === "prints") {
    const prints = printsFromBars(columnsOf(kind, rows) as unknown as BarColumns, BAR_LENGTH);
    return Array.from(prints.time, (at, i) => ({ at, values: [at, prints.price[i]!, prints.quantity[i]!] }));
  }
  if (kind !== "series") return rows.map((values) => ({ at: values[0]!, values }));
  const known = rows.filter((values) => !Number.isNaN(values[1]!));
  return known.map((values) => ({ at: values[1]!, values })).sort((a, b) => a.at - b.at);
}

const feeds: fc.Arbitrary<Feed> = fc
  .record({
    kind: fc.constantFrom(...(Object.keys(TABLE_KINDS) as TableKind[]), "bars" as const, "prints" as const),
    symbol: fc.constantFrom("A/USD", "B/USD"),
    seed: fc.nat(),
    count: fc.nat(40),
    cuts: fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 8 }),
  })
  .map(({ kind, symbol, seed, count, cuts }) => {
    const rng = createRng(seed);
    let time = 0;
    const isBar = kind === "bars" || kind === "prints";
    const rows = Array.from({ length: count }, () => {
      time += isBar ? BAR_LENGTH * (1 + rng.nextInt(2)) : rng.nextInt(3);
      const values = namesOf(kind).map(() => rng.nextInt(1000));
      values[0] = time;
      if (kind === "series") values[1] = rng.next() < 0.1 ? Number.NaN : time + rng.nextInt(30);
      return values;
    });
    return { kind, symbol, rows, cuts };
  });

type Seen = { at: number; kind: string; symbol: string; source: number; values: number[] };

async function visited(sources: readonly ReplaySource[]): Promise<{ seen: Seen[]; count: number }> {
  const seen: Seen[] = [];
  const handlers = Object.fromEntries(
    REPLAY_KINDS.map((name) => [
      name,
      ({ at, kind, symbol, source, columns, row }: never) => {
        const values = Object.values(columns as Record<string, Float64Array>).map((column) => column[row]!);
        seen.push({ at, kind, symbol, source, values });
      },
    ]),
  ) as ReplayHandlers;
  return { count: await createReplay(sources).visit(handlers), seen };
}

describe("a replay", () => {
  it("gives every row once, by time, kind, symbol, source and row", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(feeds, { maxLength: 7 }), async (list) => {
        const expected = list
          .flatMap((feed, source) => {
            const { kind, symbol } = feed;
            return expectedOf(feed).map(({ at, values }) => ({
              at,
              kind,
              symbol,
              source,
              values: [...values],
            }));
          })
          .sort(
            (a, b) =>
              a.at - b.at ||
              REPLAY_KINDS.indexOf(a.kind) - REPLAY_KINDS.indexOf(b.kind) ||
              (a.symbol < b.symbol ? -1 : a.symbol > b.symbol ? 1 : 0) ||
              a.source - b.source,
          );
        const { seen, count } = await visited(list.map(sourceOf));
        expect(seen).toEqual(expected);
        expect(count).toBe(expected.length);
        const merged: unknown[] = [];
        for await (const { length, at, source, row, sources } of createReplay(list.map(sourceOf)).batches()) {
          for (let i = 0; i < length; i++) {
            const { kind, symbol, columns } = sources[source[i]!]!;
            const values = Object.values(columns as unknown as Record<string, Float64Array>).map(
              (c) => c[row[i]!]!,
            );
            merged.push({ at: at[i], kind, symbol, source: source[i], values });
          }
        }
        expect(merged).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  it("closes its sources when it is stopped, when a handler throws and when a source fails", async () => {
    const row = [5, 0, 0, 0, 0, 0];
    let open = 0;
    async function* endless(fails: boolean): AsyncGenerator<never> {
      open++;
      try {
        for (let k = 0; ; k++) {
          if (fails && k === 3) throw new Error("disk gone");
          yield columnsOf("trades", [[k, ...row.slice(1)]]) as never;
        }
      } finally {
        open--;
      }
    }
    const sources = (fails = false): ReplaySource[] => [
      { kind: "trades", symbol: "A", batches: endless(false) },
      { kind: "trades", symbol: "B", batches: endless(fails) },
    ];
    let count = 0;
    expect(await createReplay(sources()).visit({ trades: () => ++count < 7 })).toBe(7);
    expect(open).toBe(0);
    const bug = () => {
      throw new Error("handler");
    };
    await expect(createReplay(sources()).visit({ trades: bug })).rejects.toThrow("handler");
    expect(open).toBe(0);
    await expect(createReplay(sources(true)).visit({})).rejects.toThrow("disk gone");
    expect(open).toBe(0);
    for await (const batch of createReplay(sources()).batches()) {
      expect(batch.length).toBeGreaterThan(0);
      break;
    }
    expect(open).toBe(0);
  });

  it("refuses rows that go back in time, by source and row, and bars without a length", async () => {
    const trades = (times: number[]) => times.map((time) => [time, 0, 0, 0, 0, 0]);
    const back = { kind: "trades", symbol: "A/USD", rows: trades([1, 2, 3, 2]), cuts: [2] } as const;
    await expect(visited([sourceOf(back)])).rejects.toThrow(/A\/USD trades, row 3/);
    const none = { ...back, rows: trades([1, Number.NaN]) };
    await expect(visited([sourceOf(none)])).rejects.toThrow(/row 1/);
    const early = {
      kind: "series",
      symbol: "X",
      rows: [
        [5, 9, 0],
        [20, 20, 0],
        [21, 3, 0],
      ],
      cuts: [2],
    } as const;
    await expect(visited([sourceOf(early)])).rejects.toThrow(/X series/);
    const bars = { ...sourceOf({ ...back, kind: "bars" }), length: 0 } as ReplaySource;
    await expect(visited([bars])).rejects.toThrow(/length of 0/);
    expect(await visited([])).toEqual({ seen: [], count: 0 });
  });

  it("replays what a store holds", async () => {
    const store = openStore(temporaryFolder());
    try {
      const rng = createRng(3);
      const count = 3000;
      const symbol = "BTC/USDT";
      const times = Float64Array.from({ length: count }, (_, i) => Date.UTC(2023, 11, 30) + i * 6e4);
      const column = () => Float64Array.from(times, () => 100 + rng.nextInt(100));
      const price = column();
      const bars = { time: times, open: price, high: price, low: price, close: price, volume: column() };
      const instrument = createInstrument({ symbol, tick: "0.01", lot: "0.00001" });
      await store.write({ source: "test", instrument, timeframe: "1m", checks: [] }, bars);
      const ids = Float64Array.from(times.keys());
      const trades = { time: times, received: times, id: ids, price, quantity: column(), side: column() };
      await store.writeTable({ source: "test", symbol, kind: "trades", checks: [] }, trades);
      const sources = storeSources(store, [
        { source: "test", symbol, timeframe: "1m" },
        { source: "test", symbol, kind: "trades", from: times[1000]! },
      ]);
      const { seen } = await visited(sources);
      expect(seen.length).toBe(count + count - 1000);
      expect(seen.filter(({ kind }) => kind === "bars").map(({ at }) => at - 6e4)).toEqual([...times]);
      expect(seen.filter(({ kind }) => kind === "trades").map(({ values }) => values[3])).toEqual([
        ...price.slice(1000),
      ]);
      expect(seen.every(({ at }, i) => i === 0 || at >= seen[i - 1]!.at)).toBe(true);
    } finally {
      await store.close();
    }
  });

  it("stays within a heap far smaller than what it replays", async () => {
    const script = fileURLToPath(new URL("./larger-than-memory.mjs", import.meta.url));
    const options = ["--max-old-space-size=64", script];
    const { stdout } = await promisify(execFile)(process.execPath, options, { timeout: 60_000 }).catch(
      (error) => {
        throw new Error(`the replay died: ${(error as { stderr?: string }).stderr?.slice(-400)}`);
      },
    );
    const { events, bytes, peak } = JSON.parse(stdout) as { events: number; bytes: number; peak: number };
    expect(events).toBe(6_000_000);
    expect(bytes).toBeGreaterThan(280e6);
    expect(peak).toBeLessThan(bytes / 2);
  });
});
