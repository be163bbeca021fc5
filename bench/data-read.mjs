// Bars from the store's Parquet files to typed arrays, verified, against DuckDB's own reading of the same files.
// Run: npm run bench -- data-read. One side by hand: node bench/data-read.mjs <side> <folder> <rounds>
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DuckDBInstance } from "@duckdb/node-api";
import { openStore } from "#data";
import { randomWalk } from "./random-walk.mjs";

const KEY = { source: "bench", symbol: "BTC/USDT", timeframe: "1m" };
const NAMES = ["time", "open", "high", "low", "close", "volume"];
const TURNS = 3;
/** What a reader that verifies may cost, against one that does not. */
const CEILING = 1.3;

const SIDES = { duckdb: readByDuckdb, store: readByStore, scan: readByScan };

export async function benchDataRead({ bars, rounds }) {
  const count = 10 * bars;
  const folder = mkdtempSync(join(tmpdir(), "tickbook-bench-"));
  try {
    const store = openStore(folder);
    const { instrument, timeframe, ...columns } = randomWalk(count);
    await store.write({ source: KEY.source, instrument, timeframe, checks: [] }, columns);
    await store.close();
    const seconds = Object.keys(SIDES).map(() => []);
    for (let turn = 0; turn < TURNS; turn++) {
      for (const [k, side] of Object.keys(SIDES).entries()) {
        const args = [fileURLToPath(import.meta.url), side, folder, String(Math.ceil(rounds / TURNS))];
        seconds[k].push(...JSON.parse(execFileSync(process.execPath, args).toString()));
      }
    }
    const medians = seconds.map((times) => times.sort((a, b) => a - b)[times.length >> 1]);
    const rows = Object.keys(SIDES).map((name, k) => ({
      name,
      median: medians[k],
      best: seconds[k][0],
      perSecond: count / medians[k],
      ratio: medians[0] / medians[k],
    }));
    return {
      title: `Parquet store to typed arrays, ${count.toLocaleString("en")} bars of 6 columns, each side in a process of its own`,
      unit: "bars",
      rows,
      notes: ["duckdb: the same files through fetchChunk, copied into arrays, nothing verified"],
      floors: [
        { name: "time of the store over DuckDB's own", value: medians[1] / medians[0], ceiling: CEILING },
      ],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The part files in the order of time, as the version names them. */
function partsOf(folder) {
  const dataset = join(folder, "bench", "BTC-USDT", "1m");
  const [version] = readdirSync(join(dataset, "versions"));
  const { parts } = JSON.parse(readFileSync(join(dataset, "versions", version), "utf8"));
  return parts.map(({ file, rows }) => ({ path: join(dataset, "parts", `${file}.parquet`), rows }));
}

async function readByDuckdb(folder) {
  const parts = partsOf(folder);
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const files = parts.map(({ path }) => `'${path}'`).join(", ");
  return async () => {
    const columns = NAMES.map(() => new Float64Array(rows));
    const result = await connection.stream(`SELECT ${NAMES.join(", ")} FROM read_parquet([${files}])`);
    let length = 0;
    for (;;) {
      const chunk = await result.fetchChunk();
      if (!chunk || chunk.rowCount === 0) break;
      for (let k = 0; k < NAMES.length; k++) {
        columns[k].set(chunk.getColumnVector(k).items.subarray(0, chunk.rowCount), length);
      }
      length += chunk.rowCount;
    }
    return columns[4][length - 1];
  };
}

async function readByStore(folder) {
  const store = openStore(folder);
  return async () => (await store.read(KEY)).close.at(-1);
}

async function readByScan(folder) {
  const store = openStore(folder);
  return async () => {
    let last;
    for await (const { close } of store.scanBars(KEY)) last = close.at(-1);
    return last;
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , side, folder, rounds] = process.argv;
  const run = await SIDES[side](folder);
  const seconds = [];
  for (let round = -1; round < Number(rounds); round++) {
    const start = process.hrtime.bigint();
    await run();
    if (round >= 0) seconds.push(Number(process.hrtime.bigint() - start) / 1e9);
  }
  process.stdout.write(JSON.stringify(seconds), () => process.exit(0));
}
