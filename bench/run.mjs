// npm run bench [-- name...] [--smoke] [--json]
import { benchBacktest } from "./backtest.mjs";
import { benchDataRead } from "./data-read.mjs";
import { benchCatalog, benchFeatures } from "./features.mjs";
import { benchKernel } from "./kernel/kernel.mjs";
import { benchBars, benchCapture, benchJoin, benchReplay } from "./market.mjs";
import { benchNets } from "./nets.mjs";
import { benchOrderLatency } from "./order-latency.mjs";
import { benchPredict } from "./predict.mjs";
import { benchPromote } from "./promote.mjs";
import { benchTrees } from "./trees.mjs";

const BENCHES = {
  backtest: benchBacktest,
  "data-read": benchDataRead,
  capture: benchCapture,
  replay: benchReplay,
  join: benchJoin,
  bars: benchBars,
  features: benchFeatures,
  catalog: benchCatalog,
  predict: benchPredict,
  trees: benchTrees,
  nets: benchNets,
  promote: benchPromote,
  "order-latency": benchOrderLatency,
  kernel: benchKernel,
};
const GROUPS = { data: ["data-read", "capture", "replay", "join", "bars"] };
const args = process.argv.slice(2);
const smoke = args.includes("--smoke");
const names = args.filter((arg) => !arg.startsWith("--")).flatMap((name) => GROUPS[name] ?? [name]);
const unknown = names.find((name) => !(name in BENCHES));
if (unknown) {
  const groups = Object.entries(GROUPS).map(([name, benches]) => `${name} (${benches.join(", ")})`);
  console.error(`there is no bench "${unknown}"; there are: ${Object.keys(BENCHES).join(", ")}`);
  console.error(`groups: ${groups.join("; ")}`);
  process.exit(2);
}

const results = [];
for (const [name, bench] of Object.entries(BENCHES)) {
  if (names.length > 0 && !names.includes(name)) continue;
  const result = await bench(smoke ? { bars: 50_000, rounds: 2 } : { bars: 1_000_000, rounds: 9 });
  results.push({ name, ...result });
  if (args.includes("--json")) continue;
  console.log(`\n${result.title}`);
  for (const row of result.rows) {
    const rate = `${(row.perSecond / 1e6).toFixed(1)} M ${result.unit}/s`;
    const times = `${row.ratio.toFixed(1)} x`;
    console.log(
      `  ${row.name.padEnd(22)} median ${(row.median * 1e3).toFixed(1).padStart(8)} ms   ${rate.padStart(14)}   ${times.padStart(7)}`,
    );
  }
  for (const note of result.notes) console.log(`  ${note}`);
  for (const rule of result.floors) {
    const [word, bound] = "floor" in rule ? ["least", rule.floor] : ["most", rule.ceiling];
    const state = smoke ? "not judged in a smoke run" : holds(rule) ? "holds" : "MISSED";
    console.log(
      `  floor: ${rule.name} ${rule.value.toPrecision(3)} (at ${word} ${bound.toPrecision(3)}): ${state}`,
    );
  }
}
if (args.includes("--json")) console.log(JSON.stringify(results, null, 2));
if (!smoke && results.some(({ floors }) => !floors.every(holds))) process.exitCode = 1;

function holds({ value, floor, ceiling }) {
  return floor === undefined ? value <= ceiling : value >= floor;
}
