// From a market event to the order handed to the exchange's client, in the daemon, on the simulated exchange; with and
// without waiting for the disk. Run: npm run bench -- order-latency
import { spawn } from "node:child_process";
import {
  closeSync,
  fdatasyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { readBundle } from "#exports";
import { startDaemon, trust } from "#live";

const BIN = fileURLToPath(new URL("../kernel/cli/tickbook.mjs", import.meta.url));
const NOTEBOOK = fileURLToPath(new URL("trade-often.ipynb", import.meta.url));
const KEYS = { apiKey: "bench", secret: "bench" };

export async function benchOrderLatency({ rounds }) {
  const home = mkdtempSync(join(tmpdir(), "tickbook-bench-"));
  try {
    await tickbook("run", NOTEBOOK, "--home", home, "-o", join(home, "n.ipynb"));
    await tickbook("promote", "--home", home);
    const bundle = join(home, "bundles", readdirSync(join(home, "bundles"))[0]);
    writeFileSync(join(home, "key.json"), JSON.stringify(KEYS), { mode: 0o600 });
    // Enough orders to speak of a p99; a smoke run sees a year.
    const from = rounds > 2 ? "2005" : "2019";
    const quick = await session(home, bundle, from, false);
    const durable = await session(home, bundle, from, true);
    const sync = medianSync(home);
    const text = ({ p50, p99, orders }) =>
      `p50 ${p50.toFixed(3)} ms, p99 ${p99.toFixed(3)} ms, ${orders} orders`;
    return {
      title:
        "Market event to order handed to ccxt: journal, bars, features, ONNX, decision in its process, risk, intent",
      rows: [],
      notes: [
        `fdatasync off: ${text(quick)}`,
        `fdatasync on:  ${text(durable)}; a bare fdatasync here: median ${sync.toFixed(3)} ms`,
      ],
      floors: [
        { name: "p50 in milliseconds, fdatasync off", value: quick.p50, ceiling: 1 },
        { name: "p50 in milliseconds, fdatasync on", value: durable.p50, ceiling: 1 + sync },
      ],
    };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** One replay in lockstep. The exchange is a process of its own, as in life; the daemon is measured here. */
async function session(home, bundlePath, from, isDurable) {
  const folder = mkdtempSync(join(home, "account-"));
  const { fingerprint, manifest } = await readBundle(bundlePath);
  await trust(folder, fingerprint);
  const bus = `tcp://127.0.0.1:${await freePort()}`;
  const [{ symbol }] = manifest.instruments;
  const args = [
    "exchange",
    "--home",
    home,
    "--symbol",
    symbol,
    "--timeframe",
    manifest.timeframe,
    "--from",
    from,
  ];
  const more = ["--port", "0", "--lockstep", bus, "--key-file", join(home, "key.json"), "--json"];
  const exchange = spawn(process.execPath, [BIN, ...args, ...more], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: exchange.stdout })[Symbol.asyncIterator]();
  try {
    const { origin } = JSON.parse((await lines.next()).value);
    const options = {
      bundle: bundlePath,
      folder,
      keys: KEYS,
      origin,
      bus,
      clock: "venue",
      isDurable,
      onLog() {},
    };
    const daemon = await startDaemon(options);
    await Promise.race([lines.next(), daemon.ended]);
    const { latencyMs, counts } = daemon.status();
    daemon.stop();
    await daemon.ended;
    return { ...latencyMs, orders: counts.orders };
  } finally {
    exchange.kill();
  }
}

/** Milliseconds that the disk takes to keep one small record. */
function medianSync(folder) {
  mkdirSync(folder, { recursive: true });
  const file = openSync(join(folder, "sync"), "w");
  const record = Buffer.alloc(200, 1);
  const times = [];
  for (let i = 0; i < 200; i++) {
    writeSync(file, record);
    const start = process.hrtime.bigint();
    fdatasyncSync(file);
    times.push(Number(process.hrtime.bigint() - start) / 1e6);
  }
  closeSync(file);
  return times.sort((a, b) => a - b)[times.length >> 1];
}

function tickbook(...args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [BIN, ...args], { stdio: ["ignore", "ignore", "inherit"] });
    child.once("exit", (code) =>
      code === 0 ? resolve() : reject(new Error(`tickbook ${args[0]} ended with code ${code}`)),
    );
  });
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
