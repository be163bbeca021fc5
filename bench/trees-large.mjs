// The large training of the trees' bench: time, memory, and how long the calling thread was held up.
import { trainTrees } from "../dist/lib/ml/tree/train.js";
import { treeDataset } from "./tree-data.mjs";

const dataset = treeDataset(1_000_000, 50);
let last = performance.now();
let blockedMs = 0;
const timer = setInterval(() => {
  const now = performance.now();
  blockedMs = Math.max(blockedMs, now - last);
  last = now;
}, 1);
const start = performance.now();
last = start;
await trainTrees({ dataset, rounds: 100, maxDepth: 6, validation: 0.1 });
clearInterval(timer);
const seconds = (performance.now() - start) / 1e3;
const gigabytes = process.resourceUsage().maxRSS / 2 ** 20;
process.stdout.write(JSON.stringify({ seconds, gigabytes, blockedMs }));
