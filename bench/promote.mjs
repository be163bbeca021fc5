// From a run record to a signed bundle, as a user calls it: tickbook promote. Run: npm run bench -- promote
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("../kernel/cli/tickbook.mjs", import.meta.url));
const NOTEBOOK = fileURLToPath(new URL("../notebooks/trend.ipynb", import.meta.url));

export async function benchPromote({ rounds }) {
  const home = mkdtempSync(join(tmpdir(), "tickbook-bench-"));
  try {
    const tickbook = (...args) =>
      execFileSync(process.execPath, [BIN, ...args], { stdio: ["ignore", "pipe", "inherit"] });
    tickbook("run", NOTEBOOK, "--home", home, "-o", join(home, "trend.ipynb"));
    const seconds = [];
    for (let round = 0; round < Math.min(rounds, 5); round++) {
      const start = process.hrtime.bigint();
      tickbook("promote", "--home", home);
      seconds.push(Number(process.hrtime.bigint() - start) / 1e9);
    }
    const median = seconds.sort((a, b) => a - b)[seconds.length >> 1];
    return {
      title: `tickbook promote of notebooks/trend.ipynb, ${seconds.length} times, the whole command`,
      rows: [],
      notes: [`median ${median.toFixed(2)} s, best ${seconds[0].toFixed(2)} s`],
      floors: [{ name: "seconds", value: median, ceiling: 5 }],
    };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
