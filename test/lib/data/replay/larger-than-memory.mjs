// A process of its own: replays a source several times as large as what it may hold, and prints the most it held.
import { createReplay } from "#data";

const ROWS = 20_000;
const BATCHES = 100;
const COLUMNS = ["time", "open", "high", "low", "close", "volume"];
let bytes = 0;

async function* made() {
  for (let batch = 0; batch < BATCHES; batch++) {
    const columns = COLUMNS.map((name) => [name, new Float64Array(ROWS).fill(batch)]);
    const bars = Object.fromEntries(columns);
    for (let i = 0; i < ROWS; i++) bars.time[i] = (batch * ROWS + i) * 6e4;
    bytes += COLUMNS.length * ROWS * 8;
    yield bars;
  }
}

let [events, peak, checked] = [0, 0, 0];
const sources = ["A/USD", "B/USD", "C/USD"].map((symbol) => ({
  kind: "bars",
  symbol,
  length: 6e4,
  batches: made(),
}));
await createReplay(sources).visit({
  bars({ columns, row }) {
    events++;
    checked += columns.close[row];
    if (events % 50_000 !== 0) return;
    const { arrayBuffers, heapUsed } = process.memoryUsage();
    peak = Math.max(peak, arrayBuffers + heapUsed);
  },
});
if (checked !== 3 * ROWS * ((BATCHES * (BATCHES - 1)) / 2)) throw new Error("rows were lost");
process.stdout.write(JSON.stringify({ events, bytes, peak }));
