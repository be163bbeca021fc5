// Merges one step after the other into a store, and says when each is stored: node writer.mjs <folder> <first> <last>
import { openStore } from "#data";

const [, , folder, first, last] = process.argv;
const store = openStore(folder);
for (let step = Number(first); step < Number(last); step++) {
  // Every step touches two days, and the one before it.
  const time = Float64Array.from({ length: 400 }, (_, i) => Date.UTC(2024, 0, 1) + step * 9e6 + i * 4e5);
  const column = (map) => time.map(map);
  const columns = {
    time,
    received: column(() => Number.NaN),
    id: column((at) => at / 1e5),
    price: column((at) => at % 977),
    quantity: column(() => 1),
    side: column(() => 1),
  };
  await store.writeTable({ source: "test", symbol: "BTC/USDT", kind: "trades", checks: [] }, columns);
  process.stdout.write(`${step}\n`);
}
await store.close();
